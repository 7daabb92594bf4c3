"""What stands above the function of a converted program: imports and the mappings' constants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.parameters import annotation, choices
from cloudwright.convert.cloudformation.template import scalar_text
from cloudwright.convert.writer.code import Assign, Code, DictOf, ListOf, TextOf
from cloudwright.convert.writer.layout import lines
from cloudwright.generate.source import WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudwright.convert.cloudformation.known_names import KnownNames
    from cloudwright.convert.cloudformation.nodes import TemplateNode


def imports(known: KnownNames) -> list[str]:
    """The imports, in the order of the usual sorters.

    Args:
        known: The template's names, and what the program uses.
    """
    services = {kind.service for name, kind in known.kinds.items() if name not in known.stubs}
    return [
        *_standard_imports(known),
        *_import("cloudwright", _names(known)),
        *(_import("cloudwright.aws", services) if services else []),
        *(_import("cloudwright.converted", known.helpers) if known.helpers else []),
    ]


def _standard_imports(known: KnownNames) -> list[str]:
    literal = any(choices(known, one) for one in known.template.parameters.values())
    typing = [*(["Any"] if _any_typed(known) else []), *(["Literal"] if literal else [])]
    found = ["import json"] if "json" in known.uses else []
    if typing:
        found.append(f"from typing import {', '.join(typing)}")
    return [*found, ""] if found else []


def _names(known: KnownNames) -> list[str]:
    generic = any(
        name not in known.stubs and not known.catalog.is_bundled(one.type)
        for name, one in known.template.resources.items()
    )
    wanted = {
        "App": True,
        "Resource": generic,
        "lookup": bool({"here", "zones"} & known.uses),
        "secret": "secret" in known.uses,
    }
    return [name for name, used in wanted.items() if used]


def _any_typed(known: KnownNames) -> bool:
    return any("Any" in annotation(known, one) for one in known.template.parameters.values()) or any(
        "Any" in _mapping_type(known, name) for name in known.template.mappings
    )


def mapping(known: KnownNames, name: str, node: TemplateNode) -> list[str]:
    """The constant of a mapping.

    Args:
        known: The template's names.
        name: The mapping's.
        node: What it holds.
    """
    note = _mapping_type(known, name)
    return lines([Assign(known.mappings[name], _mapping_code(node), note=note)], 0)


def _mapping_type(known: KnownNames, name: str) -> str:
    held = {
        "list" if value.items is not None else "text"
        for row in (known.template.mappings[name].members or {}).values()
        for value in (row.members or {}).values()
    }
    if name in known.loose or len(held) != 1:
        return "dict[str, dict[str, Any]]"
    return "dict[str, dict[str, list[str]]]" if held == {"list"} else "dict[str, dict[str, str]]"


def _mapping_code(node: TemplateNode) -> Code:
    if node.items is not None:
        return ListOf(tuple(_mapping_code(item) for item in node.items))
    if node.members is not None:
        return DictOf(tuple((name, _mapping_code(member)) for name, member in node.members.items()))
    return TextOf(scalar_text(node) if node.is_scalar else "")


def _import(module: str, names: Iterable[str]) -> list[str]:
    # The order of the usual import sorters: names in capitals first.
    ordered = sorted(set(names), key=lambda name: (not name.isupper(), name.islower(), name))
    line = f"from {module} import {', '.join(ordered)}"
    if len(line) <= WIDTH:
        return [line]
    return [f"from {module} import (", *(f"    {name}," for name in ordered), ")"]
