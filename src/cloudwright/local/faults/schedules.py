"""The fault of pipelines that AWS disabled. Schedules don't run here, so a fault simulates their failed builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudwright.local.faults.switches import Faults

PIPELINE = "AWS::ImageBuilder::ImagePipeline"
_FAILURES = 5
"""Default number of failures after which AWS disables a pipeline."""


def auto_disabled(faults: Faults) -> int:
    """Number of failed scheduled builds after which AWS disabled the pipelines; 0 if it did not."""
    fault = faults.fire("image-schedule", PIPELINE) if faults else None
    return 0 if fault is None else int(fault.options.get("failures", _FAILURES))
