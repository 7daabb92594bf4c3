"""EC2's operations that change AMIs and snapshots.

Source: the service model `ec2/2016-11-15`, the EC2 API Reference, and "Error codes for the Amazon EC2 API".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudwright.local.api.wire import Refused
from cloudwright.local.builds.amis import AMI, SNAPSHOT, NewAmi, make_ami, snapshots_of
from cloudwright.local.builds.delivery import FAST_LAUNCH
from cloudwright.local.documents import StoredDocument
from cloudwright.local.services.caller import page
from cloudwright.local.services.ec2_images import (
    BAD_TOKEN,
    apply_filters,
    may_launch,
    no_ami,
    own_ami,
    tag_values,
    tags_of,
    unknown_filter,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudwright.local.services.caller import CallContext, Members, Serve

_PAGE = 1000
_SNAPSHOT_ID = re.compile(r"snap-[0-9a-f]{8,17}")
_COOLDOWN = 24 * 3600.0
"""Seconds for which an AMI stays protected after its protection is disabled, if it was enabled with a cooldown."""

_FOREVER = 10 * 366 * 24 * 3600.0
"""How far ahead a deprecation may be; in EC2, ten years."""


def modify_attribute(caller: CallContext, members: Members) -> Members:
    """ModifyImageAttribute: launch permissions and the description."""
    found = own_ami(caller, members["ImageId"])
    if "Description" in members or members.get("Attribute") == "description":
        found.content["Description"] = str((members.get("Description") or {}).get("Value", members.get("Value", "")))
    added, removed = _permissions(members)
    if added and found.content["State"] == "disabled":
        raise Refused("InvalidAMIID.Unavailable", f"The image ID '{found.id}' is disabled and can't be shared")
    if {"Group": "all"} in added:
        _refuse_public(found)
    kept = [one for one in found.content["LaunchPermissions"] if one not in removed]
    found.content["LaunchPermissions"] = kept + [one for one in added if one not in kept]
    caller.context.store.documents.put(found)
    return {}


def _refuse_public(found: StoredDocument) -> None:
    devices = found.content["BlockDeviceMappings"]
    if any((device.get("Ebs") or {}).get("Encrypted") for device in devices):
        raise Refused(
            "InvalidParameterCombination", f"The AMI {found.id} has encrypted snapshots and can't be made public"
        )
    if found.content.get("Watermarks"):
        raise Refused("InvalidParameterCombination", f"The AMI {found.id} has watermarks and can't be made public")


_FLAT = {
    "UserIds": "UserId",
    "UserGroups": "Group",
    "OrganizationArns": "OrganizationArn",
    "OrganizationalUnitArns": "OrganizationalUnitArn",
}


def _permissions(members: Members) -> tuple[list[Members], list[Members]]:
    """The additions and the removals, in either form of the request."""
    given = members.get("LaunchPermission") or {}
    added, removed = list(given.get("Add") or ()), list(given.get("Remove") or ())
    flat = [{member: one} for name, member in _FLAT.items() for one in members.get(name) or ()]
    if flat and members.get("OperationType") not in {"add", "remove"}:
        raise Refused("MissingParameter", "The request must contain the parameter OperationType")
    (removed if members.get("OperationType") == "remove" else added).extend(flat)
    for one in (*added, *removed):
        if "UserId" in one and not re.fullmatch(r"\d{12}", one["UserId"]):
            raise Refused("InvalidAMIAttributeItemValue", f'Invalid attribute item value "{one["UserId"]}" for userId')
    return added, removed


def deregister(caller: CallContext, members: Members) -> Members:
    """DeregisterImage."""
    found = own_ami(caller, members["ImageId"])
    if protected(found, caller.now):
        raise Refused(
            "OperationNotPermitted",
            f"You can't deregister the image {found.id} because deregistration protection is enabled.",
        )
    delete_ami(caller, found)
    if not members.get("DeleteAssociatedSnapshots"):
        return {"Return": True}
    results = [
        {"SnapshotId": id, "ReturnCode": delete_snapshot_of(caller, found, id)} for id in snapshots_of(found.content)
    ]
    return {"Return": True, "DeleteSnapshotResults": results}


def delete_ami(caller: CallContext, found: StoredDocument) -> None:
    """Delete an AMI; its snapshots are kept."""
    documents = caller.context.store.documents
    documents.remove(found)
    fast = documents.find(found.place, FAST_LAUNCH, found.id)
    if fast is not None:
        documents.remove(fast)


def delete_snapshot_of(caller: CallContext, ami: StoredDocument, id: str) -> str:
    """Delete a snapshot of a deregistered AMI, unless another AMI uses it; returns the `ReturnCode`.

    Args:
        caller: Any caller.
        ami: The AMI.
        id: The snapshot's id.
    """
    documents = caller.context.store.documents
    found = documents.find(ami.place, SNAPSHOT, id)
    if found is None:
        return "client-error"
    if any(id in snapshots_of(other.content) for other in documents.of_place(ami.place, AMI)):
        return "skipped"
    documents.remove(found)
    return "success"


def protected(found: StoredDocument, now: float) -> bool:
    """Whether an AMI must not be deregistered.

    Args:
        found: The AMI.
        now: Seconds since the epoch.
    """
    state = str(found.content.get("DeregistrationProtection", "disabled"))
    return state.startswith("enabled") or float(found.content.get("ProtectedUntil", 0)) > now


def protect(caller: CallContext, members: Members) -> Members:
    """EnableImageDeregistrationProtection."""
    found = own_ami(caller, members["ImageId"])
    state = "enabled-with-cooldown" if members.get("WithCooldown") else "enabled-without-cooldown"
    found.content["DeregistrationProtection"] = state
    caller.context.store.documents.put(found)
    return {"Return": state}


def unprotect(caller: CallContext, members: Members) -> Members:
    """DisableImageDeregistrationProtection; a cooldown keeps the protection for another day."""
    found = own_ami(caller, members["ImageId"])
    if found.content.get("DeregistrationProtection") == "enabled-with-cooldown":
        found.content["ProtectedUntil"] = caller.now + _COOLDOWN
    found.content["DeregistrationProtection"] = "disabled"
    caller.context.store.documents.put(found)
    return {"Return": "disabled"}


def disable(caller: CallContext, members: Members) -> Members:
    """DisableImage: no one can launch it, and all accounts lose access."""
    found = own_ami(caller, members["ImageId"])
    found.content |= {"State": "disabled", "LaunchPermissions": []}
    caller.context.store.documents.put(found)
    return {"Return": True}


def enable(caller: CallContext, members: Members) -> Members:
    """EnableImage; launch permissions are not restored."""
    found = own_ami(caller, members["ImageId"])
    found.content["State"] = "available"
    caller.context.store.documents.put(found)
    return {"Return": True}


def deprecate(caller: CallContext, members: Members) -> Members:
    """EnableImageDeprecation."""
    found, at = own_ami(caller, members["ImageId"]), float(members["DeprecateAt"])
    if at < caller.now - 60 or at > caller.now + _FOREVER:
        raise Refused("InvalidParameterValue", "The deprecation date must be in the future, and within ten years")
    found.content["DeprecationTime"] = at - at % 60
    caller.context.store.documents.put(found)
    return {"Return": True}


def undeprecate(caller: CallContext, members: Members) -> Members:
    """DisableImageDeprecation."""
    found = own_ami(caller, members["ImageId"])
    found.content.pop("DeprecationTime", None)
    caller.context.store.documents.put(found)
    return {"Return": True}


def copy(caller: CallContext, members: Members) -> Members:
    """CopyImage: a copy in the caller's account and Region."""
    region = members["SourceRegion"]
    found = caller.context.store.documents.in_region(region, AMI, members["SourceImageId"])
    if found is None or not may_launch(caller, found):
        raise no_ami(members["SourceImageId"])
    content = found.content
    tags = dict(content["Tags"]) if members.get("CopyImageTags") else {}
    for given in members.get("TagSpecifications") or ():
        if given.get("ResourceType") == "image":
            tags |= {tag["Key"]: tag["Value"] for tag in given.get("Tags") or ()}
    new = NewAmi(
        name=members["Name"],
        description=str(members.get("Description") or ""),
        tags=tags,
        devices=tuple(content["BlockDeviceMappings"]),
        key=str(members.get("KmsKeyId") or ""),
        encrypted=bool(members.get("Encrypted")),
        architecture=content["Architecture"],
        windows=content.get("Platform") == "windows",
        source=found.id,
        source_region=region,
        watermarks=tuple(content.get("Watermarks") or ()),
    )
    salt = members.get("ClientToken") or caller.number
    known = caller.context.store.documents.find(caller.place, _COPIES, str(salt))
    if known is not None:
        return {"ImageId": known.content["id"]}
    if any(one.content["Name"] == new.name for one in caller.context.store.documents.of_place(caller.place, AMI)):
        raise Refused("InvalidAMIName.Duplicate", f"AMI name {new.name} is already in use by another AMI")
    made = make_ami(caller.context, caller.place, new, caller.now, "copy", salt)
    _remember(caller, str(salt), made.id)
    return {"ImageId": made.id}


