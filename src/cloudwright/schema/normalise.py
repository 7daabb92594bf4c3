"""Registry schemas in a regular form: facts only, pointers spelled one way.

The build of the bundled pack and live schemas go through this one function, so that both have the same form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cloudwright.schema import navigation
from cloudwright.schema.pointer import WILDCARD, format_property, parse

if TYPE_CHECKING:
    from cloudwright.schema.navigation import Node
    from cloudwright.schema.pointer import Path

POINTER_KEYWORDS = (
    "primaryIdentifier",
    "readOnlyProperties",
    "writeOnlyProperties",
    "createOnlyProperties",
    "conditionalCreateOnlyProperties",
    "deprecatedProperties",
)
"""Keywords whose value is a list of property pointers."""

_PROSE = frozenset({"description", "title", "examples", "$comment", "$schema", "$id"})
_ROOT_ONLY = frozenset({"sourceUrl", "documentationUrl", "resourceLink", "typeConfiguration", "permissions"})
_NAME_MAPS = frozenset(
    {"properties", "definitions", "patternProperties", "dependencies", "dependentRequired", "dependentExcluded"}
)
_LITERALS = frozenset({"enum", "const", "default", "enumCaseInsensitive"})
_LIST_PREFIX = "resource-schema.json#"


def normalise(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a registry schema, in a regular form.

    Prose and links are dropped. The actions of each handler are sorted and unique. Pointers lose literal
    `properties` and `items` segments and gain the `*` that old schemas leave out.

    Args:
        schema: The registry's JSON of one type (`DescribeType`'s `Schema`, or a bundled one).

    Returns:
        A new document with the same keywords, sorted.
    """
    facts = {key: _facts(key, value) for key, value in sorted(schema.items()) if key not in _PROSE | _ROOT_ONLY}
    return {key: _regular_keyword(facts, key, value) for key, value in facts.items()}


def _regular_keyword(facts: Node, keyword: str, value: Any) -> Any:
    if keyword in POINTER_KEYWORDS:
        return _pointers(facts, value)
    if keyword == "additionalIdentifiers":
        return [_pointers(facts, group) for group in _listed(value)]
    if keyword == "propertyTransform":
        return {_pointer(facts, pointer): text for pointer, text in navigation.as_node(value).items()}
    if keyword == "handlers":
        return {name: _handler(handler) for name, handler in navigation.as_node(value).items()}
    return _tagging(facts, navigation.as_node(value)) if keyword == "tagging" else value


def unresolvable(facts: Node) -> Iterator[tuple[str, str]]:
    """The dangling pointers of a normalised schema, as (keyword, pointer)."""
    listed = [(keyword, facts.get(keyword)) for keyword in POINTER_KEYWORDS]
    listed.extend(("additionalIdentifiers", group) for group in _listed(facts.get("additionalIdentifiers")))
    listed.append(("propertyTransform", list(navigation.as_node(facts.get("propertyTransform")))))
    for keyword, pointers in listed:
        for pointer in _listed(pointers):
            if navigation.find(facts, parse(pointer)) is None:
                yield keyword, pointer


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _facts(keyword: str, value: Any) -> Any:
    if keyword in _LITERALS or keyword == "propertyTransform":
        return value
    if keyword in _NAME_MAPS and isinstance(value, Mapping):
        return {name: _strip(child) for name, child in sorted(value.items())}
    return _strip(value)


def _strip(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _facts(key, child) for key, child in sorted(value.items()) if key not in _PROSE}
    if isinstance(value, list):
        return [_strip(item) for item in value]
    return value


def _handler(handler: object) -> dict[str, Any]:
    facts = dict(navigation.as_node(handler))
    if "permissions" in facts:
        facts["permissions"] = _actions(facts["permissions"])
    if "handlerSchema" in facts:
        facts["handlerSchema"] = _local_references(facts["handlerSchema"])
    return facts


def _actions(value: Any) -> list[str]:
    """IAM actions, sorted and unique. IAM ignores case; its documents write the service in lower case."""
    written = (action.strip() for action in _listed(value) if isinstance(action, str))
    parts = (action.partition(":") for action in written if action)
    return sorted({f"{service.lower()}{colon}{name}" for service, colon, name in parts})


def _local_references(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _local_references(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_local_references(item) for item in value]
    return value.replace(_LIST_PREFIX, "#") if isinstance(value, str) else value


def _tagging(facts: Node, tagging: Node) -> dict[str, Any]:
    kept = {key: value for key, value in sorted(tagging.items()) if key != "permissions"}
    pointer = kept.get("tagProperty")
    return {**kept, "tagProperty": _pointer(facts, pointer)} if isinstance(pointer, str) else kept


def _pointers(facts: Node, pointers: Any) -> list[str]:
    return list(dict.fromkeys(_pointer(facts, pointer) for pointer in _listed(pointers) if isinstance(pointer, str)))


def _pointer(facts: Node, pointer: str) -> str:
    return format_property(_regular(facts, parse(pointer)))


def _regular(facts: Node, path: Path) -> Path:
    regular: list[str] = []
    nodes = [navigation.resolve(facts, facts)]
    for segment in path:
        regular, nodes = _advance(facts, regular, nodes, segment)
    return tuple(regular)


def _advance(facts: Node, regular: list[str], nodes: list[Node], segment: str) -> tuple[list[str], list[Node]]:
    found = _step(facts, nodes, segment)
    if found:
        return [*regular, segment], found
    if segment == "properties":
        return regular, nodes
    if segment == "items" and any(navigation.is_array(facts, node) for node in nodes):
        return [*regular, WILDCARD], _step(facts, nodes, WILDCARD)
    below = _step(facts, nodes, WILDCARD) if segment != WILDCARD else []
    if _step(facts, below, segment):
        return _advance(facts, [*regular, WILDCARD], below, segment)
    return [*regular, segment], []


def _step(facts: Node, nodes: list[Node], segment: str) -> list[Node]:
    return [child for node in nodes for child in navigation.children(facts, node, segment)]
