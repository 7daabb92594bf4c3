"""Reads a normalised schema into a resource type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloudwright.schema import navigation
from cloudwright.schema.override import override_for, override_from
from cloudwright.schema.pointer import PointerSet, format_pointer, parse
from cloudwright.schema.resource_type import PROVIDED, PROVISIONING_TYPE, Handler, ResourceType, Tagging

if TYPE_CHECKING:
    from cloudwright.schema.navigation import Node
    from cloudwright.schema.override import Override
    from cloudwright.schema.pointer import Path
    from cloudwright.schema.resource_type import ReplacementStrategy, TagShape


def from_facts(facts: Node) -> ResourceType:
    """Read a normalised schema (see `cloudwright.schema.normalise`).

    Args:
        facts: As the pack holds it. Malformed parts count as absent.
    """
    name = str(facts.get("typeName", ""))
    read_only = PointerSet(_paths(facts, "readOnlyProperties"))
    return ResourceType(
        name=name,
        service=name.split("::")[1] if name.count("::") > 1 else "",
        schema=facts,
        properties=_nodes(facts, "properties"),
        definitions=_nodes(facts, "definitions"),
        required=_texts(facts.get("required")),
        identifiers=_paths(facts, "primaryIdentifier"),
        additional_identifiers=_alternatives(facts.get("additionalIdentifiers")),
        read_only=read_only,
        write_only=PointerSet(path for path in _paths(facts, "writeOnlyProperties") if not read_only.matches(path)),
        create_only=PointerSet(_paths(facts, "createOnlyProperties")),
        conditional_create_only=PointerSet(_paths(facts, "conditionalCreateOnlyProperties")),
        deprecated=PointerSet(_paths(facts, "deprecatedProperties")),
        tagging=_tagging(facts),
        handlers=_handlers(name, navigation.as_node(facts.get("handlers"))),
        replacement_strategy=_strategy(facts),
        property_transform=_transforms(facts),
        arn_template=_text_or_none(facts.get("arnTemplate")),
        ref_identifier=_texts(facts.get("refIdentifier")) or override_for(name).ref_identifier,
        stateful=facts.get("stateful") is True,
        additional_properties=facts.get("additionalProperties") is not False,
        provisioning_type=_text_or_none(facts.get(PROVISIONING_TYPE)) or "",
        lifecycle={key: str(value) for key, value in navigation.as_node(facts.get("lifecycle")).items()},
        provided=PROVIDED in facts,
        resends=navigation.as_node(facts.get(PROVIDED)).get("resends") is not False,
        provided_override=_provided_override(name, facts),
    )


def _provided_override(name: str, facts: Node) -> Override | None:
    if PROVIDED not in facts:
        return None
    entries = navigation.as_node(facts[PROVIDED]).get("override")
    return override_from(name, entries if isinstance(entries, list) else ())


def _nodes(facts: Node, keyword: str) -> dict[str, Mapping[str, Any]]:
    return {name: navigation.as_node(node) for name, node in navigation.as_node(facts.get(keyword)).items()}


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, (list, tuple)) else ()


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _paths(facts: Node, keyword: str) -> tuple[Path, ...]:
    return tuple(map(parse, _texts(facts.get(keyword))))


def _alternatives(value: object) -> tuple[tuple[Path, ...], ...]:
    return tuple(tuple(map(parse, _texts(group))) for group in value) if isinstance(value, list) else ()


def _strategy(facts: Node) -> ReplacementStrategy:
    declared = facts.get("replacementStrategy")
    return "delete_then_create" if declared == "delete_then_create" else "create_then_delete"


def _transforms(facts: Node) -> dict[str, str]:
    declared = navigation.as_node(facts.get("propertyTransform"))
    return {format_pointer(parse(pointer)): text for pointer, text in declared.items() if isinstance(text, str)}


def _handlers(type_name: str, node: navigation.Node) -> dict[str, Handler]:
    known = override_for(type_name)
    return {name: _handler(name, navigation.as_node(facts), known) for name, facts in node.items()}


def _handler(name: str, handler: Node, known: Override) -> Handler:
    minutes = handler.get("timeoutInMinutes")
    list_schema = handler.get("handlerSchema")
    return Handler(
        timeout_minutes=minutes if isinstance(minutes, int) else None,
        list_schema=list_schema if isinstance(list_schema, Mapping) else None,
        permissions=known.actions(name, _texts(handler.get("permissions"))),
    )


def _tagging(facts: Node) -> Tagging:
    """`tagging` wins over the older `taggable`; a type with neither is taggable if it has a `Tags` property."""
    declared = navigation.as_node(facts.get("tagging"))
    pointer = declared.get("tagProperty")
    path = parse(pointer) if isinstance(pointer, str) else ("Tags",)
    path = (*path, *_wrapped_list(facts, path))
    node = navigation.find(facts, path)
    taggable = declared.get("taggable", facts.get("taggable", True)) is not False and node is not None
    if not taggable:
        return Tagging()
    return Tagging(
        taggable=True,
        updatable=declared.get("tagUpdatable") is not False,
        system_tags=declared.get("cloudFormationSystemTags") is not False,
        property=path,
        shape=_tag_shape(facts, navigation.as_node(node)),
    )


def _wrapped_list(facts: Node, path: Path) -> tuple[str, ...]:
    """The name of the list that an object of tags wraps: CloudFront's `Tags` is `{"Items": [{"Key": ..., ...}]}`."""
    inside = navigation.as_node(navigation.as_node(navigation.find(facts, path)).get("properties"))
    names = tuple(inside)
    return names if len(names) == 1 and navigation.is_array(facts, navigation.as_node(inside[names[0]])) else ()


def _tag_shape(facts: Node, node: Node) -> TagShape:
    if navigation.is_array(facts, node):
        return "list"
    kinds = node.get("type")
    is_object = kinds == "object" or (isinstance(kinds, list) and "object" in kinds)
    return "map" if is_object or navigation.is_map(facts, node) else "none"
