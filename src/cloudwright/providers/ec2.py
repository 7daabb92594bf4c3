"""Copies of AMIs, for those who distribute images without Image Builder.

Source: the operations CopyImage, DescribeImages and DeregisterImage of EC2's service model `2016-11-15`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from cloudwright.errors import ServiceError
from cloudwright.provider import Context, CustomResource, Made, Provider, Rejected, attribute, create_only
from cloudwright.services.protocols import form_call, listed, parse_xml

_POLL = 15.0
"""Seconds between polls of a copy; EC2 takes minutes to copy."""

_REFUSALS = ("Invalid", "Missing", "Unauthorized", "OperationNotPermitted", "AuthFailure", "UnsupportedOperation")


class ImageCopy(CustomResource, type="Cloudwright::EC2::ImageCopy"):
    """A copy of an AMI in the account and Region of the resource.

    Attributes:
        SourceImageId: The AMI to copy; any AMI that the account may launch.
        SourceRegion: Where that AMI is.
        Name: The copy's name, unique in its account and Region.
        Description: The copy's description. Encrypted: Whether the copy's snapshots are encrypted.
        KmsKeyId: The key that encrypts them; the account's default key without one.
        State: `available` once the copy can be launched.
    """

    SourceImageId: Annotated[str, create_only]
    SourceRegion: Annotated[str, create_only]
    Name: Annotated[str, create_only]
    Description: Annotated[str | None, create_only] = None
    Encrypted: Annotated[bool | None, create_only] = None
    KmsKeyId: Annotated[str | None, create_only] = None
    State: str = attribute()


class ImageCopies(Provider[ImageCopy]):
    """Copies by EC2's CopyImage; a deleted copy is deregistered with its snapshots."""

    idempotent: ClassVar[bool] = True  # CopyImage takes a client token
    runs_locally: ClassVar[bool] = True  # the local cloud serves EC2's operations on images
    permissions: ClassVar[tuple[str, ...]] = (
        "ec2:CopyImage",
        "ec2:DescribeImages",
        "ec2:DeregisterImage",
        "ec2:DeleteSnapshot",
    )

    async def create(self, new: ImageCopy, context: Context) -> Made:
        """Copy, and wait until the copy can be launched."""
        members = {
            "SourceImageId": new.SourceImageId,
            "SourceRegion": new.SourceRegion,
            "Name": new.Name,
            "Description": new.Description,
            "Encrypted": new.Encrypted,
            "KmsKeyId": new.KmsKeyId,
            "ClientToken": context.token,
        }
        try:
            answer = await _send(context, "CopyImage", {name: one for name, one in members.items() if one is not None})
        except ServiceError as error:
            if error.code.startswith(_REFUSALS):
                raise Rejected(f"{error.code}: {error.service_message}") from None
            raise
        image = str(answer["imageId"])
        failure = await _failure(image, context)
        if failure:
            await self.delete(image, context)
            raise Rejected(f"{failure}; it was deregistered")
        return Made(image)

    async def read(self, identifier: str, context: Context) -> Mapping[str, object] | None:
        """The properties of the copy, from DescribeImages."""
        found = await _image(identifier, context)
        if found is None:
            return None
        shown = {
            "SourceImageId": found.get("sourceImageId"),
            "SourceRegion": found.get("sourceImageRegion"),
            "Name": found.get("name"),
            "Description": found.get("description"),
            "State": found.get("imageState"),
        }
        return {name: value for name, value in shown.items() if value}

    async def delete(self, identifier: str, context: Context) -> None:
        """Deregister the AMI and delete the snapshots that no other AMI uses."""
        try:
            await _send(context, "DeregisterImage", {"ImageId": identifier, "DeleteAssociatedSnapshots": True})
        except ServiceError as error:
            if error.code not in {"InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"}:
                raise


async def _failure(image: str, context: Context) -> str:
    """Wait for a copy; returns why it failed, or an empty text once it is available."""
    while True:
        found = await _image(image, context)
        state = "pending" if found is None else str(found.get("imageState"))
        if state == "available":
            return ""
        if state not in {"pending", "transient"}:
            reason = (found or {}).get("stateReason")
            return f"the copy {image} is {state}" + (f": {reason.get('message')}" if isinstance(reason, dict) else "")
        await asyncio.sleep(_POLL)


async def _image(image: str, context: Context) -> Mapping[str, Any] | None:
    members = {"Filter": [{"Name": "image-id", "Value": [image]}], "IncludeDeprecated": True, "IncludeDisabled": True}
    call = form_call(context.target, "ec2", "DescribeImages", members)
    page = await context.services.ask(call, parse_xml)
    found = listed(page.get("imagesSet"))
    return found[0] if found else None


async def _send(context: Context, action: str, members: Mapping[str, Any]) -> dict[str, Any]:
    return await context.services.send(form_call(context.target, "ec2", action, members), parse_xml)
