"""Builds the document that an update handler is to see: the live one with differences applied."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.diff.json_strings import parsed
from cloudwright.diff.model import END
from cloudwright.diff.policy import is_policy, with_statements
from cloudwright.diff.wire_values import wire_value
from cloudwright.lazy_dataclass import dataclass
from cloudwright.schema.pointer import get, is_within

if TYPE_CHECKING:
    from cloudwright.diff.arrays import Arrays
    from cloudwright.diff.context import ComparisonContext
    from cloudwright.diff.model import Difference, Path


@dataclass(slots=True)
class AddedElement:
    """An element that the live array lacks, and its position in the desired one."""

    index: int
    value: Any = field(repr=False)


@dataclass(slots=True)
class ArrayDraft:
    """A live array being edited. Elements keep their live positions; the result is the sequence.

    Arrays of the desired document that the live one lacks are plain lists instead.

    Attributes:
        live: The live elements as read.
        items: The same, edited in place.
        sequence: Live positions and new elements, in their final order.
    """

    live: list[Any]
    items: list[Any]
    sequence: list[int | AddedElement]

    @classmethod
    def of(cls, items: Sequence[Any]) -> ArrayDraft:
        """An unedited array.

        Args:
            items: The live elements.
        """
        return cls(list(items), [editable(item) for item in items], list(range(len(items))))

    def drop(self, at: int) -> None:
        """Remove a live element.

        Args:
            at: Its live position.
        """
        self.sequence = [one for one in self.sequence if one != at]

    @property
    def kept(self) -> list[int]:
        """The live positions that stay, in their final order."""
        return [one for one in self.sequence if isinstance(one, int)]

    @property
    def is_in_place(self) -> bool:
        """Whether single operations can produce it: what stays keeps its order, what is new comes last."""
        kept = self.kept
        return kept == sorted(kept) and self.sequence[: len(kept)] == kept

    def final(self) -> list[Any]:
        """The elements as the handler is to see them."""
        return [settled(self.items[one] if isinstance(one, int) else one.value) for one in self.sequence]


def editable(value: Any) -> Any:
    """A deep copy of a document whose arrays are `ArrayDraft`.

    Args:
        value: A live document or a part of one.
    """
    if isinstance(value, Mapping):
        return {key: editable(item) for key, item in value.items()}
    return ArrayDraft.of(value) if isinstance(value, list) else copy.copy(value)


def settled(value: Any) -> Any:
    """The plain document behind a draft.

    Args:
        value: A draft or a part of one.
    """
    if isinstance(value, dict):
        return {key: settled(item) for key, item in value.items()}
    return value.final() if isinstance(value, ArrayDraft) else value


def draft(
    arrays: Arrays,
    desired: Mapping[str, Any],
    live: Mapping[str, Any],
    differences: Iterable[Difference],
    foreign: Iterable[Difference] = (),
) -> dict[str, Any]:
    """The live document with differences applied to it.

    Args:
        arrays: Pairs the elements of arrays.
        desired: The desired document, without placeholders.
        live: A read's answer.
        differences: The differences to apply; others are not changed.
        foreign: The foreign elements of collections.
    """
    document: dict[str, Any] = editable(live)
    others = list(foreign)
    wanted = list(differences)
    for difference in wanted:
        if difference.kind == "order":
            _reorder(document, difference)
            continue
        parent = _container(document, difference.at[:-1])
        if isinstance(parent, ArrayDraft):
            _edit_element(arrays.context, parent, desired, difference)
        elif parent is not None:
            _edit_member(arrays.context, parent, desired, difference, others)
    for difference in wanted:
        if difference.sequence and difference.kind == "add":
            _insert(document, difference)
    return document


def _container(document: Any, at: Path) -> Any:
    here = document
    for segment in at:
        if isinstance(here, ArrayDraft):
            here = here.items[int(segment)] if segment != END else None
        elif isinstance(here, dict):
            if here.get(segment) is None:  # a block of write-only values, or one returned as null
                here[segment] = {}
            here = here[segment]
        else:
            return None
    return here


def _edit_member(
    context: ComparisonContext,
    parent: dict[str, Any],
    desired: Mapping[str, Any],
    difference: Difference,
    foreign: Sequence[Difference],
) -> None:
    name = difference.at[-1]
    if difference.kind != "remove":
        value = wire_value(context, get(desired, difference.path), difference.path)
        parent[name] = _with_others(value, parent.get(name), difference, foreign)
        return
    default = context.override.restore_defaults.at(difference.path)
    if default is not None:
        parent[name] = copy.deepcopy(default)
    else:
        parent.pop(name, None)


def _edit_element(
    context: ComparisonContext, rows: ArrayDraft, desired: Mapping[str, Any], difference: Difference
) -> None:
    at = difference.at[-1]
    if difference.kind == "remove":
        rows.drop(int(at))
        return
    value = wire_value(context, get(desired, difference.path), difference.path)
    if at == END:
        rows.sequence.append(AddedElement(int(difference.path[-1]), value))
    else:
        rows.items[int(at)] = value


def _with_others(value: Any, live: Any, difference: Difference, foreign: Sequence[Difference]) -> Any:
    """A value that is written as a whole, with the foreign statements of a policy."""
    kept = [each.at for each in foreign if is_within(each.at, difference.at)]
    here, policy = parsed(live), parsed(value)
    if not kept or not is_policy(policy) or not is_policy(settled(here)):
        return value
    statements = [get(settled(here), at[len(difference.at) :]) for at in kept]
    whole = with_statements(policy, [one for one in statements if isinstance(one, dict)])
    return json.dumps(whole) if isinstance(value, str) else whole


def _reorder(document: dict[str, Any], difference: Difference) -> None:
    """Bring the declared elements into the desired order; foreign ones keep their positions."""
    rows = _container(document, difference.at)
    if isinstance(rows, ArrayDraft):
        ours = [at for at in difference.sequence if at in rows.kept]
        queue = iter(ours)
        rows.sequence = [next(queue) if one in ours else one for one in rows.sequence]


def _insert(document: dict[str, Any], difference: Difference) -> None:
    """Move a new element before the next declared one of an ordered array; without one, it stays last."""
    rows = _container(document, difference.at[:-1])
    if not isinstance(rows, ArrayDraft):
        return
    index = int(difference.path[-1])
    new = next(one for one in rows.sequence if isinstance(one, AddedElement) and one.index == index)
    following = [at for at in difference.sequence[index + 1 :] if at is not None]
    rows.sequence.remove(new)
    place = next((n for n, one in enumerate(rows.sequence) if one in following), len(rows.sequence))
    rows.sequence.insert(place, new)
