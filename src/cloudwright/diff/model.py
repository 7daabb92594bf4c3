"""The result of a comparison, as plain data."""

from __future__ import annotations

from typing import Literal

from cloudwright.lazy_dataclass import dataclass

Path = tuple[str, ...]
"""Keys and decimal array positions from the root of a document; `()` is the document itself."""

Kind = Literal["add", "remove", "replace", "order"]

VALUE_DIFFERS = "the declared value differs"
MISSING = "declared, but missing"
NO_LONGER = "no longer declared"
REORDERED = "the same elements in another order"
KNOWN_LATER = "known after deploy"
"""The usual reasons of a difference."""

END = "-"
"""The position after an array's last element (RFC 6901)."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One path at which two documents of a type differ.

    Attributes:
        path: The path in the desired document. For a `remove` the last token is that of the document declared before;
            for a foreign element it is the baseline's.
        kind: `order` means that an ordered list has the same elements in another order.
        old: The value before, masked; `None` for an `add`.
        new: The value after, masked; `None` for a `remove`.
        reason: Why it counts, a sentence for messages.
        secret: `old` or `new` contains a masked value.
        unknown: The new value is known only after other resources are deployed; it may turn out equal.
        at: The path in the baseline, whose arrays may have another order.
        unsettable: A write-only value is no longer declared; no update can unset it (CC11).
        edited: The live value, which is removed as a whole, is not what the program declared before either: it was
            changed outside cloudwright.
        sequence: For a list's order, or a new element of an ordered list: the live position of each desired element.
        foreign: An element of a collection that was added outside cloudwright, so it stays.
        displaces: The new value replaces a foreign element, because the list is full.
        positions: Where in `path` a segment is an element's position; a map's key may look like one.
    """

    path: Path
    kind: Kind
    old: object = None
    new: object = None
    reason: str = ""
    secret: bool = False
    unknown: bool = False
    at: Path = ()
    unsettable: bool = False
    foreign: bool = False
    edited: bool = False
    displaces: bool = False
    sequence: tuple[int | None, ...] = ()
    positions: tuple[int, ...] = ()

    @property
    def is_element(self) -> bool:
        """Whether the path ends in the position of a list's element."""
        return bool(self.positions) and self.positions[-1] == len(self.path) - 1
