"""A Terraform state or plan as a template: resources, references and secrets."""

from __future__ import annotations

import json
import re
from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.convert.problem import NOWHERE, Remark, SourceError
from cloudwright.convert.terraform.attributes import AttributeReading, awscc_table, classic_tables
from cloudwright.convert.tree import distinct_keys, tree, with_references
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from cloudwright.convert.cloudformation.nodes import TemplateNode
    from cloudwright.convert.terraform.attributes import AttributeTable
    from cloudwright.convert.terraform.state import TerraformResource
    from cloudwright.schema.catalog import Catalog
    from cloudwright.schema.pointer import Path
    from cloudwright.schema.resource_type import ResourceType

GENERIC = "aws_cloudcontrolapi_resource"
_AWSCC = "awscc_"
_INSTEAD = {
    "aws_ami_launch_permission": "launch permissions are in the LaunchPermissionConfiguration of a distribution",
}
_ARN = re.compile(r"arn:[^:]+:[^:]*:(?P<region>[a-z0-9-]+):\d{12}:.+")
_NOT_A_KEY = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class TerraformTemplate:
    """What a state or plan is converted from.

    Attributes:
        root: The template.
        ids: Key -> Cloud Control's identifier, of existing resources.
        addresses: Key -> Terraform's address.
        remarks: What has no counterpart in a program.
        regions: Where the resources are.
    """

    root: TemplateNode
    ids: Mapping[str, str]
    addresses: Mapping[str, str]
    remarks: tuple[Remark, ...]
    regions: frozenset[str]


@dataclass(slots=True)
class _Resource:
    """One resource that is being converted.

    Attributes:
        properties: `None` for a type that has no counterpart.
        identifier: Empty for a resource that does not exist yet.
    """

    key: str
    source: TerraformResource
    type: str
    properties: dict[str, Any] | None = None
    identifier: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)


def terraform_template(resources: Sequence[TerraformResource], catalog: Catalog) -> TerraformTemplate:
    """The template of a state or a plan.

    Args:
        resources: From `read_state`.
        catalog: Knows the types.
    """
    keys = distinct_keys((_short(one), _full(one)) for one in resources)
    public = {text for one in resources for text in _public(one)}
    found = [_read(key, one, public, catalog) for key, one in zip(keys, resources, strict=True)]
    owners = {one.key: _owned(one, catalog) for one in found}
    rows = {one.key: _row(one, _known(one, found, owners)) for one in found}
    parameters = {name: {"Type": "String", "NoEcho": True} for one in found for name in one.parameters}
    return TerraformTemplate(
        root=tree({"Parameters": parameters, "Resources": rows} if parameters else {"Resources": rows}),
        ids={one.key: one.identifier for one in found if one.identifier and one.properties is not None},
        addresses={one.key: one.source.address for one in found},
        remarks=tuple(remark for one in found for remark in one.remarks),
        regions=frozenset(region for one in found if one.properties is not None for region in _regions(one)),
    )


def _short(one: TerraformResource) -> str:
    return one.name if one.index is None else _NOT_A_KEY.sub("-", f"{one.name}-{one.index}")


def _full(one: TerraformResource) -> str:
    return _NOT_A_KEY.sub("-", one.address.replace('"', "").replace("[", "-").replace("]", ""))


def _read(key: str, one: TerraformResource, public: AbstractSet[str], catalog: Catalog) -> _Resource:
    kind, table = _kind(one, catalog)
    if one.type == GENERIC:
        return _generic(key, one, public, catalog)
    why = _INSTEAD.get(one.type, "") if table is None else table.why_not(one.values)
    if kind is None or table is None or why:
        made = _Resource(key, one, one.type)
        if why:
            made.remarks.append(Remark(NOWHERE, key, why))
        return made
    reading = AttributeReading(kind, table)
    properties = reading.properties(one.values)
    made = _Resource(key, one, kind.name, properties, _identifier(one, table) if one.exists else "")
    made.remarks += [Remark(NOWHERE, key, f"{path} is left out: {why}") for path, why in reading.unknown.items()]
    _hide(made, properties, [name for name in _sensitive(one) if name not in table.plain], reading)
    return made


def _kind(one: TerraformResource, catalog: Catalog) -> tuple[ResourceType | None, AttributeTable | None]:
    table = classic_tables().get(one.type)
    if table is not None:
        return catalog.get(table.type), table
    if not one.type.startswith(_AWSCC):
        return None, None
    wanted = one.type.removeprefix(_AWSCC).replace("_", "")
    name = next((name for name in catalog.names() if _squashed(name) == wanted), None)
    kind = catalog.get(name) if name is not None else None
    return kind, awscc_table(kind) if kind is not None else None


def _squashed(name: str) -> str:
    return name.removeprefix("AWS::").replace("::", "").lower()


def _identifier(one: TerraformResource, table: AttributeTable) -> str:
    found = one.values.get(table.identifier)
    return found if isinstance(found, str) else ""


def _sensitive(one: TerraformResource) -> list[str]:
    return [name for name, flag in one.sensitive.items() if flag is True]


def _generic(key: str, one: TerraformResource, public: AbstractSet[str], catalog: Catalog) -> _Resource:
    properties = _desired(one)
    name = str(one.values.get("type_name", ""))
    made = _Resource(key, one, name, properties, str(one.values.get("id") or "") if one.exists else "")
    if one.sensitive.get("desired_state"):
        kind = catalog.get(name) if name in catalog else None
        made.properties = {top: _concealed(made, value, (top,), public, kind) for top, value in properties.items()}
    if made.parameters:
        what = "Terraform marks all of desired_state as sensitive, so these values are not written but read from the "
        what += f"environment: {', '.join(made.parameters.values())}; write those that are no secret into the program"
        made.remarks.append(Remark(NOWHERE, key, what))
    return made


