"""Why an image pipeline is disabled: AWS disables one whose scheduled builds failed several times in a row.

Nobody wrote that, so it is drift even where the program leaves `Status` to its default.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudwright.errors import CredentialsError, ServiceError, TransportError
from cloudwright.plan.drift import Condition, PathDrift
from cloudwright.services.image_builds import failures_in_a_row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.plan.drift import ResourceDrift
    from cloudwright.services.port import ServicePort
    from cloudwright.state.records import Record

PIPELINE = "AWS::ImageBuilder::ImagePipeline"
_PATH = "/Status"


async def explained(port: ServicePort, record: Record, found: ResourceDrift, live: Mapping[str, Any]) -> ResourceDrift:
    """The drift of a pipeline, with the reason if AWS has disabled it. Asks only about one that is disabled.

    Args:
        port: Carries the question to Image Builder.
        record: As the state holds it.
        found: What the comparison found.
        live: What a read returned.
    """
    declared = record.declared.get("Status")
    if live.get("Status") != "DISABLED" or declared == "DISABLED" or _PATH in record.ignored:
        return found
    try:
        failures = await failures_in_a_row(port, record.target, record.identifier, str(live.get("Name", "")))
    except (ServiceError, TransportError, CredentialsError):
        return found
    if not failures:
        return found
    reason = (
        f"AWS disabled it after {failures} failed scheduled builds in a row; "
        'repair the build, then declare "Status": "ENABLED" and deploy'
    )
    status = PathDrift(_PATH, "changed", declared, "DISABLED")
    others = tuple(one for one in found.paths if one.path != _PATH)
    return replace(found, condition=Condition.CHANGED, paths=(status, *others), reason=reason)
