"""Reads the output of `terraform show -json` for a state or a plan.

Source: Terraform's JSON output format (developer.hashicorp.com/terraform/internals/json-format), format version 1.x:
`values` of a state, `planned_values` and `prior_state` of a plan, each with a root module, child modules and resources.
"""

from __future__ import annotations

import json
from dataclasses import field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from cloudwright.convert.json_text import parse_json
from cloudwright.convert.problem import NOWHERE, SourceError
from cloudwright.lazy_dataclass import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HOW = "write it with `terraform show -json > state.json`"


@dataclass(frozen=True, slots=True, kw_only=True)
class TerraformResource:
    """A Terraform resource.

    Attributes:
        address: Such as `module.images.aws_kms_key.main["a"]`.
        type: Such as `aws_kms_key`.
        name: Its name in the configuration.
        index: The key of `count` or `for_each`; `None` without one.
        module: The address of its module; empty for the root module.
        values: Attributes by name; `None` for what is not known before an apply.
        sensitive: Attributes that Terraform marks as sensitive: the same tree, with `True` for such a value.
        depends_on: Addresses, without indexes.
        exists: Whether it exists; a plan also contains resources that do not yet.
    """

    address: str
    type: str
    name: str
    index: str | int | None
    module: str
    values: Mapping[str, Any] = field(repr=False)
    sensitive: Mapping[str, Any] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    exists: bool = True


def is_terraform(text: str) -> bool:
    """Whether a text is what `terraform show -json` prints."""
    if not text.lstrip().startswith("{"):
        return False
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    own = isinstance(found, dict) and ("format_version" in found or {"serial", "lineage"} <= found.keys())
    return own and "Resources" not in found


def read_state(text: str) -> tuple[TerraformResource, ...]:
    """The managed resources of a state or a plan, in the order of their addresses.

    Args:
        text: What `terraform show -json` prints.

    Raises:
        SourceError: It is something else.
    """
    document = _document(text)
    if "planned_values" in document:
        before = {one.address for one in _resources(document.get("prior_state") or {}, "values")}
        planned = _resources(document, "planned_values")
        return tuple(_planned(one, exists=one.address in before) for one in planned)
    return tuple(_resources(document, "values"))


def _document(text: str) -> Mapping[str, Any]:
    found = parse_json(text, hint=_HOW)
    if isinstance(found, dict) and "serial" in found and "lineage" in found:
        raise SourceError(
            "this is a raw Terraform state file, whose format is private to Terraform", NOWHERE, hint=_HOW
        )
    version = found.get("format_version") if isinstance(found, dict) else None
    if not isinstance(version, str):
        raise SourceError(
            "this is not the output of `terraform show -json`: it has no format_version", NOWHERE, hint=_HOW
        )
    if version.partition(".")[0] not in {"0", "1"}:
        hint = "update cloudwright, or run terraform show with an earlier Terraform"
        raise SourceError(f"Terraform's JSON format {version} is newer than this cloudwright", NOWHERE, hint=hint)
    if found.get("errored") is True:
        hint = "correct the configuration and plan again, or convert the state alone"
        raise SourceError("the plan failed, so its contents are incomplete", NOWHERE, hint=hint)
    return dict(found)


def _resources(document: Mapping[str, Any], name: str) -> list[TerraformResource]:
    root = _object(_object(document.get(name), name).get("root_module"), "root_module")
    found = sorted(_of_module(root, ""), key=lambda one: one.address)
    for one, other in pairwise(found):
        if one.address == other.address:
            raise SourceError(f"two resources have the address {one.address}", NOWHERE, hint=_HOW)
    return found


def _of_module(module: Mapping[str, Any], address: str) -> Iterator[TerraformResource]:
    for one in _objects(module, "resources"):
        if one.get("mode") == "managed" and not one.get("deposed_key"):
            yield _resource(one, address)
    for child in _objects(module, "child_modules"):
        yield from _of_module(child, str(child.get("address", "")))


def _objects(module: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    found = module.get(name) or []
    if not isinstance(found, list):
        raise SourceError(f"{name} is not a list", NOWHERE, hint=_HOW)
    yield from (_object(one, name) for one in found)


def _object(value: Any, name: str) -> Mapping[str, Any]:
    """An object of the document; an empty one for null."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise SourceError(f"{name} contains something that is not an object", NOWHERE, hint=_HOW)
    return value


def _resource(given: Mapping[str, Any], module: str) -> TerraformResource:
    return TerraformResource(
        address=str(given.get("address", "")),
        type=str(given.get("type", "")),
        name=str(given.get("name", "")),
        index=given.get("index"),
        module=module,
        values=_object(given.get("values"), "values"),
        sensitive=_object(given.get("sensitive_values"), "sensitive_values"),
        depends_on=tuple(map(str, given.get("depends_on") or ())),
    )


def _planned(one: TerraformResource, *, exists: bool) -> TerraformResource:
    return replace(one, exists=exists)
