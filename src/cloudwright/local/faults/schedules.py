"""The fault of pipelines that AWS disabled. Schedules don't run here, so a switch says that their builds failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudwright.local.faults.switches import Faults

PIPELINE = "AWS::ImageBuilder::ImagePipeline"
_FAILURES = 5
"""After how many AWS disables a pipeline by default."""


def auto_disabled(faults: Faults) -> int:
    """How many scheduled builds of the pipelines failed, so that AWS disabled them; 0 if it did not.

    Args:
        faults: The panel.
    """
    fault = faults.fire("image-schedule", PIPELINE) if faults else None
    return 0 if fault is None else int(fault.options.get("failures", _FAILURES))
