"""Who uses an AMI: instances, references of the caller's own account, and reports over all accounts.

Source: the service model `ec2/2016-11-15`, and "View your AMI usage" and "Identify your resources referencing
specified AMIs" in the EC2 User Guide. Reports expire 30 days after their creation.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from cloudwright.local.api.wire import Refused
from cloudwright.local.builds import templates
from cloudwright.local.builds.amis import INSTANCE, new_id
from cloudwright.local.builds.delivery import FAST_LAUNCH
from cloudwright.local.documents import StoredDocument
from cloudwright.local.services.caller import page
from cloudwright.local.services.ec2_images import BAD_TOKEN, apply_filters, check_ami_id, own_ami, unknown_filter
from cloudwright.partitions import partition_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudwright.local.rows import AccountRegion, StoredResource
    from cloudwright.local.services.caller import CallContext, Members, Serve

_REPORT = "usage-report"
_DAY = 24 * 3600.0
_EXPIRES = 30 * _DAY
_PAGE = 1000
_KINDS = {
    "ec2:Instance": INSTANCE,
    "ec2:LaunchTemplate": templates.TEMPLATE,
    "ssm:Parameter": "AWS::SSM::Parameter",
    "imagebuilder:ImageRecipe": "AWS::ImageBuilder::ImageRecipe",
    "imagebuilder:ContainerRecipe": "AWS::ImageBuilder::ContainerRecipe",
}
_REPORTED = {one for one in _KINDS if one != "ssm:Parameter"}


def describe_references(caller: CallContext, members: Members) -> Members:
    """DescribeImageReferences: resources in the caller's account that refer to one of the AMIs."""
    ids = members["ImageIds"]
    for id in ids:
        check_ami_id(id)
    listed = [str(one.get("ResourceType")) for one in members.get("ResourceTypes") or ()]
    kinds = list(_KINDS) if members.get("IncludeAllResourceTypes") else listed
    if not kinds:
        raise Refused("MissingParameter", "Either IncludeAllResourceTypes or ResourceTypes must be specified")
    described = [
        {"ImageId": id, "ResourceType": kind, "Arn": arn}
        for kind in kinds
        for arn, named in _references(caller, caller.place, kind)
        for id in ids
        if id in named
    ]
    some, token = page(described, members.get("NextToken"), int(members.get("MaxResults") or _PAGE), BAD_TOKEN)
    return {"ImageReferences": some, **({"NextToken": token} if token else {})}


def _references(caller: CallContext, place: AccountRegion, kind: str) -> Iterator[tuple[str, set[str]]]:
    """The ARN of each resource of a kind in a place, and the AMIs that it refers to."""
    for one in caller.context.near(place).of_type(_KINDS[kind]):
        yield _arn(one, kind), _named(caller, one, kind)


def _arn(resource: StoredResource, kind: str) -> str:
    if resource.identifier.startswith("arn:"):
        return resource.identifier
    account, region = resource.place
    service, _, word = kind.partition(":")
    noun = {"Instance": "instance", "LaunchTemplate": "launch-template", "Parameter": "parameter"}[word]
    return f"arn:{partition_of(region)}:{service}:{region}:{account}:{noun}/{resource.identifier.lstrip('/')}"


def _named(caller: CallContext, resource: StoredResource, kind: str) -> set[str]:
    model = resource.properties
    if kind == "ec2:LaunchTemplate":
        document = templates.template(caller.context, resource.place, resource.identifier)
        versions = document.content["versions"].values() if document else ()
        return {str((one["data"] or {}).get("ImageId", "")) for one in versions}
    if kind == "imagebuilder:ContainerRecipe":
        return {str((model.get("InstanceConfiguration") or {}).get("Image", "")), str(model.get("ParentImage", ""))}
    name = {"ec2:Instance": "ImageId", "ssm:Parameter": "Value", "imagebuilder:ImageRecipe": "ParentImage"}[kind]
    return {str(model.get(name, ""))}


