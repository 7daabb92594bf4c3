"""What a distribution creates: AMIs in accounts and Regions, and parameters and launch templates that refer to them.

Permissions, tags and names are those of the distribution's entry for the Region. Launch permissions are given on the
build account's AMI of each Region; a target account owns its copy. Source: "Distribution settings" and "Set up
cross-account AMI distribution" in the EC2 Image Builder User Guide.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from cloudwright.local.builds import templates
from cloudwright.local.builds.amis import AMI, NewAmi, make_ami
from cloudwright.local.builds.build import DeliveryCell
from cloudwright.local.builds.failures import COPY, failed, region_failure
from cloudwright.local.builds.parameters import PARAMETER, put_parameter
from cloudwright.local.builds.refusals import fast_launch_refusal, licence_refusal, parameter_refusal
from cloudwright.local.documents import StoredDocument
from cloudwright.local.rows import AccountRegion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.local.builds.build import Build
    from cloudwright.local.context import CloudContext

_VARIABLE = re.compile(r"\{\{\s*imagebuilder:(buildDate|buildVersion)\s*\}\}")
_ROLE = "EC2ImageBuilderDistributionCrossAccountRole"
FAST_LAUNCH = "fast-launch"
"""The kind of the documents for AMIs with fast launch enabled."""


def place_of(build: Build) -> AccountRegion:
    """The account and Region of a build."""
    parts = build.arn.split(":")
    return AccountRegion(parts[4], parts[3])


def cells_of(build: Build) -> list[DeliveryCell]:
    """Who gets the image: the build account in the build Region first, then Region by Region."""
    home = place_of(build)
    # without an entry for the build Region, the built AMI is still there; an AMI that already exists is not copied
    pairs = [] if build.source.get("image") and not build.entry(home.region) else [(home.region, home.account)]
    for entry in build.entries:
        region = str(entry.get("Region", ""))
        ami = entry.get("AmiDistributionConfiguration") or {}
        pairs += [(region, home.account), *((region, str(one)) for one in ami.get("TargetAccountIds") or ())]
    return [DeliveryCell(region, account, _name(build, region)) for region, account in dict.fromkeys(pairs)]


def _name(build: Build, region: str) -> str:
    entry = build.entry(region)
    container = entry.get("ContainerDistributionConfiguration") or {}
    if build.type == "DOCKER":
        repository = container.get("TargetRepository") or (build.source.get("recipe") or {}).get("TargetRepository")
        return str((repository or {}).get("RepositoryName") or build.name)
    name = (entry.get("AmiDistributionConfiguration") or {}).get("Name")
    written = str(name) if name else f"{build.name} {build_date(build.created)}"
    return filled(written, build.created, build.version.rpartition("/")[2])


class Delivery:
    """Carries out a build's events."""

    def __init__(self, context: CloudContext) -> None:
        """Take the parts of the cloud."""
        self._context = context

    def make_source(self, build: Build, at: float) -> None:
        """Create the AMI of the build Region, like the step that creates the image.

        Args:
            build: Receives the id.
            at: The time, in seconds since the epoch.
        """
        home = place_of(build)
        if build.type == "AMI":
            new = self._new(build, home.region, build.cells[0].name, source="")
            build.image = make_ami(self._context, home, new, at, build.arn).id

    def deliver(self, build: Build, cell: DeliveryCell, at: float) -> None:
        """Create a copy, or share the original.

        Args:
            build: The build of the image.
            cell: The target; receives the AMI's id or the failure.
            at: The time, in seconds since the epoch.
        """
        cell.failure = self._copy_failure(build, cell)
        if cell.failure or cell.image:
            return
        if build.type == "DOCKER":
            tag = build.version.replace("/", "-")
            cell.image = f"{cell.account}.dkr.ecr.{cell.region}.amazonaws.com/{cell.name}:{tag}"
            return
        home, place = place_of(build), AccountRegion(cell.account, cell.region)
        if place == home and not build.source.get("image"):
            cell.image = build.image
        else:
            new = self._new(build, cell.region, cell.name, source=build.image)
            cell.image = make_ami(self._context, place, new, at, build.arn).id
        if cell.account == home.account:
            self._share(build, cell)

    def _copy_failure(self, build: Build, cell: DeliveryCell) -> dict[str, Any]:
        failure = region_failure(self._context.faults, build, cell.region, cell.account, COPY)
        home = place_of(build)
        if failure or not self._context.settings.strict_services or cell.account == home.account:
            return failure
        roles = self._context.store.find_anywhere("AWS::IAM::Role", _ROLE)
        if any(role.place.account == cell.account for role in roles):
            return {}
        role = f"arn:aws:iam::{cell.account}:role/{_ROLE}"
        words = f"User is not authorized to perform: sts:AssumeRole on resource: {role}"
        return failed(build, cell.region, cell.account, COPY, words)

    def _new(self, build: Build, region: str, name: str, source: str) -> NewAmi:
        recipe = build.source.get("recipe") or {}
        entry = build.entry(region).get("AmiDistributionConfiguration") or {}
        tags = {"CreatedBy": "EC2 Image Builder", "Ec2ImageBuilderArn": build.arn}
        tags |= {**(recipe.get("AmiTags") or {}), **(entry.get("AmiTags") or {})}
        origin = self._origin(build)
        devices = tuple(recipe.get("BlockDeviceMappings") or origin.get("BlockDeviceMappings") or ())
        home = place_of(build).region
        key = str(entry.get("KmsKeyId") or "") if source or build.source.get("image") else ""
        return NewAmi(
            name=name,
            description=str(entry.get("Description") or ""),
            tags=tags,
            devices=devices,
            key=key,
            architecture="arm64" if "arm64" in str(recipe.get("ParentImage", "")) else "x86_64",
            windows=build.platform == "Windows",
            source=source,
            source_region=home if source else "",
            watermarks=tuple(recipe.get("AmiWatermarks") or ()),
        )

    def _origin(self, build: Build) -> Mapping[str, Any]:
        """The existing AMI that is distributed."""
        found = self._context.store.documents.in_region(place_of(build).region, AMI, build.image)
        return found.content if found else {}

    def _share(self, build: Build, cell: DeliveryCell) -> None:
        entry = build.entry(cell.region).get("AmiDistributionConfiguration") or {}
        found = self._context.store.documents.in_region(cell.region, AMI, cell.image)
        if found is None or not entry:
            return
        found.content["LaunchPermissions"] = list(_permissions(entry.get("LaunchPermissionConfiguration") or {}))
        self._context.store.documents.put(found)

    # What refers to the AMIs of a Region

    def integrate(self, build: Build, number: int, at: float) -> None:
        """Apply the settings of one entry of the distribution.

        Args:
            build: Receives the failures.
            number: The index of the entry.
            at: The time, in seconds since the epoch.
        """
        entry = build.entries[number]
        region, home = str(entry.get("Region", "")), place_of(build).account
        failures = [
            *self._licences(build, region, entry),
            *self._templates(build, region, entry, at),
            *self._parameters(build, region, entry, at),
            *self._fast_launch(build, region, entry),
        ]
        exported = region_failure(self._context.faults, build, region, home, "EXPORT_AMI")
        failures += [exported] if exported else []
        build.region_failures += failures
        if not failures:
            build.applied.append(number)

    def _licences(self, build: Build, region: str, entry: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        step, account, arns = "ASSOCIATE_LICENSES", place_of(build).account, entry.get("LicenseConfigurationArns")
        if not arns:
            return
        if failure := self._fault(build, region, account, step):
            yield failure
        elif words := licence_refusal(arns, region):
            yield failed(build, region, account, step, words)

    def _fault(self, build: Build, region: str, account: str, step: str) -> dict[str, Any]:
        return region_failure(self._context.faults, build, region, account, step)

    def _image(self, build: Build, region: str, account: str) -> str:
        found = (cell.image for cell in build.cells if (cell.region, cell.account) == (region, account))
        return next(found, "")

    def _templates(self, build: Build, region: str, entry: Mapping[str, Any], at: float) -> Iterator[dict[str, Any]]:
        step = "UPDATE_LAUNCH_TEMPLATES"
        for given in entry.get("LaunchTemplateConfigurations") or ():
            account, id = str(given.get("AccountId") or place_of(build).account), str(given.get("LaunchTemplateId"))
            found = templates.template(self._context, AccountRegion(account, region), id)
            failure = self._fault(build, region, account, step)
            if failure:
                yield failure
            elif found is None:
                words = (
                    f"The specified launch template, with template ID {id}, does not exist. (Service: Ec2,"
                    " Status Code: 400, Error Code: InvalidLaunchTemplateId.NotFound)"
                )
                yield failed(build, region, account, step, words)
            else:
                self._point_template(build, found, self._image(build, region, account), given, at)

    def _point_template(
        self, build: Build, found: StoredDocument, image: str, given: Mapping[str, Any], at: float
    ) -> None:
        before = templates.version(found, "$Default") or {"data": {}}
        data = {**before["data"], "ImageId": image}
        words = f"Created by EC2 Image Builder, {build.arn}"
        number = templates.add_version(self._context, found, data, at, words)
        if given.get("SetDefaultVersion", True) is not False:
            templates.set_default(self._context, found, number)

    def _parameters(self, build: Build, region: str, entry: Mapping[str, Any], at: float) -> Iterator[dict[str, Any]]:
        for given in entry.get("SsmParameterConfigurations") or ():
            account = str(given.get("AmiAccountId") or place_of(build).account)
            place, name = AccountRegion(account, region), str(given.get("ParameterName", ""))
            if failure := self._fault(build, region, account, "PUT_SSM_PARAMETERS"):
                yield failure
                continue
            if words := self._parameter_refusal(build, place, name):
                yield failed(build, region, account, "PUT_SSM_PARAMETERS", words)
                continue
            properties = {
                "Value": self._image(build, region, account),
                "DataType": str(given.get("DataType") or "aws:ec2:image"),
            }
            put_parameter(self._context, place, name, properties, at)

    def _parameter_refusal(self, build: Build, place: AccountRegion, name: str) -> str:
        own = place.account == place_of(build).account and not build.source.get("role")
        existing = self._context.store.find(place, PARAMETER, name)
        return parameter_refusal(existing, name, narrow=own and self._context.settings.strict_services)

    def _fast_launch(self, build: Build, region: str, entry: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        for given in entry.get("FastLaunchConfigurations") or ():
            account = str(given.get("AccountId") or place_of(build).account)
            image, step = self._image(build, region, account), "UPDATE_FAST_LAUNCH_CONFIGURATIONS"
            if failure := self._fault(build, region, account, step):
                yield failure
            elif words := fast_launch_refusal(build, given, image):
                yield failed(build, region, account, step, words)
            else:
                self._set_fast_launch(AccountRegion(account, region), image, given)

    def _set_fast_launch(self, place: AccountRegion, image: str, given: Mapping[str, Any]) -> None:
        documents = self._context.store.documents
        content = {
            "ImageId": image,
            "ResourceType": "snapshot",
            "SnapshotConfiguration": dict(given.get("SnapshotConfiguration") or {"TargetResourceCount": 5}),
            "LaunchTemplate": {
                name.replace("LaunchTemplateVersion", "Version"): value
                for name, value in (given.get("LaunchTemplate") or {}).items()
            },
            "MaxParallelLaunches": int(given.get("MaxParallelLaunches") or 6),
            "OwnerId": place.account,
            "State": "enabled",
        }
        document = StoredDocument(place, FAST_LAUNCH, image, content)
        if given.get("Enabled"):
            documents.put(document)
        else:
            documents.remove(document)


def _permissions(given: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """A launch permission in EC2's names."""
    for name, member in (
        ("UserIds", "UserId"),
        ("UserGroups", "Group"),
        ("OrganizationArns", "OrganizationArn"),
        ("OrganizationalUnitArns", "OrganizationalUnitArn"),
    ):
        for one in given.get(name) or ():
            yield {member: str(one)}


def filled(name: str, at: float, build_number: str) -> str:
    """The AMI's name, from the name in a distribution.

    Args:
        name: Such as `golden-{{ imagebuilder:buildDate }}`.
        at: When the build started; seconds since the epoch.
        build_number: The last part of the image's ARN.
    """
    values = {"buildDate": build_date(at), "buildVersion": build_number}
    return _VARIABLE.sub(lambda found: values[found[1]], name)


def build_date(at: float) -> str:
    """The date as Image Builder writes it in names: `2027-01-15T08-00-00.000Z`.

    Args:
        at: Seconds since the epoch.
    """
    return dt.datetime.fromtimestamp(at, tz=dt.UTC).strftime("%Y-%m-%dT%H-%M-%S.%f")[:-3] + "Z"
