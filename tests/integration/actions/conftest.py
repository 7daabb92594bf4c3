from __future__ import annotations

from virtual_time import world

__all__ = ["world"]
