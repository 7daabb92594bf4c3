"""Planning: a pure function from declarations and records to a list of steps."""

from __future__ import annotations
