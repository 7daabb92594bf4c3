"""Following requests to their end: one tracker for all polls of an account and Region."""

from __future__ import annotations
