"""Places in documents: property pointers with `*`, followed into what a document really holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

Path = tuple[str, ...]

MISSING: Any = object()
"""What `look` answers where a document holds nothing."""


def schema_pointer(path: Path) -> str:
    """A path as the messages name it: `/properties/Distributions/*/Region`."""
    return "/properties/" + "/".join(path)


def expand(document: Any, pattern: Path) -> list[Path]:
    """The places that a pointer names in a document and that the document holds.

    Args:
        document: JSON.
        pattern: Tokens; `*` stands for every item or member. An array on the way may also be passed without one, as
            some schemas write it.
    """
    if not pattern:
        return [()]
    head, rest = pattern[0], pattern[1:]
    if isinstance(document, list):
        # some pointers skip the `*` of an array on their way
        rest = rest if head == "*" else pattern
        return [(str(at), *more) for at, item in enumerate(document) for more in expand(item, rest)]
    if not isinstance(document, dict):
        return []
    keys = list(document) if head == "*" else [head] if head in document else []
    return [(key, *more) for key in keys for more in expand(document[key], rest)]


def look(document: Any, path: Path) -> Any:
    """What a document holds at an exact place, or `MISSING`."""
    for token in path:
        if isinstance(document, dict) and token in document:
            document = document[token]
        elif isinstance(document, list) and token.isdigit() and int(token) < len(document):
            document = document[int(token)]
        else:
            return MISSING
    return document


def drop(document: Any, path: Path) -> None:
    """Take a place out of a document; list items are left alone, since others would move up."""
    parent = look(document, path[:-1])
    if isinstance(parent, dict):
        parent.pop(path[-1], None)


def put(document: Any, path: Path, value: Any) -> bool:
    """Set a place whose parent exists or can be made of plain objects; says whether it could."""
    for token in path[:-1]:
        document = document.setdefault(token, {}) if isinstance(document, dict) else look(document, (token,))
    if not isinstance(document, dict):
        return False
    document[path[-1]] = value
    return True


def without(document: Any, patterns: Iterable[Path]) -> Any:
    """A copy of a document that lacks what the pointers name; objects that this empties go too."""
    copied = clone(document)
    for pattern in patterns:
        for path in expand(copied, pattern):
            drop(copied, path)
            _prune(copied, path[:-1])
    return copied


def _prune(document: Any, path: Path) -> None:
    while path and look(document, path) == {} and not path[-1].isdigit():
        drop(document, path)
        path = path[:-1]


def clone(document: Any) -> Any:
    """A deep copy of JSON; an order of magnitude faster than `copy.deepcopy`."""
    if isinstance(document, dict):
        return {key: clone(value) for key, value in document.items()}
    if isinstance(document, list):
        return [clone(item) for item in document]
    return document


def at_or_below(path: Path, pattern: Path) -> bool:
    """Whether a place is what a pointer names, or inside it."""
    if len(path) < len(pattern):
        return False
    for token, wanted in zip(path, pattern, strict=False):  # noqa: SIM110 - asked of every place for every pointer
        if wanted not in ("*", token):
            return False
    return True
