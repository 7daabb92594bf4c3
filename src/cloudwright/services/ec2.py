"""EC2's side of images: AMIs, launch permissions, launch templates, and who uses an AMI.

Source: botocore's service model `ec2/2016-11-15`; a test holds every operation and member to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.services.image_models import Ami, ImageUse, LaunchPermission, TemplateVersion
from cloudwright.services.protocols import form_call, listed, parse_xml

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

    from cloudwright.services.port import Guard, ServicePort
    from cloudwright.target import Target

_PAGE = 200
"""AMIs a page: small enough that a large account's page stays below a megabyte."""

_PERMISSION_MEMBERS = {
    "userId": ("account", "UserId"),
    "organizationalUnitArn": ("unit", "OrganizationalUnitArn"),
    "organizationArn": ("organization", "OrganizationArn"),
    "group": ("group", "Group"),
}
_MEMBER_OF = dict(_PERMISSION_MEMBERS.values())
BUILDER_TAG = "Ec2ImageBuilderArn"
"""The tag by which Image Builder marks the AMIs that it makes with the ARN of their image."""


class Ec2:
    """A typed client of EC2's operations on images and launch templates."""

    def __init__(self, port: ServicePort) -> None:
        """Send nothing yet."""
        self._port = port

    # -- AMIs

    async def own_images(self, target: Target, names: Iterable[str]) -> AsyncIterator[Ami]:
        """The account's own AMIs whose names fit one of some patterns, deprecated and disabled ones too.

        Args:
            target: Account and Region.
            names: Patterns with `*`, as EC2's filter `name` takes them.
        """
        members = {
            "Owner": ["self"],
            "Filter": [{"Name": "name", "Value": list(names)}],
            "IncludeDeprecated": True,
            "IncludeDisabled": True,
            "MaxResults": _PAGE,
        }
        async for page in self._pages(target, "DescribeImages", members, "NextToken", "nextToken"):
            for found in listed(page.get("imagesSet")):
                yield _ami(found)

    async def images(self, target: Target, ids: Sequence[str]) -> tuple[Ami, ...]:
        """AMIs by their ids; those that are gone or not visible are left out."""
        members = {
            "Filter": [{"Name": "image-id", "Value": list(ids)}],
            "IncludeDeprecated": True,
            "IncludeDisabled": True,
        }
        page = await self._ask(target, "DescribeImages", members)
        return tuple(map(_ami, listed(page.get("imagesSet"))))

    async def permissions(self, target: Target, image: str) -> frozenset[LaunchPermission]:
        """Who may launch an AMI besides its owner."""
        page = await self._ask(target, "DescribeImageAttribute", {"ImageId": image, "Attribute": "launchPermission"})
        return frozenset(
            LaunchPermission(kind, str(found[name]))
            for found in listed(page.get("launchPermission"))
            for name, (kind, _) in _PERMISSION_MEMBERS.items()
            if found.get(name)
        )

    async def change_permissions(
        self,
        target: Target,
        image: str,
        guard: Guard,
        *,
        add: Iterable[LaunchPermission] = (),
        remove: Iterable[LaunchPermission] = (),
    ) -> None:
        """Let somebody launch an AMI, or no longer."""
        changes = {
            word: [{_MEMBER_OF[one.kind]: one.id} for one in sorted(ones)]
            for word, ones in (("Add", tuple(add)), ("Remove", tuple(remove)))
            if ones
        }
        members = {"ImageId": image, "Attribute": "launchPermission", "LaunchPermission": changes}
        await self._send(target, "ModifyImageAttribute", members, guard)

    async def deregister(self, target: Target, image: str, guard: Guard) -> tuple[str, ...]:
        """Deregister an AMI and delete its snapshots.

        Returns:
            The snapshots that EC2 kept, such as those that another AMI uses.
        """
        members = {"ImageId": image, "DeleteAssociatedSnapshots": True}
        page = await self._send(target, "DeregisterImage", members, guard)
        results = listed(page.get("deleteSnapshotResultSet"))
        return tuple(str(one.get("snapshotId")) for one in results if one.get("returnCode") != "success")

    async def disable(self, target: Target, image: str, guard: Guard) -> None:
        """Take an AMI out of use; it can be enabled again."""
        await self._send(target, "DisableImage", {"ImageId": image}, guard)

    async def deprecate(self, target: Target, image: str, at: str, guard: Guard) -> None:
        """Have an AMI hidden from others' listings from a time on; it can still be launched."""
        await self._send(target, "EnableImageDeprecation", {"ImageId": image, "DeprecateAt": at}, guard)

    # -- launch templates

    async def template_versions(
        self, target: Target, template: str, versions: Sequence[str]
    ) -> tuple[TemplateVersion, ...]:
        """Versions of a launch template, such as `$Default`, `$Latest` or numbers; of those that exist."""
        members = {"LaunchTemplateId": template, "LaunchTemplateVersion": list(versions)}
        page = await self._ask(target, "DescribeLaunchTemplateVersions", members)
        return tuple(map(_version, listed(page.get("launchTemplateVersionSet"))))

    async def versions_in_use(self, target: Target) -> tuple[TemplateVersion, ...]:
        """The default and the latest version of every launch template of the account in this Region."""
        members = {"LaunchTemplateVersion": ["$Default", "$Latest"], "MaxResults": _PAGE}
        found: list[TemplateVersion] = []
        async for page in self._pages(target, "DescribeLaunchTemplateVersions", members, "NextToken", "nextToken"):
            found += map(_version, listed(page.get("launchTemplateVersionSet")))
        return tuple(found)

    async def set_default_version(self, target: Target, template: str, version: str, guard: Guard) -> None:
        """Make a version of a launch template its default."""
        members = {"LaunchTemplateId": template, "SetDefaultVersion": version}
        await self._send(target, "ModifyLaunchTemplate", members, guard)

    # -- who uses an AMI

    async def references(self, target: Target, images: Sequence[str]) -> tuple[ImageUse, ...]:
        """What in the own account refers to AMIs: instances, launch templates, parameters, recipes.

        Args:
            target: Account and Region.
            images: Ids; EC2 takes ten in a call.
        """
        uses: list[ImageUse] = []
        for start in range(0, len(images), 10):
            members = {"ImageId": list(images[start : start + 10]), "IncludeAllResourceTypes": True}
            async for page in self._pages(target, "DescribeImageReferences", members, "NextToken", "nextToken"):
                uses += [
                    ImageUse(str(one.get("imageId")), str(one.get("resourceType")), arn=str(one.get("arn", "")))
                    for one in listed(page.get("imageReferenceSet"))
                ]
        return tuple(uses)

    async def start_usage_report(self, target: Target, image: str, token: str, guard: Guard) -> str:
        """Have EC2 count who uses an AMI, in every account that may launch it.

        Returns:
            The report's id.
        """
        members = {
            "ImageId": image,
            "ResourceType": [{"ResourceType": "ec2:Instance"}, {"ResourceType": "ec2:LaunchTemplate"}],
            "ClientToken": token,
        }
        return str((await self._send(target, "CreateImageUsageReport", members, guard)).get("reportId", ""))

    async def usage_report_state(self, target: Target, report: str) -> tuple[str, str]:
        """The state of a report, such as `available`, and its reason."""
        page = await self._ask(target, "DescribeImageUsageReports", {"ReportId": [report]})
        found: Mapping[str, Any] = next(iter(listed(page.get("imageUsageReportSet"))), {})
        return str(found.get("state", "")), str(found.get("stateReason", ""))

    async def usage(self, target: Target, report: str) -> tuple[ImageUse, ...]:
        """The entries of a report: account, kind of resource, number."""
        uses: list[ImageUse] = []
        pages = self._pages(target, "DescribeImageUsageReportEntries", {"ReportId": [report]}, "NextToken", "nextToken")
        async for page in pages:
            for one in listed(page.get("imageUsageReportEntrySet")):
                image, kind, account = (str(one.get(name, "")) for name in ("imageId", "resourceType", "accountId"))
                uses.append(ImageUse(image, kind, account, int(one.get("usageCount") or 0)))
        return tuple(uses)

    # -- sending

    async def _ask(self, target: Target, action: str, members: Mapping[str, Any]) -> dict[str, Any]:
        return await self._port.ask(form_call(target, "ec2", action, members), parse_xml)

    async def _send(self, target: Target, action: str, members: Mapping[str, Any], guard: Guard) -> dict[str, Any]:
        return await self._port.send(form_call(target, "ec2", action, members), parse_xml, guard)

    async def _pages(
        self, target: Target, action: str, members: Mapping[str, Any], asked: str, answered: str
    ) -> AsyncIterator[dict[str, Any]]:
        token = ""
        while True:
            page = await self._ask(target, action, {**members, **({asked: token} if token else {})})
            yield page
            token = str(page.get(answered) or "")
            if not token:
                return


