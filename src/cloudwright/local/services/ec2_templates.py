"""EC2's operations on launch templates; the templates themselves are created through Cloud Control.

Source: the service model `ec2/2016-11-15` and the EC2 API Reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.local.access.gate import caller_arn
from cloudwright.local.api.wire import Refused
from cloudwright.local.builds import templates
from cloudwright.local.builds.parameters import parameter
from cloudwright.local.protocols.fitting import fitted
from cloudwright.local.protocols.model import service_models
from cloudwright.local.services.caller import page
from cloudwright.local.services.ec2_images import BAD_TOKEN, apply_filters, tag_values, unknown_filter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.local.documents import StoredDocument
    from cloudwright.local.services.caller import CallContext, Members, Serve

_PAGE = 200
_ALIAS = "resolve:ssm:"


def _wanted(caller: CallContext, members: Members) -> StoredDocument:
    """The template that a request names by id or name."""
    id, name = members.get("LaunchTemplateId"), members.get("LaunchTemplateName")
    if bool(id) == bool(name):
        raise Refused("MissingParameter", "Either a launch template ID or a launch template name must be specified")
    if id:
        found = templates.template(caller.context, caller.place, id)
    else:
        known = templates.templates(caller.context, caller.place)
        found = next((one for one in known if one.content["name"] == name), None)
    if found is None:
        raise _missing(f"ID {id}" if id else f"name {name}", "Id" if id else "Name")
    return found


def _missing(what: str, kind: str) -> Refused:
    text = f"The specified launch template, with template {what}, does not exist."
    return Refused(f"InvalidLaunchTemplate{kind}.NotFound{'' if kind == 'Id' else 'Exception'}", text)


def describe(caller: CallContext, members: Members) -> Members:
    """DescribeLaunchTemplates."""
    found = templates.templates(caller.context, caller.place)
    for member, key, kind in (("LaunchTemplateIds", "id", "Id"), ("LaunchTemplateNames", "name", "Name")):
        asked = members.get(member)
        if asked:
            lost = [one for one in asked if one not in {each.content[key] for each in found}]
            if lost:
                raise _missing(f"{'ID' if key == 'id' else 'name'} {lost[0]}", kind)
            found = [one for one in found if one.content[key] in asked]
    described = apply_filters([_described(caller, one) for one in found], members.get("Filters"), _value)
    some, token = page(described, members.get("NextToken"), int(members.get("MaxResults") or _PAGE), BAD_TOKEN)
    return {"LaunchTemplates": some, **({"NextToken": token} if token else {})}


def _value(described: Members, name: str) -> Sequence[str]:
    if name.startswith("tag"):
        return tag_values(described, name)
    if name != "launch-template-name":
        raise unknown_filter(name)
    return [described["LaunchTemplateName"]]


def _described(caller: CallContext, found: StoredDocument) -> Members:
    versions = found.content["versions"]
    resource = caller.context.store.find(found.place, templates.TEMPLATE, found.id)
    specifications = (resource.properties.get("TagSpecifications") if resource else None) or []
    tags = [tag for one in specifications if one.get("ResourceType") == "launch-template" for tag in one["Tags"]]
    return {
        "LaunchTemplateId": found.id,
        "LaunchTemplateName": found.content["name"],
        "CreateTime": versions[min(versions, key=int)]["created"],
        "CreatedBy": caller_arn(found.place),
        "DefaultVersionNumber": int(found.content["default"]),
        "LatestVersionNumber": max(map(int, versions)),
        "Tags": tags,
    }


def describe_versions(caller: CallContext, members: Members) -> Members:
    """DescribeLaunchTemplateVersions; without a template, `$Latest` or `$Default` of all."""
    asked = members.get("Versions") or []
    if not members.get("LaunchTemplateId") and not members.get("LaunchTemplateName"):
        if not set(asked) <= {"$Latest", "$Default"} or not asked:
            raise Refused("MissingParameter", "Specify a launch template, or only $Latest and $Default as versions")
        found = templates.templates(caller.context, caller.place)
    else:
        found = [_wanted(caller, members)]
    described = [_version(caller, one, each, members) for one in found for each in _asked(one, members, asked)]
    described = apply_filters(described, members.get("Filters"), _version_value)
    some, token = page(described, members.get("NextToken"), int(members.get("MaxResults") or _PAGE), BAD_TOKEN)
    return {"LaunchTemplateVersions": some, **({"NextToken": token} if token else {})}


def _asked(document: StoredDocument, members: Members, asked: Sequence[str]) -> list[Members]:
    if asked:
        found = [templates.version(document, one) for one in asked]
        if None in found:
            raise _no_version(document, asked[found.index(None)])
        return [one for one in found if one is not None]
    least, most = int(members.get("MinVersion") or 0), int(members.get("MaxVersion") or 10**9)
    numbers = sorted(map(int, document.content["versions"]), reverse=True)
    return [document.content["versions"][str(one)] for one in numbers if least <= one <= most]


def _no_version(document: StoredDocument, number: str) -> Refused:
    return Refused(
        "InvalidLaunchTemplateId.VersionNotFound",
        f"Could not find launch template version {number} with launch template ID {document.id}.",
    )


def _version(caller: CallContext, document: StoredDocument, given: Members, members: Members) -> Members:
    data = fitted(service_models()["ec2"], "ResponseLaunchTemplateData", given["data"])
    image = str(data.get("ImageId", ""))
    if members.get("ResolveAlias") and image.startswith(_ALIAS):
        named = parameter(caller.context, caller.place, image.removeprefix(_ALIAS).partition(":")[0])
        if named is not None:
            data["ImageId"] = str(named[0].properties.get("Value"))
    described = {
        "LaunchTemplateId": document.id,
        "LaunchTemplateName": document.content["name"],
        "VersionNumber": int(given["number"]),
        "VersionDescription": given["description"],
        "CreateTime": given["created"],
        "CreatedBy": caller_arn(document.place),
        "DefaultVersion": int(given["number"]) == int(document.content["default"]),
        "LaunchTemplateData": data,
    }
    return {name: value for name, value in described.items() if value != ""}


_VERSION_FILTERS = {"image-id": "ImageId", "instance-type": "InstanceType", "kernel-id": "KernelId"}


def _version_value(described: Members, name: str) -> Sequence[str]:
    if name == "is-default-version":
        return [str(described["DefaultVersion"]).lower()]
    if name not in _VERSION_FILTERS:
        raise unknown_filter(name)
    return [str(described["LaunchTemplateData"].get(_VERSION_FILTERS[name], ""))]


def create_version(caller: CallContext, members: Members) -> Members:
    """CreateLaunchTemplateVersion: omitted members are copied from the source version, if the request names one."""
    document = _wanted(caller, members)
    token = members.get("ClientToken")
    number = document.content.setdefault("tokens", {}).get(token) if token else None
    if number is None:
        number = _new_version(caller, document, members)
        if token:
            document.content["tokens"][token] = number
            caller.context.store.documents.put(document)
    return {"LaunchTemplateVersion": _version(caller, document, document.content["versions"][str(number)], members)}


def _new_version(caller: CallContext, document: StoredDocument, members: Members) -> int:
    data: dict[str, Any] = dict(members["LaunchTemplateData"])
    source = members.get("SourceVersion")
    if source:
        found = templates.version(document, source)
        if found is None:
            raise _no_version(document, source)
        data = {**found["data"], **data}
    description = str(members.get("VersionDescription") or "")
    return templates.add_version(caller.context, document, data, caller.now, description)


def modify(caller: CallContext, members: Members) -> Members:
    """ModifyLaunchTemplate: sets another default version."""
    document = _wanted(caller, members)
    wanted = str(members.get("DefaultVersion") or "")
    if wanted:
        found = templates.version(document, wanted)
        if found is None:
            raise _no_version(document, wanted)
        templates.set_default(caller.context, document, int(found["number"]))
    return {"LaunchTemplate": _described(caller, document)}


OPERATIONS: dict[str, Serve] = {
    "CreateLaunchTemplateVersion": create_version,
    "DescribeLaunchTemplateVersions": describe_versions,
    "DescribeLaunchTemplates": describe,
    "ModifyLaunchTemplate": modify,
}
