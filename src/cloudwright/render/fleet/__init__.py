"""A fleet's run as text and as an exit code."""

from __future__ import annotations
