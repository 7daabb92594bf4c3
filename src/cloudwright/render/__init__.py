"""What people and machines see: terminal, plan text, events, pictures."""

from __future__ import annotations
