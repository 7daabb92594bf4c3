"""Resources that Cloud Control can't manage, replaced by equivalent ones that it can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.nodes import TemplateNode
from cloudwright.convert.cloudformation.order import mentions
from cloudwright.convert.cloudformation.template import scalar_text
from cloudwright.convert.problem import Remark
from cloudwright.lazy_dataclass import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cloudwright.convert.cloudformation.template import ResourceNode, Template

_DROPPED = frozenset({"AWS::CDK::Metadata", "AWS::CloudFormation::WaitConditionHandle"})
"""Types that create nothing outside CloudFormation: they have no effect unless something refers to them."""


@dataclass(frozen=True, slots=True)
class _Split:
    """A type with a list of owners, replaced by one resource for each owner.

    Attributes:
        lists: The property with the owners -> the type for one of them, and its property.
    """

    lists: Mapping[str, tuple[str, str]]


_SPLITS = {
    "AWS::IAM::Policy": _Split(
        {
            "Roles": ("AWS::IAM::RolePolicy", "RoleName"),
            "Users": ("AWS::IAM::UserPolicy", "UserName"),
            "Groups": ("AWS::IAM::GroupPolicy", "GroupName"),
        }
    ),
    "AWS::SQS::QueuePolicy": _Split({"Queues": ("AWS::SQS::QueueInlinePolicy", "Queue")}),
    "AWS::SNS::TopicPolicy": _Split({"Topics": ("AWS::SNS::TopicInlinePolicy", "TopicArn")}),
}
"""The result is the same: CloudFormation also writes one inline policy for each owner."""

_GROUP = "AWS::Route53::RecordSetGroup"
_MEMBERSHIP = "AWS::IAM::UserToGroupAddition"

REPLACED = frozenset({*_SPLITS, _GROUP, _MEMBERSHIP, *_DROPPED})
"""Types that are replaced by others, or dropped."""

STAND_INS = frozenset(kind for split in _SPLITS.values() for kind, _ in split.lists.values())
"""Types that replace others; the declared properties are their identifiers."""


def replaced(template: Template, remarks: list[Remark]) -> Template:
    """The template with such resources replaced."""
    referred = _referred(template)
    found: dict[str, ResourceNode] = {}
    memberships = [name for name, one in template.resources.items() if name not in referred and _users(one, template)]
    resources = _with_groups(template.resources, memberships, remarks)
    instead: dict[str, tuple[str, ...]] = dict.fromkeys(memberships, ())
    for name, resource in resources.items():
        others = None if name in referred else _others(resource, {*template.resources, *found})
        if others is None:
            found[name] = resource
            continue
        found.update({one.name: one for one in others})
        instead[name] = tuple(one.name for one in others)
        what = ", ".join(dict.fromkeys(one.type for one in others)) or "nothing"
        remarks.append(Remark(resource.node.at, name, f"{resource.type} became {what}"))
    return replace(template, resources={name: _depending(one, instead) for name, one in found.items()})


def _referred(template: Template) -> set[str]:
    values = [one.properties for one in template.resources.values()] + [one.value for one in template.outputs.values()]
    return {name for value in values for name in mentions(value)}


def _users(resource: ResourceNode, template: Template) -> list[str]:
    """The users of a `UserToGroupAddition`; empty for other types, and if a user is not a resource of the template."""
    properties = resource.properties if resource.type == _MEMBERSHIP else None
    users = properties.get("Users") if properties is not None and properties.get("GroupName") else None
    items = (users.items or ()) if users is not None else ()
    names = [scalar_text(one) if (one := item.get("Ref")) is not None else "" for item in items]
    return names if all(_takes_groups(template.resources.get(name)) for name in names) else []


def _takes_groups(user: ResourceNode | None) -> bool:
    if user is None or user.type != "AWS::IAM::User":
        return False
    groups = user.properties.get("Groups") if user.properties is not None else None
    return groups is None or groups.items is not None


def _with_groups(
    resources: Mapping[str, ResourceNode], memberships: Iterable[str], remarks: list[Remark]
) -> dict[str, ResourceNode]:
    """The resources, with the groups listed in the users: Cloud Control has no resource type for a membership."""
    found = dict(resources)
    for name in memberships:
        resource = found.pop(name)
        members = (resource.properties and resource.properties.members) or {}
        for user in members["Users"].items or ():
            key = str(user.members["Ref"].value) if user.members else ""
            found[key] = _with_group(found[key], _under(resource, members["GroupName"]))
        remarks.append(Remark(resource.node.at, name, f"{resource.type} became Groups of AWS::IAM::User"))
    return found


def _under(resource: ResourceNode, value: TemplateNode) -> TemplateNode:
    """A value that exists only if the resource does."""
    if not resource.condition:
        return value
    at = value.at
    nothing = TemplateNode(at, members={"Ref": TemplateNode(at, "AWS::NoValue", "AWS::NoValue")})
    condition = TemplateNode(at, resource.condition, resource.condition)
    return TemplateNode(at, members={"Fn::If": TemplateNode(at, items=(condition, value, nothing))})


def _with_group(user: ResourceNode, group: TemplateNode) -> ResourceNode:
    members = dict((user.properties and user.properties.members) or {})
    groups = members.get("Groups")
    items = (*((groups.items or ()) if groups is not None else ()), group)
    members["Groups"] = TemplateNode(group.at, items=items)
    return replace(user, properties=TemplateNode(user.node.at, members=members))


def _depending(resource: ResourceNode, instead: Mapping[str, tuple[str, ...]]) -> ResourceNode:
    if not any(name in instead for name in resource.depends_on):
        return resource
    names = [one for name in resource.depends_on for one in instead.get(name, (name,))]
    return replace(resource, depends_on=tuple(names))


def _others(resource: ResourceNode, taken: set[str]) -> list[ResourceNode] | None:
    """What replaces a resource; `None` if it is kept."""
    if resource.type in _DROPPED:
        return []
    if resource.type in _SPLITS:
        rows = _split(resource, _SPLITS[resource.type])
    elif resource.type == _GROUP:
        rows = _records(resource)
    else:
        return None
    if not rows:
        return None
    names = _names(resource.name, len(rows), taken)
    return [
        replace(resource, name=name, type=kind, properties=TemplateNode(at=resource.node.at, members=members))
        for name, (kind, members) in zip(names, rows, strict=True)
    ]


def _names(name: str, count: int, taken: set[str]) -> list[str]:
    if count == 1:
        return [name]
    fresh = (f"{name}{number}" for number in range(1, 10_000) if f"{name}{number}" not in taken)
    return [next(fresh) for _ in range(count)]


def _split(resource: ResourceNode, split: _Split) -> list[tuple[str, dict[str, TemplateNode]]] | None:
    members = dict((resource.properties and resource.properties.members) or {})
    owners = {name: members.pop(name) for name in split.lists if name in members}
    if not all(_is_plain_list(node) for node in owners.values()):
        return None
    rows: list[tuple[str, dict[str, TemplateNode]]] = []
    for name, node in owners.items():
        kind, property_name = split.lists[name]
        rows += [(kind, {**members, property_name: owner}) for owner in _items(node)]
    return rows


def _is_plain_list(node: TemplateNode) -> bool:
    return node.items is not None and not any("Fn::If" in (item.members or {}) for item in node.items)


def _items(node: TemplateNode) -> Iterator[TemplateNode]:
    yield from node.items or ()


def _records(resource: ResourceNode) -> list[tuple[str, dict[str, TemplateNode]]] | None:
    members = dict((resource.properties and resource.properties.members) or {})
    records = members.pop("RecordSets", None)
    members.pop("Comment", None)
    if records is None or not _is_plain_list(records):
        return None
    rows = [item.members for item in _items(records)]
    if any(row is None or any(name.startswith("Fn::") for name in row) for row in rows):
        return None
    return [("AWS::Route53::RecordSet", {**members, **(row or {})}) for row in rows]
