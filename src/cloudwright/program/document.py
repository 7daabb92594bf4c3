"""Property documents with references: read from a program, resolved to values, written as plan data.

A document is JSON whose leaves may also be `Ref`, `Text` (both before resolving), `Unknown` (after resolving) and
`Secret`. Everything here is pure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeGuard

from cloudwright.errors import ProgramError, ReferenceMisuse
from cloudwright.lazy_dataclass import dataclass
from cloudwright.program.asset_content import Asset
from cloudwright.program.awaitable import refuse_unawaited
from cloudwright.program.reference import Ref, Referable, ReferenceTable, Text, looks_marked
from cloudwright.secret import SECRET_MARKER, Secret

if TYPE_CHECKING:
    from cloudwright.schema.pointer import Path

Lookup = Callable[[Ref], Any]
"""Returns the value of a reference, or an `Unknown`."""

UNKNOWN_MARKER = "$unknown"
"""The only key of an unknown value's marker in plan data; its value is the reference."""

_UNQUOTED = frozenset('"\\')

_PLAIN = frozenset({str, int, float, bool, type(None)})
"""Types of most leaves; they contain nothing, so they are handled first."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that is known only after deploy.

    Attributes:
        ref: Its source.
        prior: The value before, if it may stay the same.
        former: The value before, if it certainly won't stay the same.
    """

    ref: Ref
    prior: object = None
    former: object = None


def is_unknown(value: object) -> bool:
    """Whether a value of a resolved document is known only after deploy."""
    return isinstance(value, Unknown)


def is_unknown_marker(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether a value of plan data is the marker of one that is known only after deploy: `{"$unknown".

    "KEY:/Path"}`.
    """
    return isinstance(value, dict) and len(value) == 1 and UNKNOWN_MARKER in value


def holds_unknown(value: object) -> bool:
    """Whether any part of a resolved document is known only after deploy."""
    match value:
        case Unknown():
            return True
        case dict():
            return any(holds_unknown(member) for member in value.values())
        case list():
            return any(holds_unknown(item) for item in value)
    return False


def read(value: object, table: ReferenceTable, path: Path = ()) -> Any:
    """Convert the program's values into a document; `None` members are left out (CC20).

    Args:
        value: Any JSON value, references, resource handles and secrets.
        table: The references of the running pass.
        path: The path of the value, for messages.

    Raises:
        ProgramError: The value can't be part of a document.
        ReferenceMisuse: It holds a fragment of a reference.
    """
    if type(value) is str:
        return table.parse(value)
    match value:
        case None | bool() | int() | Ref() | Text() | Asset():
            return value
        case Secret():
            return _without_references(value, path)
        case str():
            return table.parse(value)
        case float():
            return _finite(value, path)
        case Referable():
            return value.identifier_ref()
        case Mapping():
            return {_name(name, path): read(v, table, (*path, str(name))) for name, v in value.items() if v is not None}
        case list() | tuple():
            return [read(v, table, (*path, str(n))) for n, v in enumerate(value) if v is not None]
    refuse_unawaited(value, _at(path))
    raise ProgramError(f"{_at(path)}: a {type(value).__name__} can't be sent as JSON", hint=_ADVICE)


_ADVICE = "use strings, numbers, booleans, lists and mappings; turn dates and paths into text, sets into sorted lists"


def _without_references(secret: Secret, path: Path) -> Secret:
    """The secret itself. Nothing is resolved inside it, so a reference there would be sent unresolved."""
    refuse_unawaited(secret.reveal(), _at(path))
    if _holds_reference(secret.reveal()):
        raise ReferenceMisuse(
            f"{_at(path)}: a secret can't contain a reference",
            hint="await the resource first and wrap its plain value, or pass the reference without `secret`",
        )
    return secret


def _holds_reference(value: object) -> bool:
    match value:
        case str():
            return looks_marked(str.__str__(value))
        case Referable():
            return True
        case Mapping():
            return any(_holds_reference(item) for pair in value.items() for item in pair)
        case list() | tuple():
            return any(_holds_reference(item) for item in value)
    return False


def _finite(value: float, path: Path) -> float:
    if math.isfinite(value):
        return value
    raise ProgramError(f"{_at(path)}: {value} is not a JSON number")


def _name(name: object, path: Path) -> str:
    if not isinstance(name, str):
        raise ProgramError(f"{_at(path)}: the key {name!r} is a {type(name).__name__}; keys are strings")
    text = str.__str__(name)
    if looks_marked(text):
        raise ReferenceMisuse(
            f"{_at(path)}: a reference can't be a mapping key", hint="await the resource first and use its plain value"
        )
    return text


def _at(path: Path) -> str:
    return "/" + "/".join(path)


def references(document: object, path: Path = ()) -> Iterator[tuple[Path, Ref]]:
    """Every path of a document that refers to a resource, texts included."""
    match document:
        case Ref():
            yield path, document
        case Text():
            yield from ((path, part) for part in document.parts if isinstance(part, Ref))
        case dict():
            for name, value in document.items():
                if type(value) not in _PLAIN:
                    yield from references(value, (*path, name))
        case list():
            for number, value in enumerate(document):
                if type(value) not in _PLAIN:
                    yield from references(value, (*path, str(number)))


def outlines(document: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text of a document that holds references, with a word in place of each."""
    match document:
        case Text():
            yield path, "".join(part if isinstance(part, str) else PLACEHOLDER for part in document.parts)
        case dict():
            for name, value in document.items():
                if type(value) not in _PLAIN:
                    yield from outlines(value, (*path, name))
        case list():
            for number, value in enumerate(document):
                if type(value) not in _PLAIN:
                    yield from outlines(value, (*path, str(number)))


PLACEHOLDER = "reference"
"""Replaces a reference in an outline: like real values inside a text, it has no quotes and no line ends."""


def resolve(document: Any, lookup: Lookup) -> Any:
    """Replace references by values; members whose value is `None` are left out.

    Args:
        document: A document of one declaration.
        lookup: Returns a value, a `Secret` or an `Unknown` for each reference.

    Raises:
        ReferenceMisuse: A value can't be part of a larger string.
    """
    if type(document) in _PLAIN:
        return document
    match document:
        case Ref():
            return lookup(document)
        case Text():
            return _join(document, lookup)
        case dict():
            resolved = ((name, resolve(value, lookup)) for name, value in document.items())
            return {name: value for name, value in resolved if value is not None}
        case list():
            return [value for value in (resolve(item, lookup) for item in document) if value is not None]
    return document


def _join(text: Text, lookup: Lookup) -> Any:
    values = [(part, part if isinstance(part, str) else lookup(part)) for part in text.parts]
    for _, value in values:
        if isinstance(value, Unknown):
            return value
    secret = any(isinstance(value, Secret) for _, value in values)
    joined = "".join(part if isinstance(part, str) else _inline(part, value) for part, value in values)
    return Secret(joined) if secret else joined


def _inline(ref: Ref, value: object) -> str:
    plain = value.reveal() if isinstance(value, Secret) else value
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, int | float):
        return str(plain)
    if isinstance(plain, str) and not any(c in _UNQUOTED or ord(c) < 32 for c in plain):
        return plain
    raise ReferenceMisuse(
        f"the value of {ref} can't be part of a larger string: only plain text and numbers without quotes can",
        hint="use it alone as a property, or await the resource and build the text in Python",
    )


