"""Values by path pattern: the companion of `PointerSet`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from cloudwright.schema.pointer import WILDCARD, PointerSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cloudwright.schema.pointer import Path

V = TypeVar("V")


class PointerMap(Generic[V]):
    """An immutable map from path patterns to values; `*` in a pattern stands for any item or key.

    Attributes:
        pointers: The patterns as a set, for `matches`, `covers` and `expand`.
    """

    __slots__ = ("_values", "pointers")

    def __init__(self, values: Mapping[Path, V] | None = None) -> None:
        """Index the patterns.

        Args:
            values: Path pattern -> value.
        """
        self._values = dict(values or {})
        self.pointers: PointerSet = PointerSet(self._values)

    def at(self, path: Path) -> V | None:
        """The value whose pattern matches a concrete path, or `None`.

        A value may be falsy or even `None`; use `pointers.matches` if that matters.

        Args:
            path: A concrete path, or a pattern of this map.
        """
        if path in self._values:
            return self._values[path]
        for pattern, value in self._values.items():
            if len(pattern) == len(path) and all(
                part in {WILDCARD, segment} for part, segment in zip(pattern, path, strict=True)
            ):
                return value
        return None

    def items(self) -> Iterable[tuple[Path, V]]:
        """The patterns with their values."""
        return self._values.items()

    def __iter__(self) -> Iterator[Path]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PointerMap) and self._values == other._values

    def __hash__(self) -> int:
        return hash(frozenset(self._values))

    def __repr__(self) -> str:
        return f"PointerMap({self._values!r})"
