"""How much of a plan is written."""

from __future__ import annotations

from enum import Enum


class Detail(Enum):
    """How much of a plan is written.

    `BRIEF` is for approval, `USUAL` for reading a plan, `FULL` leaves nothing out.
    """

    BRIEF = "brief"
    USUAL = "usual"
    FULL = "full"
