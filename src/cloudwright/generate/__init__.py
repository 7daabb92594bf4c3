"""Writing programs: live resources in, formatted Python in this language out. Pure; `importing` does the reading."""

from __future__ import annotations
