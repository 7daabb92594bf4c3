"""What a command prints: a text view and a JSON view, behind one port."""

from __future__ import annotations