def _concealed(made: _Resource, value: Any, path: Path, public: AbstractSet[str], kind: ResourceType | None) -> Any:
    """A document in which parameters replace every text and number that may be the sensitive one.

    Terraform marks a whole text that `jsonencode` makes of one sensitive value, so which one it is can't be known.
    """
    if isinstance(value, dict):
        return {name: _concealed(made, one, (*path, name), public, kind) for name, one in value.items()}
    if isinstance(value, list):
        return [_concealed(made, one, (*path, str(number)), public, kind) for number, one in enumerate(value)]
    node = (kind.node(path) if kind is not None else None) or {}
    if value is None or isinstance(value, bool) or value in public or value in node.get("enum", ()):
        return value
    return _parameter(made, "_".join(path))


def _public(one: TerraformResource) -> Iterator[str]:
    """The texts that name a resource, if Terraform does not mark them as sensitive."""
    for name in ("id", "arn"):
        text = one.values.get(name)
        if isinstance(text, str) and text and not one.sensitive.get(name):
            yield text
            yield from text.split("|")


def _desired(one: TerraformResource) -> dict[str, Any]:
    desired = one.values.get("desired_state")
    try:
        found = json.loads(desired) if isinstance(desired, str) else {}
    except ValueError as error:
        raise SourceError(f"{one.address}: desired_state is not JSON", NOWHERE) from error
    return found if isinstance(found, dict) else {}


def _hide(made: _Resource, properties: dict[str, Any], names: Sequence[str], reading: AttributeReading) -> None:
    """Replace what Terraform marks as sensitive by a parameter; its value is never written."""
    for name in names:
        alone = reading.properties({name: made.source.values.get(name)})
        for top in alone:
            if top in properties:
                properties[top] = _parameter(made, top)
    for name, flags in made.source.sensitive.items():
        value = made.source.values.get(name)
        hidden = list(_sensitive_parts(flags, value)) if flags is not True else []
        for top in reading.properties({name: value}) if hidden else ():
            if top in properties:
                properties[top] = _masked(made, properties[top], hidden, top)


def _sensitive_parts(flags: Any, value: Any) -> Iterator[Any]:
    """The texts and numbers in an attribute that Terraform marks as sensitive."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _sensitive_parts(flags is True or (isinstance(flags, dict) and flags.get(name)), one)
    elif isinstance(value, list):
        listed = flags if isinstance(flags, list) else [flags is True] * len(value)
        for flag, one in zip(listed, value, strict=False):
            yield from _sensitive_parts(flag, one)
    elif flags is True and not isinstance(value, bool) and value not in {None, ""}:
        yield value


def _masked(made: _Resource, value: Any, hidden: Sequence[Any], path: str) -> Any:
    """A property in which parameters replace sensitive values."""
    if isinstance(value, dict):
        return {name: _masked(made, one, hidden, f"{path}_{name}") for name, one in value.items()}
    if isinstance(value, list):
        return [_masked(made, one, hidden, f"{path}_{number}") for number, one in enumerate(value)]
    return _parameter(made, path) if any(one == value for one in hidden) else value


def _parameter(made: _Resource, name: str) -> dict[str, str]:
    parameter = re.sub(r"\W+", "_", f"{made.key}_{name}")
    made.parameters[parameter] = name
    return {"Ref": parameter}


def _owned(one: _Resource, catalog: Catalog) -> dict[str, Any]:
    """The texts that name a resource, each with the reference to it."""
    if one.properties is None or one.type not in catalog:
        return {}
    kind, found = catalog.get(one.type), dict[str, Any]()
    arn = one.source.values.get("arn")
    if isinstance(arn, str) and arn and "Arn" in kind.properties:
        found[arn] = {"Fn::GetAtt": [one.key, "Arn"]}
    if one.identifier and len(kind.identifiers) == 1:
        path = kind.identifiers[0]
        reference = {"Fn::GetAtt": [one.key, path[-1]]} if kind.read_only.covers(path) else {"Ref": one.key}
        found.setdefault(one.identifier, reference)
    return found


def _known(one: _Resource, found: Sequence[_Resource], owners: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What the texts of a resource may refer to: its dependencies according to Terraform."""
    needed = set(one.source.depends_on)
    known: dict[str, Any] = {}
    for other in found:
        if other is not one and re.sub(r"\[[^\]]*\]", "", other.source.address) in needed:
            known |= owners[other.key]
    return known


def _row(one: _Resource, known: Mapping[str, Any]) -> dict[str, Any]:
    if one.properties is None:
        return {"Type": one.type}
    row: dict[str, Any] = {"Type": one.type, "Properties": with_references(one.properties, known)}
    if one.source.values.get("skip_destroy") is True:
        row["DeletionPolicy"] = "Retain"
    return row


def _regions(one: _Resource) -> Iterator[str]:
    region = one.source.values.get("region")
    if isinstance(region, str) and region:
        yield region
        return
    for text in (one.identifier, one.source.values.get("arn")):
        match = _ARN.fullmatch(text) if isinstance(text, str) else None
        if match:
            yield match["region"]
            return
