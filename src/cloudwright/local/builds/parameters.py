"""Parameters of Systems Manager: the resources of `AWS::SSM::Parameter`, with a version, which the type lacks."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudwright.local.documents import StoredDocument
from cloudwright.local.rows import StoredResource
from cloudwright.partitions import partition_of

if TYPE_CHECKING:
    from cloudwright.local.context import CloudContext
    from cloudwright.local.rows import AccountRegion

PARAMETER = "AWS::SSM::Parameter"
SECURE = "SecureString"
"""The type of a parameter whose value is encrypted. Cloud Control creates none: its type allows only the other two."""

_KIND, _SEALED = "parameter", "sealed parameter"


def parameter(context: CloudContext, place: AccountRegion, name: str) -> tuple[StoredResource, int] | None:
    """A parameter and its version; `None` if there is none of that name."""
    resource = context.store.find(place, PARAMETER, name)
    if resource is None:
        return None
    known = context.store.documents.find(place, _KIND, name)
    if known is None or known.content["created"] != resource.created:
        known = StoredDocument(place, _KIND, name, {"version": 0, "seen": 0.0, "created": resource.created})
    if known.content["seen"] < resource.updated or not known.content["version"]:
        known.content["version"] += 1
        known.content["seen"] = resource.updated
        context.store.documents.put(known)
    return resource, int(known.content["version"])


def put_parameter(context: CloudContext, place: AccountRegion, name: str, properties: dict[str, Any], at: float) -> int:
    """Create or change a parameter.

    Args:
        context: Stores it.
        place: Its account and Region.
        name: Its full name.
        properties: What changes, in Cloud Control's names.
        at: The time, in seconds since the epoch.

    Returns:
        Its version.
    """
    before = parameter(context, place, name)
    if before is None:
        arn = f"arn:{partition_of(place.region)}:ssm:{place.region}:{place.account}:parameter/{name.lstrip('/')}"
        model = {"Name": name, "Arn": arn, "Type": "String", **properties}
        context.store.put(StoredResource(place, PARAMETER, name, model, at, at))
    else:
        model = {**before[0].properties, **properties}
        # a second change at the same time is a version, too
        context.store.put(replace(before[0], properties=model, updated=max(at, before[0].updated + 1e-6)))
    after = parameter(context, place, name)
    return after[1] if after else 1


def seal(context: CloudContext, place: AccountRegion, name: str, value: str, at: float) -> str:
    """Store the value of a `SecureString` apart from its resource, which shows only a ciphertext.

    Args:
        context: Stores it.
        place: Its account and Region.
        name: The parameter's full name.
        value: The plain text.
        at: The time, in seconds since the epoch.

    Returns:
        The text that replaces the value, in the format in which Systems Manager shows ciphertexts.
    """
    context.store.documents.put(StoredDocument(place, _SEALED, name, {"value": value}))
    return "AQICAH" + base64.b64encode(context.uuid(_SEALED, place.region, name, str(at)).encode()).decode()


def sealed_value(context: CloudContext, place: AccountRegion, name: str) -> str:
    """The plain text of a `SecureString`.

    Args:
        context: Stores it.
        place: Its account and Region.
        name: The parameter's full name.
    """
    found = context.store.documents.find(place, _SEALED, name)
    return str(found.content["value"]) if found is not None else ""
