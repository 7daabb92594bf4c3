"""What Cloud Control does not return of an image pipeline: how many scheduled builds failed in a row.

Source: botocore's service model `imagebuilder/2019-12-02`, ImagePipeline.consecutiveFailures and status.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cloudwright.control import wire
from cloudwright.control.model import Call

if TYPE_CHECKING:
    from cloudwright.services.port import ServicePort
    from cloudwright.target import Target


async def failures_in_a_row(port: ServicePort, target: Target, arn: str, name: str) -> int:
    """How many scheduled builds of a pipeline failed one after the other; 0 if there is no such pipeline.

    Args:
        port: Carries the call.
        target: The pipeline's account and Region.
        arn: The pipeline's.
        name: The pipeline's; the list is narrowed by it.

    Raises:
        ServiceError: The service refused.
        TransportError: No answer after several tries.
        CredentialsError: It can't be signed, or AWS refused the signature.
    """
    body = json.dumps({"filters": [{"name": "name", "values": [name]}]}).encode()
    call = Call("imagebuilder", "ListImagePipelines", body, target, "POST", "/ListImagePipelines")
    document = await port.ask(call, wire.parse)
    listed: list[Any] = document.get("imagePipelineList") or []
    found = (one for one in listed if isinstance(one, dict) and one.get("arn") == arn)
    return int(next(found, {}).get("consecutiveFailures") or 0)