_COPIES = "copy-token"
"""The kind of the documents that record the AMI for a client token of CopyImage."""


def _remember(caller: CallContext, token: str, id: str) -> None:
    caller.context.store.documents.put(StoredDocument(caller.place, _COPIES, token, {"id": id}))


# Snapshots


def describe_snapshots(caller: CallContext, members: Members) -> Members:
    """DescribeSnapshots: the caller's own."""
    documents = caller.context.store.documents
    ids = members.get("SnapshotIds") or []
    found = documents.of_place(caller.place, SNAPSHOT)
    if ids:
        lost = set(ids) - {one.id for one in found}
        for id in ids:
            _check_snapshot_id(id)
        if lost:
            raise _no_snapshot(*(id for id in ids if id in lost))
        found = [one for one in found if one.id in ids]
    described = [{**one.content, "Tags": tags_of(one.content)} for one in found]
    described = apply_filters(described, members.get("Filters"), _snapshot_value)
    some, token = page(described, members.get("NextToken"), int(members.get("MaxResults") or _PAGE), BAD_TOKEN)
    return {"Snapshots": some, **({"NextToken": token} if token else {})}


_SNAPSHOT_FILTERS = {
    "description": "Description",
    "encrypted": "Encrypted",
    "owner-id": "OwnerId",
    "snapshot-id": "SnapshotId",
    "status": "State",
    "volume-id": "VolumeId",
    "volume-size": "VolumeSize",
}