# Reports


def create_report(caller: CallContext, members: Members) -> Members:
    """CreateImageUsageReport: takes a while, and counts what exists at its creation."""
    found = own_ami(caller, members["ImageId"])
    kinds = [str(one.get("ResourceType")) for one in members["ResourceTypes"]]
    unknown = [kind for kind in kinds if kind not in _REPORTED]
    if unknown:
        raise Refused("InvalidParameterValue", f"The resource type {unknown[0]} is not valid for an image usage report")
    token = members.get("ClientToken")
    known = caller.context.store.documents.of_place(caller.place, _REPORT)
    earlier = next((one for one in known if token and one.content["token"] == token), None)
    if earlier is not None:
        return {"ReportId": earlier.id}
    id = new_id(caller.context, "amiur", caller.place, caller.number, found.id)
    unit = caller.context.settings.duration("AWS::EC2::Image", "REPORT")
    content = {
        "token": token,
        "ready": caller.now + 5 * unit,
        "entries": list(_entries(caller, found.id, kinds, members.get("AccountIds") or [], id)),
        "shown": {
            "ImageId": found.id,
            "ReportId": id,
            "ResourceTypes": members["ResourceTypes"],
            "AccountIds": members.get("AccountIds") or [],
            "CreationTime": caller.now,
            "ExpirationTime": caller.now + _EXPIRES,
            "Tags": [],
        },
    }
    caller.context.store.documents.put(StoredDocument(caller.place, _REPORT, id, content))
    return {"ReportId": id}


def _entries(
    caller: CallContext, ami: str, kinds: Sequence[str], accounts: Sequence[str], report: str
) -> Iterator[Members]:
    for kind in kinds:
        counted: Counter[str] = Counter()
        for resource in caller.context.store.of_type(_KINDS[kind], caller.place.region):
            if ami in _named(caller, resource, kind):
                counted[resource.place.account] += 1
        for account, count in sorted(counted.items()):
            if not accounts or account in accounts:
                yield {
                    "ResourceType": kind,
                    "ReportId": report,
                    "UsageCount": count,
                    "AccountId": account,
                    "ImageId": ami,
                    "ReportCreationTime": caller.now,
                }


def _reports(caller: CallContext, members: Members) -> list[StoredDocument]:
    found = [
        one
        for one in caller.context.store.documents.of_place(caller.place, _REPORT)
        if caller.now < one.content["shown"]["ExpirationTime"]
    ]
    ids, images = members.get("ReportIds") or [], members.get("ImageIds") or []
    lost = [id for id in ids if id not in {one.id for one in found}]
    if lost:
        raise Refused("InvalidImageUsageReportId.NotFound", f"The image usage report ID '{lost[0]}' does not exist")
    return [
        one for one in found if (not ids or one.id in ids) and (not images or one.content["shown"]["ImageId"] in images)
    ]


def describe_reports(caller: CallContext, members: Members) -> Members:
    """DescribeImageUsageReports."""
    described = [{**one.content["shown"], "State": _state(caller, one)} for one in _reports(caller, members)]
    described = apply_filters(described, members.get("Filters"), _report_value)
    some, token = page(described, members.get("NextToken"), int(members.get("MaxResults") or _PAGE), BAD_TOKEN)
    return {"ImageUsageReports": some, **({"NextToken": token} if token else {})}


def _report_value(described: Members, name: str) -> Sequence[str]:
    if name != "state":
        raise unknown_filter(name)
    return [described["State"]]


def _state(caller: CallContext, report: StoredDocument) -> str:
    return "available" if caller.now >= report.content["ready"] else "pending"


