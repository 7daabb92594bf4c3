"""Commands on several apps: their programs, one question, one summary."""

from __future__ import annotations
