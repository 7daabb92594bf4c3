"""Two texts of several lines, compared by line: for a Dockerfile, a YAML document or user data."""

from __future__ import annotations

import base64
from difflib import SequenceMatcher
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass
from cloudwright.render.terminal.escaping import ELLIPSIS, cells, clip, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    _Opcode = tuple[str, int, int, int, int]
    """Kind, start and end of the old lines, start and end of the new lines, as `difflib` returns them."""

_SHORTEST_BASE64 = 16
"""Below this many characters, a word may look like Base64 by chance."""

_A_RUN = 5
"""Limit of lines shown for one run of removed or added lines in a long comparison."""

_BEFORE = 8
"""Characters shown before the place where a long line differs."""

_MATCHED = 4_000
"""Up to this many lines, equal lines are searched; in larger texts only the common beginning and end are left out."""

_UNENDED = "  # no line break at the end"


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a comparison.

    Attributes:
        mark: `-` removed, `+` added, a blank for an unchanged line, empty for the dots between two places.
        text: The line, printable.
        start: The first character that differs from the line that it replaces or that replaces it.
    """

    mark: str
    text: str
    start: int = 0

    def clipped(self, space: int) -> str:
        """The part that shows the difference.

        Args:
            space: Columns.
        """
        if cells(self.text) <= space or cells(self.text[: self.start]) < space // 2:
            return clip(self.text, space)
        return clip(ELLIPSIS + self.text[self.start - _BEFORE :], space)


def texts_of(old: object, new: object) -> tuple[str, str] | None:
    """Two texts to compare by line: the values themselves, or what both encode in Base64.

    Args:
        old: Any JSON; as `new`.
        new: Any JSON.
    """
    if not isinstance(old, str) or not isinstance(new, str):
        return None
    if _long(old) or _long(new):
        return old, new
    before, after = _from_base64(old), _from_base64(new)
    return (before, after) if before != after and before and after and (_long(before) or _long(after)) else None


def _long(text: str) -> bool:
    return "\n" in text[:-1]


def _from_base64(value: str) -> str:
    """The decoded text; empty if it is not Base64 of a text."""
    if len(value) < _SHORTEST_BASE64 or len(value) % 4:
        return ""
    try:
        return base64.b64decode(value, validate=True).decode()
    except ValueError:
        return ""


def diff_lines(old: str, new: str) -> list[DiffLine]:
    """The lines that change, each with one unchanged line before and after it.

    Args:
        old: Any text; as `new`.
        new: Any text.
    """
    before, after = _lines(old), _lines(new)
    found: list[DiffLine] = []
    for group in _groups(before, after):
        if found:
            found.append(DiffLine("", ELLIPSIS))
        for kind, i, j, k, m in group:
            found += _same(before[i:j]) if kind == "equal" else _changed(before[i:j], after[k:m])
    return found


def bounded(lines: Sequence[DiffLine], most: int) -> tuple[list[DiffLine], int]:
    """Some of the changed lines of both sides, and the number of omitted ones.

    Args:
        lines: As `diff_lines` returns them.
        most: Lines to keep.
    """
    if len(lines) <= most:
        return list(lines), 0
    kept: list[DiffLine] = []
    for mark, run in groupby(lines, attrgetter("mark")):
        part = list(run)
        kept += [*part[:_A_RUN], DiffLine("", ELLIPSIS)] if mark and len(part) > _A_RUN else part
    kept = kept[:most]
    while kept and kept[-1].mark in {"", " "}:
        kept.pop()
    return kept, _count(lines) - _count(kept)


def _count(lines: Sequence[DiffLine]) -> int:
    return sum(line.mark in {"-", "+"} for line in lines)


def _groups(old: Sequence[str], new: Sequence[str]) -> Iterable[Iterable[_Opcode]]:
    if len(old) + len(new) <= _MATCHED:
        return SequenceMatcher(None, old, new).get_grouped_opcodes(1)
    first = _common(old, new)
    last = min(_common(old[::-1], new[::-1]), min(len(old), len(new)) - first)
    i, j = len(old) - last, len(new) - last
    before = ("equal", max(0, first - 1), first, max(0, first - 1), first)
    after = ("equal", i, min(i + 1, len(old)), j, min(j + 1, len(new)))
    return [[before, ("replace", first, i, first, j), after]]


def _lines(text: str) -> list[str]:
    """The lines of a text with their breaks; only a line feed is one."""
    *ended, last = text.split("\n")
    return [f"{line}\n" for line in ended] + ([last] if last else [])


def _same(lines: Sequence[str]) -> Iterator[DiffLine]:
    return (DiffLine(" ", visible(line.removesuffix("\n"))) for line in lines)


def _changed(old: Sequence[str], new: Sequence[str]) -> Iterator[DiffLine]:
    removed, added = [_with_visible_end(line) for line in old], [_with_visible_end(line) for line in new]
    starts = [_common(a, b) for a, b in zip(removed, added, strict=False)] if len(removed) == len(added) else []
    for mark, texts in (("-", removed), ("+", added)):
        yield from (DiffLine(mark, text, starts[n] if starts else 0) for n, text in enumerate(texts))


def _with_visible_end(line: str) -> str:
    """A changed line with blanks and a missing line break at its end made visible."""
    body = line.removesuffix("\n")
    bare = body.rstrip(" ")
    return visible(bare) + "\\x20" * (len(body) - len(bare)) + ("" if line.endswith("\n") else _UNENDED)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the common prefix of two sequences."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
