"""How much of a plan is written."""

from __future__ import annotations

from enum import Enum


class Detail(Enum):
    """How much of a plan is written.

    `BRIEF` is for those who are about to say yes, `USUAL` for those who read a plan, `FULL` leaves nothing out.
    """

    BRIEF = "brief"
    USUAL = "usual"
    FULL = "full"
