"""The part of a converted program above its function: imports and the constants of mappings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.custom import IMPORTS
from cloudwright.convert.cloudformation.parameters import annotation, choices
from cloudwright.convert.cloudformation.provided import provided_names
from cloudwright.convert.cloudformation.template import scalar_text
from cloudwright.convert.writer.code import Assign, Code, DictOf, ListOf, TextOf
from cloudwright.convert.writer.layout import lines
from cloudwright.generate.source import WIDTH

_WORD = re.compile(r"\w+")

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cloudwright.convert.cloudformation.known_names import KnownNames
    from cloudwright.convert.cloudformation.nodes import TemplateNode


def imports(functions: Sequence[KnownNames], classes: Sequence[str] = ()) -> list[str]:
    """The imports, in the order of the common import sorters.

    Args:
        functions: The names of each function's template, and what the function uses.
        classes: The lines of the classes of custom resources.
    """
    words = {word for line in classes for word in _WORD.findall(line)}
    names = [*_names(functions), *(["Secret"] if "Secret" in words else [])]
    services = {kind.service for one in functions for name, kind in one.kinds.items() if name in one.declared}
    helpers = {name for one in functions for name in one.helpers}
    provided = provided_names(one.template for one in functions)
    return [
        *_standard_imports(functions, words),
        *import_lines("cloudwright", names),
        *(import_lines("cloudwright.aws", services) if services else []),
        *(import_lines("cloudwright.converted", helpers) if helpers else []),
        *(import_lines("cloudwright.provider", {*IMPORTS, "attribute"} & words) if classes else []),
        *(row for module, names in provided.items() for row in import_lines(module, names)),
    ]


def _standard_imports(functions: Sequence[KnownNames], words: set[str]) -> list[str]:
    literal = any(choices(one, parameter) for one in functions for parameter in one.template.parameters.values())
    typing = [
        *(["Any"] if "Any" in words or any(map(_any_typed, functions)) else []),
        *(["Literal"] if literal else []),
    ]
    found = ["import json"] if any("json" in one.uses for one in functions) else []
    if typing:
        found.append(f"from typing import {', '.join(typing)}")
    return [*found, ""] if found else []


def _names(functions: Sequence[KnownNames]) -> list[str]:
    uses = {name for one in functions for name in one.uses}
    wanted = {
        "App": any(not one.is_component and not one.part for one in functions),
        "Resource": any(map(_is_generic, functions)),
        "asset": "asset" in uses,
        "component": any(one.is_component for one in functions),
        "lookup": bool({"here", "zones"} & uses),
        "secret": "secret" in uses,
        "target": "target" in uses,
    }
    return [name for name, used in wanted.items() if used]


def _is_generic(known: KnownNames) -> bool:
    """Whether there is no class for a resource's type."""
    return any(not known.catalog.is_bundled(known.template.resources[name].type) for name in known.declared)


def _any_typed(known: KnownNames) -> bool:
    return (
        known.is_component
        or any("Any" in annotation(known, one) for one in known.template.parameters.values())
        or any("Any" in _mapping_type(known, name) for name in known.template.mappings)
    )


def mapping(known: KnownNames, name: str, node: TemplateNode) -> list[str]:
    """The constant of a mapping.

    Args:
        known: The template's names.
        name: The mapping's.
        node: Its value.
    """
    note = _mapping_type(known, name)
    remarks = (node.comment,) if node.comment else ()
    return lines([Assign(known.mappings[name], _mapping_code(node), note=note, remarks=remarks)], 0)


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


def import_lines(module: str, names: Iterable[str]) -> list[str]:
    """One import, in the order of the common import sorters."""
    # Common import sorters put names in capitals first.
    ordered = sorted(set(names), key=lambda name: (not name.isupper(), name.islower(), name))
    line = f"from {module} import {', '.join(ordered)}"
    if len(line) <= WIDTH:
        return [line]
    return [f"from {module} import (", *(f"    {name}," for name in ordered), ")"]
