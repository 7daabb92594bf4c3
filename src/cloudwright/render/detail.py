"""How much of a plan is shown."""

from __future__ import annotations

from enum import Enum


class Detail(Enum):
    """How much of a plan is shown.

    `BRIEF` is for approval, `USUAL` for reading a plan, `FULL` shows everything.
    """

    BRIEF = "brief"
    USUAL = "usual"
    FULL = "full"
