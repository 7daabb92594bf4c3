"""Unreturned paths: declared and written, but not returned by reads (CC47), so that drift there can't be seen.

Such a path is stored as a pattern (`*` for any item of a list), never with an item's position, which may change. It
applies only as long as no read returns a value there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.schema.pointer import WILDCARD, PointerSet, format_pointer, get, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.schema.pointer import Path
    from cloudwright.state.records import Record


def pattern_of(document: Mapping[str, Any], path: Path) -> Path | None:
    """A path with `*` for the items of lists; `None` for an item itself, since reads do return its list."""
    items = [isinstance(get(document, path[:length]), list | tuple) for length in range(len(path))]
    if not items or items[-1]:
        return None
    return tuple(WILDCARD if item else segment for item, segment in zip(items, path, strict=True))


def still_unreturned(record: Record, live: Mapping[str, Any]) -> tuple[str, ...]:
    """The record's unreturned paths that it still declares and that this read does not return either."""
    return tuple(
        pointer
        for pointer in record.unreturned
        if holds(record.declared, parse(pointer)) and not holds(live, parse(pointer))
    )


def is_unobservable(path: Path, kind: str, unreturned: tuple[str, ...]) -> bool:
    """Whether a difference may exist only because reads never return the path.

    Args:
        path: Where the live document differs from the declared one.
        kind: The kind of difference; only what the live document lacks can be unobservable.
        unreturned: From `still_unreturned` for the same read.
    """
    return kind == "add" and bool(unreturned) and PointerSet.of(unreturned).covers(path)


def holds(document: Mapping[str, Any], pattern: Path) -> bool:
    """Whether a document has a value at any path that a pattern names.

    Args:
        document: Declared, or an answer of a read.
        pattern: From `pattern_of`.
    """
    return any(get(document, path) is not None for path in PointerSet([pattern]).expand(document))


def pointers(patterns: tuple[Path, ...]) -> tuple[str, ...]:
    """Patterns as a record stores them, without duplicates."""
    return tuple(dict.fromkeys(map(format_pointer, patterns)))
