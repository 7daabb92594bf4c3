"""Splits one difference of a plan into readable lines.

Lists are compared by element, policies by statement, and JSON texts as JSON. Everything here is pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass
from cloudwright.program.document import is_unknown_marker
from cloudwright.render.values import is_secret
from cloudwright.secret import MASK, SECRET_MARKER

if TYPE_CHECKING:
    from cloudwright.plan.model import Change

_IDENTITY = ("Sid", "Region", "Key", "Id", "Name", "DeviceName", "AccountId")
"""Members that identify an element of a list, the most specific first."""

_HIDDEN = {SECRET_MARKER: MASK}


@dataclass(frozen=True, slots=True)
class Edit:
    """One line: the old and the new value of one path.

    Attributes:
        path: JSON pointer; for a list element its index in the new list, or in the old list for a removed one.
        kind: `add`, `remove`, `replace` or `order`.
    """

    path: str
    kind: str
    old: Any = None
    new: Any = None


def edits_of(change: Change) -> list[Edit]:
    """The lines of a change.

    Args:
        change: A difference between two JSON values with markers.
    """
    if change.kind == "add":
        return [Edit(change.path, "add", None, change.new)]
    if change.kind == "remove":
        return [Edit(change.path, "remove", change.old, None)]
    if change.kind == "order":
        return [Edit(change.path, "order", change.old, change.new)]
    found = list(_compare(change.path, change.old, change.new))
    return found or [Edit(change.path, "replace", change.old, change.new)]


def _compare(path: str, old: Any, new: Any) -> Iterator[Edit]:
    old_inside, new_inside = _opened(old), _opened(new)
    if isinstance(old_inside, Mapping) and isinstance(new_inside, Mapping):
        yield from _members(path, old_inside, new_inside)
    elif isinstance(old_inside, list) and isinstance(new_inside, list):
        yield from _elements(path, old_inside, new_inside)
    elif _canonical(old) != _canonical(new):
        yield Edit(path, "replace", old, new)


def _opened(value: Any) -> Any:
    """The container inside a value: itself, or the JSON in a text (policy documents)."""
    if is_secret(value) or is_unknown_marker(value):
        return None
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except ValueError:
            return None
    return value


def _members(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Edit]:
    for name in [*old, *(name for name in new if name not in old)]:
        inner = f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
        if name not in new:
            yield Edit(inner, "remove", old[name], None)
        elif name not in old:
            yield Edit(inner, "add", None, new[name])
        else:
            yield from _compare(inner, old[name], new[name])


def _elements(path: str, old: Sequence[Any], new: Sequence[Any]) -> Iterator[Edit]:
    removed, added = _without_equals(old, new)
    if not removed and not added:
        if [_canonical(item) for item in old] != [_canonical(item) for item in new]:
            yield Edit(path, "order", old, new)
        return
    for before, after in _pairs(old, new, removed, added):
        yield from _compare(f"{path}/{after}", old[before], new[after])
    # A plain element next to a secret one may be the same value before it was marked as secret, so both are masked.
    hide = any(is_secret(old[n]) for n in removed) or any(is_secret(new[n]) for n in added)
    yield from (Edit(f"{path}/{n}", "remove", _HIDDEN if hide else old[n], None) for n in removed)
    yield from (Edit(f"{path}/{n}", "add", None, _HIDDEN if hide else new[n]) for n in added)


def _without_equals(old: Sequence[Any], new: Sequence[Any]) -> tuple[list[int], list[int]]:
    """The positions whose elements have no equal on the other side."""
    waiting: dict[str, list[int]] = {}
    for position, item in enumerate(old):
        waiting.setdefault(_canonical(item), []).append(position)
    added = []
    for position, item in enumerate(new):
        equals = waiting.get(_canonical(item))
        if equals:
            equals.pop(0)
        else:
            added.append(position)
    return sorted(n for positions in waiting.values() for n in positions), added


def _pairs(old: Sequence[Any], new: Sequence[Any], removed: list[int], added: list[int]) -> list[tuple[int, int]]:
    """Elements that are the same before and after; they are removed from `removed` and `added`."""
    by_name = {_identity(old[n]): n for n in reversed(removed)}
    pairs = []
    for after in list(added):
        identity = _identity(new[after])
        before = by_name.pop(identity, None) if identity else None
        if before is None and after in removed and _alike(old[after], new[after]):
            before = after
        if before is not None and before in removed:
            removed.remove(before)
            added.remove(after)
            pairs.append((before, after))
    return pairs


def _identity(item: Any) -> str:
    if not isinstance(item, Mapping):
        return ""
    name = next((name for name in _IDENTITY if isinstance(item.get(name), str)), None)
    return f"{name}={item[name]}" if name else ""


def _alike(old: Any, new: Any) -> bool:
    """Whether two elements at one position are versions of the same element: mappings without distinct identities."""
    return isinstance(old, Mapping) and isinstance(new, Mapping) and _identity(old) == _identity(new)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
