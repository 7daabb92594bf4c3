"""The closest match for a misspelt word."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_CUTOFF = 0.72
_SHORTEST_PREFIX = 4
_SEPARATORS = str.maketrans("", "", "_- ")


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that a misspelt word most likely means.

    Spelling that differs by case alone wins, then underscores and hyphens (`launch_permission`), then a unique
    beginning (`LaunchPermission`), then the nearest by similarity.

    Returns:
        One of the candidates, or `None` if none is close. The word itself is never suggested.
    """
    others = [candidate for candidate in candidates if candidate != word]
    for fold in (str.casefold, _fold):
        same = [candidate for candidate in others if fold(candidate) == fold(word)]
        if same:
            return same[0]
    folded = {_fold(candidate): candidate for candidate in reversed(others)}
    return _only_beginning(_fold(word), folded) or _nearest(_fold(word), folded)


def _fold(word: str) -> str:
    return word.casefold().translate(_SEPARATORS)


def _only_beginning(word: str, folded: dict[str, str]) -> str | None:
    if len(word) < _SHORTEST_PREFIX:
        return None
    longer = [candidate for text, candidate in folded.items() if text.startswith(word)]
    return longer[0] if len(longer) == 1 else None


def _nearest(word: str, folded: dict[str, str]) -> str | None:
    """The most similar one, if it is few edits away: a common ending alone doesn't make long words similar.

    Of two that are equally near, the one with the same letters wins: `us-aest-1` rather means `us-east-1` than
    `us-west-1`.
    """
    close = difflib.get_close_matches(word, folded, n=5, cutoff=_CUTOFF)
    best = min(close, key=lambda text: (_edits(word, text), sorted(text) != sorted(word)), default="")
    return folded[best] if best and _edits(word, best) <= max(2, len(word) // 4) else None


def _edits(one: str, other: str) -> int:
    """Levenshtein's distance, in which two exchanged neighbours are one edit (optimal string alignment)."""
    earlier: list[int] = []
    row = list(range(len(other) + 1))
    for index, character in enumerate(one, 1):
        above, row, before = row, [index], earlier
        for column, candidate in enumerate(other, 1):
            cost = min(above[column] + 1, row[column - 1] + 1, above[column - 1] + (character != candidate))
            if index > 1 and column > 1 and character == other[column - 2] and candidate == one[index - 2]:
                cost = min(cost, before[column - 2] + 1)
            row.append(cost)
        earlier = above
    return row[-1]
