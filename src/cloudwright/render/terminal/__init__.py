"""The terminal itself: styles, escaping, the live screen."""

from __future__ import annotations
