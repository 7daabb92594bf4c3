"""A resource type as text: its properties and their flags, identifier, handlers and timeouts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cloudwright.render.deploy.outcomes import duration
from cloudwright.render.terminal.escaping import cells, clip, pad, visible
from cloudwright.schema.stability import causes, why_it_may_change

if TYPE_CHECKING:
    from cloudwright.render.terminal.style import TerminalStyle
    from cloudwright.schema.resource_type import ResourceType

_LIMITS = (
    ("minLength", "length >= {}"),
    ("maxLength", "length <= {}"),
    ("minItems", "items >= {}"),
    ("maxItems", "items <= {}"),
    ("minimum", ">= {}"),
    ("maximum", "<= {}"),
    ("pattern", "matches {}"),
    ("format", "format {}"),
)


def type_lines(kind: ResourceType, style: TerminalStyle) -> Iterator[str]:
    """The page of a type."""
    yield style.paint(kind.name, "bold")
    yield from _facts(kind)
    yield ""
    yield style.paint("Properties", "bold")
    yield from _properties(kind, kind.properties, kind.required, (), style)
    for name, node in kind.definitions.items():
        resolved = kind.resolve(node)
        members = resolved.get("properties")
        if isinstance(members, Mapping):
            yield ""
            yield style.paint(visible(name), "bold")
            yield from _properties(kind, members, tuple(resolved.get("required", ())), None, style)


def _facts(kind: ResourceType) -> Iterator[str]:
    yield f"  identifier   {'|'.join('/'.join(path) for path in kind.identifiers) or 'none'}"
    handlers = [f"{name} ({duration(kind.timeout(name))})" for name in kind.handlers]
    yield f"  handlers     {', '.join(handlers) or 'none: only CloudFormation can manage it'}"
    if not kind.provisionable:
        yield f"  provisioning not by Cloud Control: {kind.why_not_provisionable}"
        if kind.instead:
            yield f"  instead      {kind.instead}"
    if not kind.updatable and kind.provisionable:
        yield "  update       never in place: every change is a replacement"
    yield f"  replacement  {kind.replacement_strategy.replace('_', ' ')}"
    tags = kind.tagging
    where = "/".join(tags.property or ())
    yield f"  tags         {f'{where} ({tags.shape})' if tags.taggable else 'none'}"
    yield from _changing(kind)
    if kind.lifecycle:
        yield f"  lifecycle    {visible(', '.join(f'{name} {value}' for name, value in kind.lifecycle.items()))}"


def _changing(kind: ResourceType) -> Iterator[str]:
    """The attributes that an update in place may change."""
    if not kind.updatable:
        return
    always = [".".join(path) for path in sorted(kind.read_only) if why_it_may_change(kind, path)]
    following = {".".join(path): causes(kind, path) for path in sorted(kind.read_only)}
    parts = [
        *always,
        *(f"{name} (with {' or '.join(by)})" for name, by in following.items() if by and name not in always),
    ]
    if parts:
        yield f"  may change   {visible(', '.join(parts))}"


def _properties(
    kind: ResourceType,
    properties: Mapping[str, Mapping[str, Any]],
    required: tuple[str, ...],
    path: tuple[str, ...] | None,
    style: TerminalStyle,
) -> Iterator[str]:
    rows: list[tuple[str, str, list[str], str]] = [
        (visible(name), shape(kind, node), _marks(kind, name, required, path), limits(kind.resolve(node)))
        for name, node in properties.items()
    ]
    rows.sort(key=lambda row: ("required" not in row[2], row[0]))
    widths = [max((cells(row[0]) for row in rows), default=0), max((cells(row[1]) for row in rows), default=0)]
    for name, kind_of_value, marks, limited in rows:
        yield f"  {pad(name, widths[0])}  {pad(kind_of_value, min(widths[1], 40))}  {', '.join(marks)}".rstrip()
        if limited:
            yield style.paint(clip(f"      {limited}", style.width), "dim")


def _marks(kind: ResourceType, name: str, required: tuple[str, ...], path: tuple[str, ...] | None) -> list[str]:
    marks = ["required"] if name in required else []
    if path is None:
        return marks
    sets = {
        "read-only": kind.read_only,
        "write-only": kind.write_only,
        "create-only": kind.create_only,
        "may be create-only": kind.conditional_create_only,
        "deprecated": kind.deprecated,
    }
    here = (*path, name)
    marks += [mark for mark, pointers in sets.items() if pointers.covers(here)]
    inside = [
        f"{mark} inside" for mark, pointers in sets.items() if not pointers.covers(here) and _below(pointers, here)
    ]
    return marks + inside


def _below(pointers: Any, path: tuple[str, ...]) -> bool:
    return any(found[: len(path)] == path for found in pointers)


def shape(kind: ResourceType, node: Mapping[str, Any]) -> str:
    """A short text for the kind of a property's value.

    Args:
        kind: The resource type.
        node: The property's schema node.
    """
    reference = node.get("$ref")
    name = str(reference).rpartition("/")[2] if reference else ""
    resolved = kind.resolve(node)
    declared = resolved.get("type")
    if declared == "array":
        items = resolved.get("items")
        return f"list of {shape(kind, items)}" if isinstance(items, Mapping) else "list"
    if name and "properties" in resolved:
        return visible(name)
    if "patternProperties" in resolved or isinstance(resolved.get("additionalProperties"), Mapping):
        return "map"
    if isinstance(declared, list):
        return " or ".join(map(str, declared))
    return visible(str(declared or name or "any"))


def limits(node: Mapping[str, Any]) -> str:
    """The constraints of a value; empty if there are none.

    Args:
        node: A schema node, `$ref` resolved.
    """
    parts = [f"one of {', '.join(map(str, node['enum']))}"] if isinstance(node.get("enum"), list) else []
    parts += [text.format(node[name]) for name, text in _LIMITS if name in node]
    return visible("; ".join(parts))
