"""Secrets at rest: sealing, and the keys to it."""

from __future__ import annotations
