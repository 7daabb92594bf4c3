"""The value of CloudFormation's `!Ref` for a resource, which is not always its identifier in Cloud Control.

Its properties are a fact of the type (`ResourceType.ref_identifier`); without such a fact it is the identifier itself,
if that is one property.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.errors import InvalidProperties
from cloudwright.program.reference import TEMPLATE_REF, Ref, Text
from cloudwright.schema.pointer import format_pointer

if TYPE_CHECKING:
    from collections.abc import Collection

    from cloudwright.schema.resource_type import ResourceType


def template_ref(ref: Ref, kind: ResourceType, declared: Collection[str]) -> Ref | Text:
    """The attributes that a `.ref` means.

    Args:
        ref: A reference; anything but a `.ref` is returned unchanged.
        kind: The type of the resource that it belongs to.
        declared: The names of the properties that the resource certainly has.

    Raises:
        InvalidProperties: The value of `!Ref` is unknown for this type.
    """
    if ref.path != TEMPLATE_REF:
        return ref
    if not kind.ref_identifier:
        return _identifier(ref, kind)
    *first, last = kind.ref_identifier
    given = [name for name in first if name in declared or kind.read_only.covers((name,))]
    parts: list[str | Ref] = [Ref(ref.key, (last,))]
    for name in reversed(given):
        parts = [Ref(ref.key, (name,)), "|", *parts]
    return Text(tuple(parts))


def _identifier(ref: Ref, kind: ResourceType) -> Ref:
    if len(kind.identifiers) == 1:
        return Ref(ref.key)
    parts = ", ".join(format_pointer(path) for path in kind.identifiers)
    raise InvalidProperties(
        f"{ref.key}.ref: the value of `!Ref` for {kind.name} is not known; its identifier has {len(kind.identifiers)} "
        f"parts ({parts})",
        hint=f"use the part that is meant, such as `{'.'.join(kind.identifiers[-1])}`, or `.identifier`, which joins "
        "them by '|'",
    )
