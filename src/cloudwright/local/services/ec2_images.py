"""EC2's operations on AMIs and snapshots.

Source: the service model `ec2/2016-11-15`, the EC2 API Reference, and "Error codes for the Amazon EC2 API".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudwright.local.api.wire import Refused
from cloudwright.local.builds.amis import AMI, launches
from cloudwright.local.protocols.xml import iso_time
from cloudwright.local.rows import AccountRegion
from cloudwright.local.services.caller import filtered, page

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudwright.local.documents import StoredDocument
    from cloudwright.local.services.caller import CallContext, Members, Serve

_AMI_ID = re.compile(r"ami-[0-9a-f]{8,17}")
_PAGE = 1000
BAD_TOKEN = Refused("InvalidParameterValue", "Unable to parse pagination token")
_HIDDEN = {"Tags", "LaunchPermissions", "Watermarks", "ProtectedUntil"}
"""Members of a stored AMI whose form differs from `DescribeImages`."""


def describe_images(caller: CallContext, members: Members) -> Members:
    """DescribeImages: the caller's own AMIs, and those that it may launch."""
    owners = {caller.place.account if one == "self" else one for one in members.get("Owners") or ()}
    found = list(_wanted(caller, members, owners))
    if owners:
        found = [one for one in found if one.content["OwnerId"] in owners]
    for user in members.get("ExecutableUsers") or []:
        found = [one for one in found if _executable(one, caller.place.account if user == "self" else user)]
    asked = set(members.get("ImageIds") or ())
    found = [one for one in found if _shown(caller, one, members, asked)]
    launched = launches(caller.context, caller.place.region) if found else {}
    shown = [image_of(caller, one, launched.get(one.id)) for one in found]
    images = apply_filters(shown, members.get("Filters"), _value)
    some, token = page(images, members.get("NextToken"), int(members.get("MaxResults") or _PAGE), BAD_TOKEN)
    return {"Images": some, **({"NextToken": token} if token else {})}


def _wanted(caller: CallContext, members: Members, owners: set[str]) -> Iterator[StoredDocument]:
    ids, documents = members.get("ImageIds"), caller.context.store.documents
    if not ids:
        region = caller.place.region
        # other accounts' AMIs in the Region are read only if the request may refer to them
        places = [documents.of_place(AccountRegion(one, region), AMI) for one in sorted(owners)]
        everything = [one for several in places for one in several] if owners else documents.of_region(region, AMI)
        yield from (one for one in everything if may_launch(caller, one))
        return
    lost = []
    for id in ids:
        check_ami_id(id)
        found = caller.context.store.documents.in_region(caller.place.region, AMI, id)
        if found is not None and may_launch(caller, found):
            yield found
        else:
            lost.append(id)
    if lost:
        raise no_ami(*lost)


def _shown(caller: CallContext, document: StoredDocument, members: Members, asked: set[str]) -> bool:
    """Owners always see their deprecated AMIs, and disabled ones only on request."""
    content = document.content
    own = content["OwnerId"] == caller.place.account
    if content["State"] == "disabled" and not members.get("IncludeDisabled"):
        return False
    deprecated = content.get("DeprecationTime") and float(content["DeprecationTime"]) <= caller.now
    return own or not deprecated or bool(members.get("IncludeDeprecated")) or content["ImageId"] in asked


def check_ami_id(id: str) -> None:
    """Reject a text that is not an AMI id.

    Raises:
        Refused: `InvalidAMIID.Malformed`.
    """
    if not _AMI_ID.fullmatch(id):
        raise Refused("InvalidAMIID.Malformed", f'Invalid id: "{id}" (expecting "ami-...")')


def no_ami(*ids: str) -> Refused:
    """The error for ids of AMIs that don't exist or that the caller may not see."""
    several = len(ids) > 1
    text = f"The image id{'s' if several else ''} '[{', '.join(ids)}]' do{'' if several else 'es'} not exist"
    return Refused("InvalidAMIID.NotFound", text)


def may_launch(caller: CallContext, document: StoredDocument) -> bool:
    """Whether an AMI is the caller's own, shared with its account, or public; organisations don't exist here."""
    return document.content["OwnerId"] == caller.place.account or _executable(document, caller.place.account)


def _executable(document: StoredDocument, account: str) -> bool:
    permissions = document.content["LaunchPermissions"]
    if account == "all":
        return {"Group": "all"} in permissions
    if document.content["State"] == "disabled":
        return False
    return {"UserId": account} in permissions or {"Group": "all"} in permissions


