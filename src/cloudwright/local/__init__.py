"""The local cloud: an embedded Cloud Control service for development and tests."""

from __future__ import annotations
