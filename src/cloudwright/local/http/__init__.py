"""The local cloud over HTTP, on loopback only."""

from __future__ import annotations