def _snapshot_value(snapshot: Members, name: str) -> Sequence[str]:
    if name.startswith("tag"):
        return tag_values(snapshot, name)
    if name not in _SNAPSHOT_FILTERS:
        raise unknown_filter(name)
    found: Any = snapshot[_SNAPSHOT_FILTERS[name]]
    return [str(found).lower() if isinstance(found, bool) else str(found)]


def _check_snapshot_id(id: str) -> None:
    if not _SNAPSHOT_ID.fullmatch(id):
        raise Refused(
            "InvalidParameterValue", f"Value ({id}) for parameter snapshotId is invalid. Expected: 'snap-...'."
        )


def _no_snapshot(*ids: str) -> Refused:
    return Refused("InvalidSnapshot.NotFound", f"The snapshot '{', '.join(ids)}' does not exist.")


def delete_snapshot(caller: CallContext, members: Members) -> Members:
    """DeleteSnapshot."""
    id, documents = members["SnapshotId"], caller.context.store.documents
    _check_snapshot_id(id)
    found = documents.find(caller.place, SNAPSHOT, id)
    if found is None:
        raise _no_snapshot(id)
    if user := next(_users(caller, id), None):
        raise Refused("InvalidSnapshot.InUse", f"The snapshot {id} is currently in use by {user}")
    documents.remove(found)
    return {}


def _users(caller: CallContext, id: str) -> Iterator[str]:
    for ami in caller.context.store.documents.of_place(caller.place, AMI):
        if id in snapshots_of(ami.content):
            yield ami.id


OPERATIONS: dict[str, Serve] = {
    "CopyImage": copy,
    "DeleteSnapshot": delete_snapshot,
    "DeregisterImage": deregister,
    "DescribeSnapshots": describe_snapshots,
    "DisableImage": disable,
    "DisableImageDeprecation": undeprecate,
    "DisableImageDeregistrationProtection": unprotect,
    "EnableImage": enable,
    "EnableImageDeprecation": deprecate,
    "EnableImageDeregistrationProtection": protect,
    "ModifyImageAttribute": modify_attribute,
}
