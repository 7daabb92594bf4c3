"""The reference page of a resource type, from its schema and from the rules that speak about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from cloudwright.render.deploy.outcomes import duration
from cloudwright.render.schema.type_text import limits, shape
from pages.markdown import code, page, plain, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cloudwright.imagebuilder.rules import Rule
    from cloudwright.schema.pointer import Path
    from cloudwright.schema.resource_type import ResourceType

_MARKS = {
    "read-only": "read_only",
    "write-only": "write_only",
    "create-only": "create_only",
    "may be create-only": "conditional_create_only",
    "deprecated": "deprecated",
}


class Place(NamedTuple):
    """One property at any depth: `*` in the path stands for an element or a key."""

    path: Path
    node: Mapping[str, Any]
    required: bool


def type_page(kind: ResourceType, rules: Iterable[Rule]) -> str:
    """The page of a type.

    Args:
        kind: The type.
        rules: All rules; those about other types are left out.
    """
    title = kind.name.rpartition("::")[2]
    return page(
        title, [f"`{kind.name}`", "", *_declared(kind), *_facts(kind), *_properties(kind), *_rules(kind, rules)]
    )


def places(kind: ResourceType) -> Iterator[Place]:
    """Every property of a type, depth first; what refers to itself is followed once.

    Args:
        kind: The type.
    """
    names = sorted(kind.properties, key=lambda name: (name not in kind.required, name))
    for name in names:
        yield from _below(kind, Place((name,), kind.properties[name], name in kind.required), ())


def file_name(kind: str) -> str:
    """Where the page of a type stands, inside of `reference/`.

    Args:
        kind: Such as `AWS::ImageBuilder::Image`.
    """
    return f"{kind.rpartition('::')[2]}.md"


def _below(kind: ResourceType, place: Place, seen: tuple[str, ...]) -> Iterator[Place]:
    yield place
    path, node = place.path, place.node
    while kind.resolve(node).get("type") == "array":
        seen, node, path = (*seen, str(node.get("$ref"))), kind.resolve(node).get("items", {}), (*path, "*")
    reference = str(node.get("$ref", ""))
    members = kind.resolve(node).get("properties", {})
    if not members or (reference and reference in seen):
        return
    required = kind.resolve(node).get("required", ())
    for name in sorted(members, key=lambda name: (name not in required, name)):
        yield from _below(kind, Place((*path, name), members[name], name in required), (*seen, reference))


def _declared(kind: ResourceType) -> Iterator[str]:
    _, service, name = kind.name.split("::")
    yield from ("```python", f"from cloudwright.aws import {service}", "", f'{service}.{name}("id", ...)', "```", "")


def _facts(kind: ResourceType) -> Iterator[str]:
    tags = kind.tagging
    rows = {
        "identifier": code("|".join("/".join(path) for path in kind.identifiers)),
        "required": ", ".join(map(code, kind.required)) or "none",
        "one of": "; ".join(" and ".join(map(code, group)) for group in _alternatives(kind)),
        "set by AWS": ", ".join(code(_dotted(path)) for path in sorted(kind.read_only)),
        "create-only": ", ".join(code(_dotted(path)) for path in sorted(kind.create_only)),
        "write-only": ", ".join(code(_dotted(path)) for path in sorted(kind.write_only)),
        "tags": f"{code('/'.join(tags.property or ()))}, a {tags.shape}" if tags.taggable else "none",
        "updates": "in place" if kind.updatable else "never: every change is a replacement",
        "ARN": code(kind.arn_template) if kind.arn_template else "",
        "timeout": _times(kind),
    }
    yield from table(["", ""], ((name, text) for name, text in rows.items() if text))


def _times(kind: ResourceType) -> str:
    """How long operations may take, those alike together."""
    found: dict[str, list[str]] = {}
    for name in sorted(kind.handlers):
        found.setdefault(duration(kind.timeout(name)), []).append(name)
    if len(found) == 1:
        return f"{next(iter(found))} for each operation"
    return "; ".join(f"{', '.join(names)}: {time}" for time, names in found.items())


def _alternatives(kind: ResourceType) -> list[list[str]]:
    """The sets of properties of which the schema wants one."""
    branches = kind.schema.get("oneOf") or kind.schema.get("anyOf") or []
    if not isinstance(branches, list):
        return []
    groups = [[name for name in branch.get("required", ()) if name not in kind.required] for branch in branches]
    return [group for group in groups if group]


def _properties(kind: ResourceType) -> Iterator[str]:
    """A table for the type itself and one for each object in it, under its path."""
    found = list(places(kind))
    objects = dict.fromkeys(each.path[:-1] for each in found)
    for above in objects:
        yield from (f"### {_dotted(above)}" if above else "## Properties", "")
        inside = [each for each in found if each.path[:-1] == above]
        rows = ([code(each.path[-1]), _shape(kind, each, objects), _notes(kind, each)] for each in inside)
        yield from table(["property", "type", "notes"], rows)


def _shape(kind: ResourceType, place: Place, objects: Iterable[Path]) -> str:
    """What a value is; an object's name leads to its table."""
    text = plain(shape(kind, place.node))
    found = [path for path in objects if path and path[: len(place.path)] == place.path]
    inner = [path for path in found if set(path[len(place.path) :]) <= {"*"}]
    return f"[{text}](#{_anchor(inner[0])})" if inner else text


def _anchor(path: Path) -> str:
    """The anchor of a heading that holds a path, as Markdown makes it."""
    return re.sub(r"[^\w-]", "", _dotted(path)).lower()


def _dotted(path: Path) -> str:
    return ".".join(path).replace(".*", "[]")


def _notes(kind: ResourceType, place: Place) -> str:
    marks = [f"**{mark}**" for mark, name in _MARKS.items() if getattr(kind, name).covers(place.path)]
    limit = limits(kind.resolve(place.node))
    return ", ".join([*(["**required**"] if place.required else []), *marks, *([code(limit)] if limit else [])])


def _rules(kind: ResourceType, rules: Iterable[Rule]) -> Iterator[str]:
    about = [rule for rule in rules if kind.name in rule.types]
    if about:
        yield from ("## Rules", "", "They run with every plan, before any call.", "")
        rows = ([f"[{rule.id}](rules.md#{rule.id.lower()})", rule.severity, plain(rule.title)] for rule in about)
        yield from table(["id", "severity", "what must hold"], rows)
