"""Which attributes of a resource an update in place may change.

An attribute keeps its value unless something says that it may change: an override, a word in its name, such as
`Latest` or `Status`, or the change of the property whose value it repeats. Identifiers and create-only values
never change in place.
"""

from __future__ import annotations

import json
import pathlib
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass
from cloudwright.schema.pointer import is_within, overlaps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloudwright.schema.pointer import Path
    from cloudwright.schema.resource_type import ResourceType

_CAMEL = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+\d*|[A-Z]+|\d+")
_NAMES_SOMETHING = frozenset({"Arn", "ARN", "Id", "ID", "Ids", "Arns", "Identifier", "Name", "Uuid", "UUID"})
"""Last words of attributes that name something else or the resource itself."""


@dataclass(frozen=True, slots=True)
class WordRule:
    """Words in an attribute's name that show that it may change.

    Attributes:
        kind: `version`, `time`, `status` or `measure`.
        why: Completes the sentence "the attribute ...".
        words: A word, or several in a row, of the name in camel case.
        in_identifiers: Whether the words count in a name that ends in `Id`, `Arn` or `Name`, too.
        source: A page of AWS's documentation with such an attribute.
        date: When it was read, as YYYY-MM-DD.
    """

    kind: str
    why: str
    words: tuple[tuple[str, ...], ...]
    in_identifiers: bool
    source: str
    date: str


@lru_cache(maxsize=1)
def word_rules() -> tuple[WordRule, ...]:
    """The rules for names, from the package's data."""
    file = pathlib.Path(__file__).parent / "data" / "changing_words.json"
    return tuple(
        WordRule(**{**rule, "words": tuple(tuple(words.split()) for words in rule["words"])})
        for rule in json.loads(file.read_text("utf-8"))
    )


def why_it_may_change(kind: ResourceType, path: Path, changed: Iterable[Path] = ()) -> str:
    """The reason why an update in place may change an attribute; empty if it may not.

    Args:
        kind: The resource's type.
        path: The attribute.
        changed: The properties that the update changes.
    """
    override, changed = kind.override, tuple(changed)
    if path in kind.identifiers or kind.create_only.covers(path) or override.stable_outputs.covers(path):
        return ""
    own = (*_by_data(kind, path, changed), *_by_words(kind, path), *_by_changes(kind, path, changed))
    inside = (member for member in (*kind.read_only, *override.changing_outputs.pointers) if _inside(member, path))
    return own[0] if own else next(filter(None, (why_it_may_change(kind, each, changed) for each in inside)), "")


def causes(kind: ResourceType, path: Path) -> tuple[str, ...]:
    """The properties whose change may change an otherwise stable attribute, as far as is known.

    Args:
        kind: The resource's type.
        path: The attribute.
    """
    known = _causes_in_data(kind, path) or []
    repeated = path[-1] if kind.read_only.covers(path) else ""
    changeable = repeated in kind.properties and kind.settable((repeated,)) and not kind.create_only.covers((repeated,))
    return (*known, *([repeated] if changeable and len(path) > 1 else []))


def _causes_in_data(kind: ResourceType, path: Path) -> list[str] | None:
    known = kind.override.changing_outputs
    starts = (path[:length] for length in range(1, len(path) + 1))
    return next((found for start in starts if (found := known.at(start)) is not None), None)


def _by_data(kind: ResourceType, path: Path, changed: Iterable[Path]) -> Iterator[str]:
    causing = _causes_in_data(kind, path)
    if causing == []:
        yield "changes with any update"
    yield from (f"follows {other[0]}" for other in changed if causing and other[0] in causing)


def _inside(member: Path, path: Path) -> bool:
    return len(member) > len(path) and is_within(member, path)


def _by_words(kind: ResourceType, path: Path) -> Iterator[str]:
    is_version = _words(kind.name.rpartition("::")[2])[-1:] == ("Version",)
    for segment in path:
        words = _words(segment)
        names_something = words[-1:] and words[-1] in _NAMES_SOMETHING
        for rule in word_rules():
            # A resource that is itself a version keeps its number.
            if (rule.in_identifiers or not names_something) and not (is_version and rule.kind == "version"):
                yield from (rule.why for each in rule.words if _holds(words, each))


def _by_changes(kind: ResourceType, path: Path, changed: Iterable[Path]) -> Iterator[str]:
    """Whether the update changes the property itself, or the one whose value the attribute repeats."""
    repeats = kind.read_only.covers(path)
    for other in changed:
        same = overlaps(other, path)
        if same or (repeats and len(other) == 1 and other[0] == path[-1]):
            yield f"follows {other[0]}"


def _holds(words: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return any(words[start : start + len(wanted)] == wanted for start in range(len(words)))


def _words(name: str) -> tuple[str, ...]:
    return tuple(_CAMEL.findall(name))
