"""Alchemy's state: a JSON file for each resource, in `.alchemy/APP/STAGE/`, and in a folder for each nested scope.

Source: Alchemy 0.x (github.com/alchemy-run/alchemy): `src/state.ts` for the members of a file, `src/serde.ts` for
secrets, which are encrypted under `@secret`, and `src/aws/control/resource.ts` for what a resource of Cloud Control
keeps in its output: `typeName`, `desiredState` and `id`, the identifier.
"""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.convert.json_text import parse_json
from cloudwright.convert.problem import NOWHERE, Remark, SourceError
from cloudwright.convert.tree import distinct_keys, tree, with_references
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudwright.convert.cloudformation.nodes import TemplateNode
    from cloudwright.schema.catalog import Catalog

GENERIC = "aws::CloudControlResource"
_SCOPE = "alchemy::Scope"
_FOLDER = "pass the folder .alchemy/APP/STAGE, which holds a JSON file for each resource"
_SECRET = "@secret"  # noqa: S105 - the name under which Alchemy keeps an encrypted secret
_LIVE = frozenset({"created", "updated", "updating"})
_ARN = re.compile(r"arn:[^:]+:[^:]*:(?P<region>[a-z0-9-]+):\d{12}:.+")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlchemyResource:
    """A resource in an Alchemy state.

    Attributes:
        path: Its file, relative to the folder.
        id: Its id in its scope.
        kind: Such as `AWS::SNS::Topic` or `cloudflare::Worker`.
        status: Such as `created`.
        seq: The order in which its scope's resources were declared.
        output: What it is, as Alchemy knows it.
    """

    path: str
    id: str
    kind: str
    status: str
    seq: int
    output: Mapping[str, Any] = field(repr=False)

    @property
    def type(self) -> str:
        """Cloud Control's type; Alchemy's kind if Alchemy does not use Cloud Control for it."""
        return str(self.output.get("typeName") or "") if self.kind == GENERIC else self.kind

    @property
    def by_cloud_control(self) -> bool:
        """Whether Alchemy manages it through Cloud Control."""
        return self.kind == GENERIC or self.kind.startswith("AWS::")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlchemyTemplate:
    """What a state folder is converted from.

    Attributes:
        root: The template.
        ids: Key -> Cloud Control's identifier.
        paths: Key -> its file, relative to the folder.
        remarks: What has no counterpart in a program, and which secrets are encrypted.
        regions: Where the resources are.
    """

    root: TemplateNode
    ids: Mapping[str, str]
    paths: Mapping[str, str]
    remarks: tuple[Remark, ...]
    regions: frozenset[str]


def read_resource(path: str, text: str) -> AlchemyResource | None:
    """The resource of a state file; `None` if the file describes a scope.

    Args:
        path: Relative to the folder.
        text: Its JSON.

    Raises:
        SourceError: It is not an Alchemy state file.
    """
    found = parse_json(text, hint=_FOLDER)
    if not isinstance(found, dict) or not isinstance(found.get("kind"), str) or "status" not in found:
        raise SourceError("this is not an Alchemy state file: it has no kind and status", NOWHERE, hint=_FOLDER)
    if found["kind"] == _SCOPE:
        return None
    output, seq = found.get("output"), found.get("seq")
    return AlchemyResource(
        path=path,
        id=str(found.get("id") or path.rpartition("/")[2].removesuffix(".json")),
        kind=found["kind"],
        status=str(found["status"]),
        seq=seq if isinstance(seq, int) else 0,
        output=output if isinstance(output, dict) else {},
    )


