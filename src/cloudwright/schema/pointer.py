"""Pointers to properties: paths as tuples, and sets of paths in which `*` stands for any item or key.

A path is a tuple of strings without the leading `properties` of a schema's pointers. In a concrete path, array
items are their index as text and map values their key; in a pattern both are `*`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias, TypeGuard

Path: TypeAlias = tuple[str, ...]
"""The path of a value in a document; `()` is the document itself."""

WILDCARD = "*"
"""Any array item, any map key."""

_ROOT = "properties"
_ABSENT = object()


def parse(text: str) -> Path:
    """Read a pointer.

    Args:
        text: `/properties/A/B` as schemas write it, or `/A/B` as patches do. A missing first slash is accepted.

    Returns:
        `("A", "B")`, with RFC 6901's escapes resolved.
    """
    body = text.removeprefix("/")
    if not body:
        return ()
    segments = tuple(segment.replace("~1", "/").replace("~0", "~") for segment in body.split("/"))
    return segments[1:] if segments[0] == _ROOT and len(segments) > 1 else segments


def format_pointer(path: Iterable[str]) -> str:
    """Write a path as an RFC 6901 pointer.

    Args:
        path: Segments; `~` and `/` inside them are escaped, the tilde first (CC18).

    Returns:
        `/A/B`; the empty text for the document itself.
    """
    return "".join("/" + segment.replace("~", "~0").replace("/", "~1") for segment in path)


def format_property(path: Iterable[str]) -> str:
    """Write a path as schemas and identifiers in JSON form do: `/properties/A/B`."""
    return f"/{_ROOT}{format_pointer(path)}"


def is_within(path: Path, place: Path) -> bool:
    """Whether a path is this one or lies below it. Both are concrete: no wildcards."""
    return path[: len(place)] == place


def is_within_any(path: Path, places: Iterable[Path]) -> bool:
    """Whether a path is one of these or lies below one."""
    return any(path[: len(place)] == place for place in places)


def overlaps(one: Path, other: Path) -> bool:
    """Whether one path lies below the other, in either direction."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def get(document: object, path: Iterable[str], default: object = None) -> object:
    """Look up a concrete path in a document.

    Args:
        document: Mappings, sequences and scalars, nested.
        path: Concrete segments; array items by index.
        default: What to answer if the path leads nowhere.
    """
    here = document
    for segment in path:
        here = _child(here, segment)
        if here is _ABSENT:
            return default
    return here


def _child(value: object, segment: str) -> object:
    if isinstance(value, (dict, Mapping)):
        return value.get(segment, _ABSENT)
    if _is_array(value) and segment.isdecimal() and int(segment) < len(value):
        return value[int(segment)]
    return _ABSENT


def walk_leaves(document: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Every scalar of a document with its concrete path. Empty objects and arrays count as leaves."""
    children = list(_children(document))
    if not children:
        yield path, document
    for segment, child in children:
        yield from walk_leaves(child, (*path, segment))


_SCALARS = (str, int, float, type(None))
"""Types of most values of a document. They have no children; asking the abstract `Mapping` takes far longer."""


def _children(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, _SCALARS):
        return
    if isinstance(value, (dict, Mapping)):
        yield from value.items()
    elif _is_array(value):
        for index, item in enumerate(value):
            yield str(index), item


def _is_array(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


class _Branch:
    """One level of the trie."""

    __slots__ = ("below", "member")

    def __init__(self) -> None:
        self.below: dict[str, _Branch] = {}
        self.member = False

    def matching(self, segment: str) -> Iterator[_Branch]:
        if segment in self.below:
            yield self.below[segment]
        if segment != WILDCARD and WILDCARD in self.below:
            yield self.below[WILDCARD]


class PointerSet:
    """An immutable set of path patterns, kept as a trie.

    A `*` in a member stands for exactly one segment of a concrete path.
    """

    __slots__ = ("_members", "_root")

    def __init__(self, members: Iterable[Path] = ()) -> None:
        """Build the trie once; every query then costs the length of the path.

        Args:
            members: Paths, with `*` for any item or key.
        """
        self._members = tuple(dict.fromkeys(members))
        self._root = _Branch()
        for member in self._members:
            branch = self._root
            for segment in member:
                branch = branch.below.setdefault(segment, _Branch())
            branch.member = True

    @classmethod
    def of(cls, pointers: Iterable[str]) -> PointerSet:
        """The set of the paths that these pointers name (see `parse`)."""
        return cls(map(parse, pointers))

    def matches(self, path: Path) -> bool:
        """Whether the path is a member."""
        return any(branch.member for branch in self._at(path))

    def covers(self, path: Path) -> bool:
        """Whether the path or one of its ancestors is a member."""
        branches = [self._root]
        for segment in path:
            if any(branch.member for branch in branches):
                return True
            branches = [deeper for branch in branches for deeper in branch.matching(segment)]
        return any(branch.member for branch in branches)

    def reaches(self, path: Path) -> bool:
        """Whether the path is a member or an ancestor of one."""
        return any(branch.member or branch.below for branch in self._at(path))

    def expand(self, document: object) -> Iterator[Path]:
        """The concrete paths of a document that are members, in the document's order."""
        yield from _expand([self._root], document, ())

    def _at(self, path: Path) -> list[_Branch]:
        branches = [self._root]
        for segment in path:
            branches = [deeper for branch in branches for deeper in branch.matching(segment)]
        return branches

    def __iter__(self) -> Iterator[Path]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __bool__(self) -> bool:
        return bool(self._members)

    def __contains__(self, path: object) -> bool:
        return isinstance(path, tuple) and self.matches(path)

    def __repr__(self) -> str:
        return f"PointerSet({', '.join(map(format_pointer, self._members))})"


def _expand(branches: list[_Branch], document: object, path: Path) -> Iterator[Path]:
    if any(branch.member for branch in branches):
        yield path
    if isinstance(document, _SCALARS) or not any(branch.below for branch in branches):
        return
    for segment, child in _children(document):
        deeper = [found for branch in branches for found in branch.matching(segment)]
        if deeper:
            yield from _expand(deeper, child, (*path, segment))
