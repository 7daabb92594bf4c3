"""Valid documents of any resource type, made from its schema: for property tests and for trying out every type.

A document is first generated top down from the schema, then repaired until the validator reports nothing: unions and
rules between properties are easier to repair than to foresee. The same seed generates the same document.
"""

from __future__ import annotations

import copy
from random import Random
from typing import TYPE_CHECKING, Any

from cloudwright.schema import navigation
from cloudwright.schema.pointer import get, walk_leaves
from cloudwright.schema.validation.validate import validate
from type_documents.document_maker import DocumentMaker, drop, put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cloudwright.schema.pointer import Path
    from cloudwright.schema.resource_type import ResourceType


_SEEDS = 12
"""Attempts before a type is given up."""


def minimal(resource_type: ResourceType, seed: int = 0) -> dict[str, Any] | None:
    """A valid document with little more than what the type requires.

    Args:
        resource_type: Any type.
        seed: Equal seeds make equal documents.

    Returns:
        `None` if the schema contradicts itself, or asks for more than this generator can do.
    """
    return _first_valid(resource_type, seed, share=0.0)


def rich(resource_type: ResourceType, seed: int = 0, share: float = 0.5) -> dict[str, Any] | None:
    """A valid document with many optional properties.

    Args:
        resource_type: Any type.
        seed: Equal seeds make equal documents.
        share: How many of the optional properties are set, from 0 to 1.

    Returns:
        `None` if the schema contradicts itself, or asks for more than this generator can do.
    """
    return _first_valid(resource_type, seed, share)


def with_another_leaf(
    resource_type: ResourceType,
    document: Mapping[str, Any],
    allowed: Callable[[Path], bool],
    seed: int = 0,
) -> tuple[dict[str, Any], Path] | None:
    """The same document with one leaf of another value, still valid.

    Args:
        resource_type: The document's type.
        document: A valid document; not changed.
        allowed: Which leaves may change.
        seed: Equal seeds change the same leaf to the same value.

    Returns:
        The new document and the leaf's path; `None` if no such leaf can take another value.
    """
    maker = _sparse_maker(resource_type, seed)
    leaves = [(path, value) for path, value in walk_leaves(document) if path and allowed(path)]
    maker.random.shuffle(leaves)
    for path, value in leaves:
        for _ in range(_SEEDS):
            changed = copy.deepcopy(dict(document))
            other = maker.at(path)
            put(changed, path, other)
            if other != value and not isinstance(other, (dict, list)) and not validate(resource_type, changed):
                return changed, path
    return None


def with_another_property(
    resource_type: ResourceType,
    document: Mapping[str, Any],
    allowed: Callable[[Path], bool],
    seed: int = 0,
) -> tuple[dict[str, Any], Path] | None:
    """The same document with one optional property more, still valid.

    Args:
        resource_type: The document's type.
        document: A valid document; not changed.
        allowed: Which leaves the new property may have.
        seed: Equal seeds add the same property with the same value.

    Returns:
        The new document and the property's path; `None` if no such property can be added.
    """
    maker = _sparse_maker(resource_type, seed)
    places = [path for path in _unset(resource_type, document, ()) if resource_type.settable(path)]
    maker.random.shuffle(places)
    for path in places:
        for _ in range(3):
            changed = copy.deepcopy(dict(document))
            value = maker.at(path)
            put(changed, path, value)
            leaves = [leaf for leaf, _ in walk_leaves(value, path)]
            if value not in ({}, []) and all(map(allowed, leaves)) and not validate(resource_type, changed):
                return changed, path
    return None


def without_a_property(
    resource_type: ResourceType,
    document: Mapping[str, Any],
    allowed: Callable[[Path], bool],
    seed: int = 0,
) -> tuple[dict[str, Any], Path] | None:
    """The same document without one of its properties, still valid.

    Args:
        resource_type: The document's type.
        document: A valid document; not changed.
        allowed: Which leaves may be removed.
        seed: Equal seeds leave out the same property.

    Returns:
        The new document and the property's path; `None` if it needs all of them.
    """
    places = [path for path in _members(document, ()) if get(document, path) not in ({}, [])]
    _sparse_maker(resource_type, seed).random.shuffle(places)
    for path in places:
        leaves = [leaf for leaf, _ in walk_leaves(get(document, path), path)]
        changed = copy.deepcopy(dict(document))
        drop(changed, path)
        if all(map(allowed, leaves)) and not validate(resource_type, changed):
            return changed, path
    return None


def with_another_element(
    resource_type: ResourceType,
    document: Mapping[str, Any],
    allowed: Callable[[Path], bool],
    seed: int = 0,
) -> tuple[dict[str, Any], Path] | None:
    """The same document with one more element at the end of one of its lists, still valid.

    Args:
        resource_type: The document's type.
        document: A valid document; not changed.
        allowed: Which leaves the new element may have.
        seed: Equal seeds add the same element.

    Returns:
        The new document and the element's path; `None` if no list takes another element.
    """
    maker = _sparse_maker(resource_type, seed)
    lists = [path for path in _members(document, ()) if isinstance(get(document, path), list)]
    maker.random.shuffle(lists)
    for path in lists:
        for _ in range(_SEEDS):
            changed = copy.deepcopy(dict(document))
            elements: Any = get(changed, path)
            place = (*path, str(len(elements)))
            element = maker.at(place)
            new = element not in elements and element not in ({}, [])
            elements.append(element)
            leaves = [leaf for leaf, _ in walk_leaves(element, place)]
            if new and all(map(allowed, leaves)) and not validate(resource_type, changed):
                return changed, place
    return None


def _sparse_maker(resource_type: ResourceType, seed: int) -> DocumentMaker:
    """A maker that sets no optional property."""
    return DocumentMaker(resource_type, Random(f"{resource_type.name}/{seed}"), 0.0)


def _members(value: Any, path: Path) -> Iterator[Path]:
    """The paths of all properties, inside lists too."""
    if isinstance(value, dict):
        yield from ((*path, name) for name in value)
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inside:
        yield from _members(item, (*path, str(name)))


def _unset(resource_type: ResourceType, value: Any, path: Path) -> Iterator[Path]:
    """The paths of properties that the schema lists and a document lacks."""
    if isinstance(value, dict):
        listed = navigation.as_node((navigation.find(resource_type.schema, path) or {}).get("properties"))
        yield from ((*path, name) for name in listed if name not in value)
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inside:
        yield from _unset(resource_type, item, (*path, str(name)))


def _first_valid(resource_type: ResourceType, seed: int, share: float) -> dict[str, Any] | None:
    for attempt in range(_SEEDS):
        random = Random(f"{resource_type.name}/{seed}/{attempt}")
        # Some schemas are easier to satisfy with few optional properties, some with many: drift to the middle.
        drift = attempt / _SEEDS
        maker = DocumentMaker(resource_type, random, share * (1 - drift) + 0.4 * drift * (attempt > _SEEDS // 2))
        document = maker.repaired(maker.value(resource_type.schema, (), 0))
        if document is not None:
            return document
    return None
