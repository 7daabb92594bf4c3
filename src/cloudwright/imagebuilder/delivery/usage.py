"""Who still uses an AMI, and what the answer does not cover."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.imagebuilder.delivery.scope import Place
    from cloudwright.services.image_models import ImageUse

NOT_COVERED = (
    "EC2 counts instances up to 24 hours late and launch templates up to several days late",
    "a report counts only instances and launch templates, not parameters or Auto Scaling groups of other accounts",
    "stopped instances count; instances that were launched from another account's copy count for that copy",
)
"""What an image usage report leaves out (EC2 User Guide, "View your AMI usage", 2026-11-28)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AmiUsage:
    """Who uses one AMI.

    Attributes:
        uses: From the usage report and from the references of its own account.
        full: Whether the report was finished and the references could be read: only then is "unused" certain.
        problem: Why it is not full.
    """

    place: Place
    image: str
    version: str = ""
    uses: tuple[ImageUse, ...] = ()
    full: bool = True
    problem: str = ""

    @property
    def unused(self) -> bool:
        """Whether a full report shows no use."""
        return self.full and not self.uses


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReport:
    """Who uses the AMIs of a distribution configuration."""

    key: str
    amis: tuple[AmiUsage, ...]
    unknown: Mapping[Place, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    not_covered: tuple[str, ...] = NOT_COVERED
