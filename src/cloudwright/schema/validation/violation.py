"""A violation of a type's schema by a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing wrong with a document.

    Attributes:
        path: From the document's top: property names, map keys and list indices as strings. For a missing
            property the object that lacks it; for an unknown one the property itself.
        rule: The schema's keyword (`type`, `required`, `additionalProperties`, `enum`, `pattern`, `oneOf`, ...) or
            `readOnly`.
        message: What is wrong, without the path; never shows a secret.
        suggestion: The property name or value that was probably meant; empty if none is near.
        strict: True for what AWS's registry always refuses (types, required, unknown and read-only properties,
            combinations); False for enums, patterns, lengths, counts, formats and ranges, for which the bundled schemas
            are stricter than the service (warnings unless values are checked strictly).
        expected: The keyword's own argument: the type or types, the enum, the limit, the name of the missing property.
        found: The JSON type of the value at the path; empty if it doesn't help.
        unquoted: The number or boolean that a text holds where one is needed, as JSON; empty for anything else.
    """

    path: tuple[str, ...]
    rule: str
    message: str
    suggestion: str = ""
    strict: bool = True
    expected: object = None
    found: str = ""
    unquoted: str = ""

    @property
    def text(self) -> str:
        """The message with the suggestion, still without the path."""
        return f"{self.message}; did you mean {self.suggestion!r}?" if self.suggestion else self.message

    @property
    def as_shown(self) -> tuple[tuple[str, ...], str]:
        """The parts that a reader sees; violations that look the same are reported once."""
        return self.path, self.text

    def __str__(self) -> str:
        return f"{'/'.join(self.path)}: {self.text}" if self.path else self.text


def distinct(violations: Iterable[Violation]) -> list[Violation]:
    """Violations without duplicates: two keywords may check the same value.

    Args:
        violations: In any order, which is kept.
    """
    first: dict[tuple[tuple[str, ...], str], Violation] = {}
    for violation in violations:
        first.setdefault(violation.as_shown, violation)
    return list(first.values())
