"""Records and their history as text, and the state as an export."""

from __future__ import annotations
