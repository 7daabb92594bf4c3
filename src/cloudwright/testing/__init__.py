"""Testing infrastructure programs: virtual time, fixtures."""

from __future__ import annotations
