"""What the steps of a life share."""

from __future__ import annotations


class NotApplicable(Exception):
    """The type can't take a step, and why."""