def _ami(found: Mapping[str, Any]) -> Ami:
    tags = {one.get("key"): one.get("value") for one in listed(found.get("tagSet"))}
    volumes = [one["ebs"] for one in listed(found.get("blockDeviceMapping")) if isinstance(one.get("ebs"), dict)]
    texts = {name: str(found.get(key) or "") for name, key in _AMI.items()}
    return Ami(
        **texts,
        builder=str(tags.get(BUILDER_TAG) or ""),
        protected=str(found.get("deregistrationProtection") or "disabled") not in {"disabled", ""},
        public=found.get("isPublic") == "true",
        snapshots=tuple(str(one["snapshotId"]) for one in volumes if one.get("snapshotId")),
        size=sum(int(one.get("volumeSize") or 0) for one in volumes),
    )


_AMI = {
    "id": "imageId",
    "owner": "imageOwnerId",
    "name": "name",
    "created": "creationDate",
    "state": "imageState",
    "deprecated": "deprecationTime",
    "launched": "lastLaunchedTime",
}


def _version(found: Mapping[str, Any]) -> TemplateVersion:
    data = found.get("launchTemplateData")
    return TemplateVersion(
        template=str(found.get("launchTemplateId", "")),
        number=str(found.get("versionNumber", "")),
        image=str(data.get("imageId") or "") if isinstance(data, dict) else "",
        default=found.get("defaultVersion") == "true",
    )