def own_ami(caller: CallContext, id: str) -> StoredDocument:
    """An AMI that the caller owns.

    Raises:
        Refused: There is none, or another account owns it.
    """
    check_ami_id(id)
    found = caller.context.store.documents.in_region(caller.place.region, AMI, id)
    if found is None or not may_launch(caller, found):
        raise no_ami(id)
    if found.place.account != caller.place.account:
        raise Refused("AuthFailure", f"Not authorized for image:{id}")
    return found


def image_of(caller: CallContext, document: StoredDocument, launched: float | None) -> Members:
    """An AMI as DescribeImages shows it.

    Args:
        caller: The caller, who sees only the tags of its own AMIs.
        document: The AMI.
        launched: When an instance was last launched from it; seconds since the epoch.
    """
    content = document.content
    watermarks = content.get("Watermarks")
    own = content["OwnerId"] == caller.place.account
    described = {name: value for name, value in content.items() if name not in _HIDDEN}
    described["Public"] = {"Group": "all"} in content["LaunchPermissions"]
    described["Tags"] = tags_of(content) if own else []
    if "DeprecationTime" in content:
        described["DeprecationTime"] = iso_time(content["DeprecationTime"])
    if launched is not None and own:
        described["LastLaunchedTime"] = iso_time(launched)
    if watermarks:
        described["ImageWatermarks"] = [{"WatermarkKey": one} for one in watermarks]
    return described


def tags_of(content: Members) -> list[Members]:
    """Tags in EC2's list form."""
    return [{"Key": key, "Value": value} for key, value in sorted((content.get("Tags") or {}).items())]


def apply_filters(found: list[Members], filters: Any, value: Any) -> list[Members]:
    """The items that match all filters of a Describe operation.

    Args:
        found: All items, as they will be shown.
        filters: The member `Filters`.
        value: Returns the values of an item for a filter's name.
    """
    for one in filters or ():
        name, wanted = str(one.get("Name", "")), one.get("Values") or []
        found = [each for each in found if filtered(value(each, name), wanted)]
    return found


_FILTERS = {
    "architecture": "Architecture",
    "description": "Description",
    "image-id": "ImageId",
    "image-type": "ImageType",
    "is-public": "Public",
    "name": "Name",
    "owner-id": "OwnerId",
    "platform": "Platform",
    "root-device-type": "RootDeviceType",
    "source-image-id": "SourceImageId",
    "source-image-region": "SourceImageRegion",
    "state": "State",
    "virtualization-type": "VirtualizationType",
    "creation-date": "CreationDate",
}


def _value(image: Members, name: str) -> Sequence[str]:
    if name.startswith("tag") or name == "block-device-mapping.snapshot-id":
        return tag_values(image, name) if name.startswith("tag") else _snapshots(image)
    if name not in _FILTERS:
        raise unknown_filter(name)
    found = image.get(_FILTERS[name])
    return [str(found).lower() if isinstance(found, bool) else str(found)] if found is not None else []


def _snapshots(image: Members) -> list[str]:
    return [str(device["Ebs"]["SnapshotId"]) for device in image["BlockDeviceMappings"] if "Ebs" in device]


def unknown_filter(name: str) -> Refused:
    """The error for an unknown filter."""
    return Refused("InvalidParameterValue", f"The filter '{name}' is invalid")


def tag_values(described: Members, name: str) -> list[str]:
    """The values for the filters `tag:KEY` and `tag-key`.

    Args:
        described: With `Tags` in EC2's list form.
        name: The filter's name.

    Raises:
        Refused: It is neither of the two.
    """
    if name == "tag-key":
        return [tag["Key"] for tag in described["Tags"]]
    if not name.startswith("tag:"):
        raise unknown_filter(name)
    return [tag["Value"] for tag in described["Tags"] if tag["Key"] == name.removeprefix("tag:")]


def describe_attribute(caller: CallContext, members: Members) -> Members:
    """DescribeImageAttribute."""
    found, attribute = own_ami(caller, members["ImageId"]), members["Attribute"]
    content = found.content
    described: Members = {"ImageId": found.id}
    if attribute == "launchPermission":
        described["LaunchPermissions"] = content["LaunchPermissions"]
    elif attribute == "description":
        described["Description"] = {"Value": content.get("Description", "")}
    elif attribute == "blockDeviceMapping":
        described["BlockDeviceMappings"] = content["BlockDeviceMappings"]
    elif attribute == "deregistrationProtection":
        described["DeregistrationProtection"] = {"Value": content.get("DeregistrationProtection", "disabled")}
    elif attribute == "lastLaunchedTime":
        launched = launches(caller.context, caller.place.region).get(found.id)
        described["LastLaunchedTime"] = {"Value": iso_time(launched)} if launched else {}
    return described


OPERATIONS: dict[str, Serve] = {
    "DescribeImageAttribute": describe_attribute,
    "DescribeImages": describe_images,
}
