"""When two physical resources are the same one."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cloudwright.program.document import is_unknown
from cloudwright.schema.override import override_for
from cloudwright.schema.pointer import get

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudwright.schema.resource_type import ResourceType
    from cloudwright.target import Target

_PLACEHOLDER = re.compile(r"\$\{([^}]+)\}")
_GLOBAL_ARN = re.compile(r"arn:[^:]*:[^:]*::")
_PLACE = frozenset({"Partition", "Region", "Account"})

Place = tuple[str, str, str]
"""Partition, account and Region; the Region is empty for what is the same in all of them."""

Identity = tuple[str, Place, tuple[str, ...]]
"""Type, place and the canonical parts of the identifier."""


def identity(
    kind: ResourceType,
    document: Mapping[str, Any],
    target: Target,
    form: Callable[[str], str],
) -> Identity | None:
    """The identity of a resource with these properties, if they decide it.

    Args:
        kind: The resource's type.
        document: Desired or declared properties.
        target: Its account and Region.
        form: `override.certain`: equal identities certainly are one resource; or `override.canonical`: different ones
            certainly are two.

    Returns:
        `None` if the service assigns the identifier, or a part is not known yet.
    """
    paths = naming_paths(kind)
    parts = [get(document, path, None) for path in paths]
    if not paths or not all(isinstance(part, str | int) for part in parts):
        return None
    if any(is_fresh(kind.override.identity.at(path), part) for path, part in zip(paths, parts, strict=True)):
        return None
    return (kind.name, naming_place(kind, target), tuple(form(str(part)) for part in parts))


def physical(type_name: str, target: Target, identifier: str) -> Identity:
    """A key that is equal only for the same physical resource.

    Args:
        type_name: Such as `AWS::S3::Bucket`.
        target: Its account and Region.
        identifier: As AWS returned it.
    """
    place = identifier_place(type_name, target, identifier)
    return (type_name, place, (override_for(type_name).certain(identifier),))


def identifier_place(type_name: str, target: Target, identifier: str) -> Place:
    """Where an identifier that AWS returned names one resource.

    Args:
        type_name: Such as `AWS::S3::Bucket`.
        target: The resource's account and Region.
        identifier: As AWS returned it.
    """
    everywhere = override_for(type_name).global_identifier or _GLOBAL_ARN.match(identifier)
    return _everywhere(target) if everywhere else target.place


def naming_place(kind: ResourceType, target: Target) -> Place:
    """Where an identifier names one resource: partition, account and Region, or no Region if it does so in all of them.

    Args:
        kind: The resource's type.
        target: Its account and Region.
    """
    by_arn = bool(_paths_of_arn(kind)) and _GLOBAL_ARN.match(kind.arn_template or "")
    return _everywhere(target) if kind.override.global_identifier or by_arn else target.place


def _everywhere(target: Target) -> Place:
    """All Regions of a target's account."""
    return (target.partition, target.account, "")


def is_fresh(pattern: str | None, part: object) -> bool:
    """Whether the service chooses the identifier itself for such a value.

    Args:
        pattern: The override's regular expression for this property; `None` without one.
        part: The property's value.
    """
    return bool(pattern) and re.search(str(pattern), str(part)) is not None


def naming_paths(kind: ResourceType) -> tuple[tuple[str, ...], ...]:
    """The properties that decide the identifier; empty if the service generates it."""
    if kind.override.identity:
        return tuple(kind.override.identity)
    if any(kind.read_only.covers(path) for path in kind.identifiers):
        return _paths_of_arn(kind)
    return kind.identifiers


def is_arn(kind: ResourceType) -> bool:
    """Whether the identifier of a type is one ARN (`TopicArn`, `FunctionARN`)."""
    return len(kind.identifiers) == 1 and kind.identifiers[0][-1].endswith(("Arn", "ARN"))


@lru_cache(maxsize=256)
def _paths_of_arn(kind: ResourceType) -> tuple[tuple[str, ...], ...]:
    """The names that an ARN is made of, if the program chooses all of them and they can't change.

    Computed once for each type: a program of a thousand resources needs it thousands of times.
    """
    if kind.arn_template is None or not is_arn(kind):
        return ()
    paths = tuple((word,) for word in _PLACEHOLDER.findall(kind.arn_template) if word not in _PLACE)
    chosen = all(path in kind.create_only and kind.settable(path) for path in paths)
    return paths if chosen else ()


def may_coincide(kind: ResourceType, document: Mapping[str, Any]) -> bool:
    """Whether the identifier depends on a value that is not known yet, so that it could equal any other."""
    return any(is_unknown(get(document, path, None)) for path in naming_paths(kind))