def encode(document: Any, fingerprint: Callable[[object], str]) -> Any:
    """Convert a resolved document to plan data, with markers for unknown and secret values.

    Args:
        document: A resolved document.
        fingerprint: Returns the keyed fingerprint of a secret.
    """
    if type(document) in _PLAIN:
        return document
    match document:
        case Unknown():
            return {UNKNOWN_MARKER: str(document.ref)}
        case Secret():
            return {SECRET_MARKER: fingerprint(document.reveal())}
        case dict():
            return {name: encode(value, fingerprint) for name, value in document.items()}
        case list():
            return [encode(value, fingerprint) for value in document]
    return document


def outline(document: Any, fingerprint: Callable[[object], str]) -> Any:
    """Convert an unresolved document for a digest: references by key and path, secrets by fingerprint."""
    if type(document) in _PLAIN:
        return document
    match document:
        case Ref():
            return {"$ref": str(document)}
        case Text():
            return {"$text": [part if isinstance(part, str) else {"$ref": str(part)} for part in document.parts]}
        case Secret():
            return {SECRET_MARKER: fingerprint(document.reveal())}
        case Asset():
            return {"$asset": document.key}
        case dict():
            return {name: outline(value, fingerprint) for name, value in document.items()}
        case list():
            return [outline(value, fingerprint) for value in document]
    return document


def reveal(document: Any) -> Any:
    """A resolved document with its secrets in plain text, only for the body of a request."""
    match document:
        case Secret():
            return document.reveal()
        case dict():
            return {name: reveal(value) for name, value in document.items()}
        case list():
            return [reveal(value) for value in document]
    return document