def describe_entries(caller: CallContext, members: Members) -> Members:
    """DescribeImageUsageReportEntries: the entries of finished reports."""
    reports = [one for one in _reports(caller, members) if _state(caller, one) == "available"]
    described = [entry for one in reports for entry in one.content["entries"]]
    described = apply_filters(described, members.get("Filters"), _entry_value)
    some, token = page(described, members.get("NextToken"), int(members.get("MaxResults") or _PAGE), BAD_TOKEN)
    return {"ImageUsageReportEntries": some, **({"NextToken": token} if token else {})}


def _entry_value(described: Members, name: str) -> Sequence[str]:
    names = {"account-id": "AccountId", "resource-type": "ResourceType", "creation-time": "ReportCreationTime"}
    if name not in names:
        raise unknown_filter(name)
    return [str(described[names[name]])]


def delete_report(caller: CallContext, members: Members) -> Members:
    """DeleteImageUsageReport."""
    (found,) = _reports(caller, {"ReportIds": [members["ReportId"]]})
    caller.context.store.documents.remove(found)
    return {"Return": True}


# Instances and fast launch


def describe_instances(caller: CallContext, members: Members) -> Members:
    """DescribeInstances: those created through Cloud Control, all of them running."""
    found = list(caller.context.near(caller.place).of_type(INSTANCE))
    ids = members.get("InstanceIds") or []
    lost = [id for id in ids if id not in {one.identifier for one in found}]
    if lost:
        raise Refused("InvalidInstanceID.NotFound", f"The instance IDs '{', '.join(lost)}' do not exist")
    described = [_instance(one) for one in found if not ids or one.identifier in ids]
    described = apply_filters(described, members.get("Filters"), _instance_value)
    some, token = page(described, members.get("NextToken"), int(members.get("MaxResults") or _PAGE), BAD_TOKEN)
    reservations = [
        {
            "ReservationId": "r-" + one["InstanceId"].removeprefix("i-"),
            "OwnerId": caller.place.account,
            "Instances": [one],
        }
        for one in some
    ]
    return {"Reservations": reservations, **({"NextToken": token} if token else {})}


def _instance(resource: StoredResource) -> Members:
    model = resource.properties
    described: dict[str, Any] = {
        "InstanceId": resource.identifier,
        "ImageId": model.get("ImageId"),
        "InstanceType": model.get("InstanceType"),
        "State": {"Code": 16, "Name": "running"},
        "LaunchTime": resource.created,
        "SubnetId": model.get("SubnetId"),
        "KeyName": model.get("KeyName"),
        "Tags": [{"Key": tag.get("Key"), "Value": tag.get("Value")} for tag in model.get("Tags") or ()],
    }
    return {name: value for name, value in described.items() if value is not None}


_INSTANCE_FILTERS = {"image-id": "ImageId", "instance-id": "InstanceId", "instance-type": "InstanceType"}


def _instance_value(described: Members, name: str) -> Sequence[str]:
    if name == "instance-state-name":
        return [described["State"]["Name"]]
    if name not in _INSTANCE_FILTERS:
        raise unknown_filter(name)
    return [str(described.get(_INSTANCE_FILTERS[name], ""))]


def describe_fast_launch(caller: CallContext, members: Members) -> Members:
    """DescribeFastLaunchImages."""
    ids = members.get("ImageIds") or []
    found = caller.context.store.documents.of_place(caller.place, FAST_LAUNCH)
    described = [one.content for one in found if not ids or one.id in ids]
    some, token = page(described, members.get("NextToken"), int(members.get("MaxResults") or _PAGE), BAD_TOKEN)
    return {"FastLaunchImages": some, **({"NextToken": token} if token else {})}


OPERATIONS: dict[str, Serve] = {
    "CreateImageUsageReport": create_report,
    "DeleteImageUsageReport": delete_report,
    "DescribeFastLaunchImages": describe_fast_launch,
    "DescribeImageReferences": describe_references,
    "DescribeImageUsageReportEntries": describe_entries,
    "DescribeImageUsageReports": describe_reports,
    "DescribeInstances": describe_instances,
}
