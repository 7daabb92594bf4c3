"""States in SQLite and PostgreSQL: the same statements in transactions, each fenced by the lease."""

from __future__ import annotations
