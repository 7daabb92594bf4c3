"""State in SQLite and PostgreSQL."""

from __future__ import annotations
