"""What a command prints: one view for people, one that writes JSON lines, behind one port."""

from __future__ import annotations
