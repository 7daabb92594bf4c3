"""Default tags, merged into a declaration in the form of its type's tags (CC95, CC96, CC97)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cloudwright.diff.context import UnknownTest, nothing_unknown
from cloudwright.diff.shape import Shape
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from cloudwright.diff.model import Path
    from cloudwright.schema.resource_type import ResourceType

Tags = Mapping[str, Any]
"""Keys and values of tags, independent of the type's form."""


def with_default_tags(
    resource_type: ResourceType,
    document: Mapping[str, Any],
    defaults: Tags,
    declared_before: Mapping[str, Any] | None = None,
    is_unknown: UnknownTest = nothing_unknown,
) -> dict[str, Any]:
    """The declaration with default tags added; its own tag wins over a default.

    If tags can't change in place, an existing resource keeps the tags that it was created with, so that a default tag
    never forces a replacement (CC97). If no read returns them either, those are unknown, so no default is added at all.

    While the key of one of its own tags is unknown, so are the defaults that it overrides and its position: then all
    tags are known only after deploy.

    Args:
        resource_type: The declaration's type; one without tags is left alone.
        document: The declared properties; not changed.
        defaults: Tags of the app and the enclosing scopes.
        declared_before: The record's declared document; `None` if the resource is new.
        is_unknown: Finds placeholders in the declared properties.
    """
    path = resource_type.tagging.property
    if path is None or not (defaults or declared_before) or not resource_type.settable(path):
        return dict(document)
    updatable = changeable_tags(resource_type)
    if not updatable and resource_type.write_only.covers(path):
        return dict(document)
    if declared_before is not None and not updatable:
        defaults = _at(declared_before, path, lambda tags: read_tags(resource_type, tags)) or {}
    if not defaults:
        return dict(document)
    merged: dict[str, Any] = _merged(_Defaults(resource_type, defaults, is_unknown), document, path)
    return merged


def kept_tags(
    resource_type: ResourceType,
    document: Mapping[str, Any],
    defaults: Tags,
    declared_before: Mapping[str, Any] | None,
) -> tuple[str, ...]:
    """The keys of tags that an existing resource keeps, because they can't change, although the program dropped them.

    Args:
        resource_type: The declaration's type.
        document: The declared properties without default tags.
        defaults: Tags of the app and the enclosing scopes.
        declared_before: The record's declared document; `None` if the resource is new.
    """
    path = resource_type.tagging.property
    if path is None or declared_before is None or changeable_tags(resource_type):
        return ()
    if resource_type.write_only.covers(path):  # a dropped one is a change like any other
        return ()

    def keys(tags: Any) -> set[str]:
        return set(read_tags(resource_type, tags) or ())

    before, own = _at(declared_before, path, keys) or set(), _at(document, path, keys) or set()
    return tuple(sorted(before - own - set(defaults)))


def read_tags(resource_type: ResourceType, tags: Any) -> Tags | None:
    """Tags as keys and values; `None` if their form is unknown, or they are not known yet.

    Args:
        resource_type: Their type.
        tags: The value of the type's tag property.
    """
    if isinstance(tags, Mapping):
        return tags
    names = tag_names(resource_type)
    if names is None or not isinstance(tags, (list, tuple)):
        return None
    key, value = names
    if not all(isinstance(one, Mapping) and isinstance(one.get(key), str) for one in tags):
        return None
    return {one[key]: one.get(value) for one in tags}


def tag_names(resource_type: ResourceType) -> tuple[str, str] | None:
    """The names of key and value in a type that lists its tags: `Key` and `Value`, `TagKey` and `TagValue`, lower case.

    Returns:
        `None` if the type does not list its tags.
    """
    path = resource_type.tagging.property
    if path is None:
        return None
    shape = Shape.of(resource_type)
    for segment in path:
        shape = shape.child(segment)
    found = {name.lower().removeprefix("tag"): name for name in sorted(shape.item().properties)}
    return (found["key"], found["value"]) if {"key", "value"} <= found.keys() else None


def changeable_tags(resource_type: ResourceType) -> bool:
    """Whether an update can change tags in place."""
    path = resource_type.tagging.property
    if path is None or not resource_type.tagging.updatable or not resource_type.updatable:
        return False
    return not resource_type.create_only.covers(path)


@dataclass(frozen=True, slots=True)
class _Defaults:
    """The tags to add to a declaration."""

    resource_type: ResourceType
    tags: Tags
    is_unknown: UnknownTest


def _merged(defaults: _Defaults, value: Any, path: Path) -> Any:
    if not path:
        return _merged_tags(defaults, value)
    if path[0] == "*":
        return [_merged(defaults, item, path[1:]) for item in value] if isinstance(value, (list, tuple)) else value
    if not isinstance(value, Mapping):
        return value
    # Tags inside a block that the program does not declare would declare the block.
    if path[0] not in value and len(path) > 1 and not _wraps(defaults.resource_type, path):
        return dict(value)
    return {**value, path[0]: _merged(defaults, value.get(path[0], {}), path[1:])}


def _wraps(resource_type: ResourceType, path: Path) -> bool:
    """Whether a block consists of nothing but the type's tags."""
    return path == resource_type.tagging.property and Shape.of(resource_type).child(path[0]).properties == {path[1]}


def _merged_tags(defaults: _Defaults, tags: Any) -> Any:
    kind = defaults.resource_type
    names = tag_names(kind)
    own = {} if tags is None else read_tags(kind, tags)
    if own is None:
        return next(_unknown_keys(defaults, tags), tags)
    if kind.tagging.shape == "map":
        return dict(sorted({**defaults.tags, **own}.items()))
    if names is None:
        return tags
    key, value = names
    added = [_element(kind, {key: name, value: item}) for name, item in defaults.tags.items() if name not in own]
    return sorted([*(tags or []), *added], key=lambda one: str(one[key]))


def _unknown_keys(defaults: _Defaults, tags: Any) -> Iterator[Any]:
    """The placeholders for keys of tags, or for complete tags."""
    names = tag_names(defaults.resource_type)
    for tag in tags if names and isinstance(tags, (list, tuple)) else ():
        key = tag.get(names[0]) if names and isinstance(tag, Mapping) else tag
        if defaults.is_unknown(key):
            yield key


def _element(resource_type: ResourceType, tag: dict[str, Any]) -> dict[str, Any]:
    # An Auto Scaling group's tags must say whether its instances get them, too: a default tag applies to all.
    shape = Shape.of(resource_type)
    for segment in resource_type.tagging.property or ():
        shape = shape.child(segment)
    required = {name for names in shape.item().says("required") for name in names}
    return {**tag, "PropagateAtLaunch": True} if "PropagateAtLaunch" in required else tag


def _at(document: Mapping[str, Any], path: Path, read: Any) -> Any:
    here: Any = document
    for segment in path:
        here = here.get(segment) if isinstance(here, Mapping) else None
    return None if here is None else read(here)