def alchemy_template(resources: Sequence[AlchemyResource], catalog: Catalog) -> AlchemyTemplate:
    """The template of a state folder.

    Args:
        resources: From `read_resource`.
        catalog: Knows the types.
    """
    remarks: list[Remark] = []
    kept = [one for one in sorted(resources, key=lambda one: (one.seq, one.path)) if _is_kept(one, remarks)]
    keys = distinct_keys((one.id, one.path.removesuffix(".json").replace("/", "-")) for one in kept)
    made = list(zip(keys, kept, strict=True))
    writing = _Writing(catalog, remarks)
    rows = {key: writing.row(key, one, made) for key, one in made}
    parameters = {name: {"Type": "String", "NoEcho": True} for name in writing.parameters}
    return AlchemyTemplate(
        root=tree({"Parameters": parameters, "Resources": rows} if parameters else {"Resources": rows}),
        ids={key: str(one.output["id"]) for key, one in made if one.by_cloud_control and one.output.get("id")},
        paths={key: one.path for key, one in made},
        remarks=tuple(remarks),
        regions=frozenset(region for _, one in made if one.by_cloud_control for region in _regions(one)),
    )


def _is_kept(one: AlchemyResource, remarks: list[Remark]) -> bool:
    if not one.kind.lower().startswith("aws::"):
        remarks.append(Remark(NOWHERE, one.id, f"{one.kind} is not an AWS resource; Alchemy keeps managing it"))
        return False
    if one.status not in _LIVE:
        remarks.append(
            Remark(
                NOWHERE, one.id, f"left out: Alchemy is still {one.status} it; let Alchemy finish, then convert again"
            )
        )
        return False
    return True


@dataclass(slots=True)
class _Writing:
    """Writes the resources, and collects the parameters that replace secrets."""

    catalog: Catalog
    remarks: list[Remark]
    parameters: list[str] = field(default_factory=list)

    def row(self, key: str, one: AlchemyResource, made: Sequence[tuple[str, AlchemyResource]]) -> dict[str, Any]:
        """A resource of the template."""
        desired = one.output.get("desiredState")
        if not one.by_cloud_control or not isinstance(desired, dict):
            return {"Type": one.type or one.kind}
        known: dict[str, Any] = {}
        for name, other in made:
            if other.seq < one.seq:
                known |= self._owned(name, other)
        return {"Type": one.type, "Properties": with_references(self._open(desired, key, ""), known)}

    def _open(self, value: Any, key: str, path: str) -> Any:
        """A value in which a parameter replaces each encrypted secret."""
        if isinstance(value, list):
            return [self._open(one, key, f"{path}_{number}") for number, one in enumerate(value)]
        if not isinstance(value, dict):
            return value
        if _SECRET not in value:
            return {name: self._open(one, key, f"{path}_{name}") for name, one in value.items()}
        parameter = re.sub(r"\W+", "_", f"{key}{path}")
        self.parameters.append(parameter)
        where = f"{path.lstrip('_').replace('_', '/')} is encrypted in Alchemy's state: set the environment variable"
        self.remarks.append(Remark(NOWHERE, key, f"{where} {parameter}"))
        return {"Ref": parameter}

    def _owned(self, key: str, one: AlchemyResource) -> dict[str, Any]:
        """The texts that name a resource, each with the reference to it."""
        if one.type not in self.catalog:
            return {}
        kind, found = self.catalog.get(one.type), dict[str, Any]()
        arn = one.output.get("Arn")
        if isinstance(arn, str) and arn and "Arn" in kind.properties:
            found[arn] = {"Fn::GetAtt": [key, "Arn"]}
        identifier = one.output.get("id")
        if isinstance(identifier, str) and identifier and len(kind.identifiers) == 1:
            path = kind.identifiers[0]
            read_only = kind.read_only.covers(path)
            found.setdefault(identifier, {"Fn::GetAtt": [key, path[-1]]} if read_only else {"Ref": key})
        return found


def _regions(one: AlchemyResource) -> set[str]:
    region = one.output.get("region")
    if isinstance(region, str) and region:
        return {region}
    texts = (one.output.get("id"), one.output.get("Arn"))
    found = (_ARN.fullmatch(text) for text in texts if isinstance(text, str))
    return {match["region"] for match in found if match}
