"""The walk through a document along its schema: kinds of values, `$ref`, unknowns, secrets.

What each keyword means is in `values`, `objects` and `combinators`; `validate` puts the tables together.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloudwright.schema.validation.violation import Violation
from cloudwright.secret import MASK, Secret

if TYPE_CHECKING:
    from collections.abc import Callable

Schema = Mapping[str, Any]
Path = tuple[str, ...]
Found = list[Violation]
Check = "Callable[[DocumentWalk, Any, Schema, Any, Path, Found], None]"
"""A keyword's check: (walk, its argument, the schema around it, the value, the path, the list of violations)."""

_KINDS = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", type(None): "null"}
_ARTICLES = {"object": "an object", "array": "a list", "integer": "an integer", "null": "null"}
_ANYTHING: Schema = {}
_DEEPEST_REFERENCE = 32
_LONGEST_SHOWN = 60


class DocumentWalk:
    """One pass over one document.

    Attributes:
        doubts: How often something passed only because it is unknown or can't be checked. A branch that raised it *may*
            match.
    """

    __slots__ = ("_hidden", "_is_unknown", "_root", "_tables", "doubts")

    def __init__(
        self, root: Schema, tables: Mapping[str, Mapping[str, Any]], is_unknown: Callable[[object], bool]
    ) -> None:
        """Set up a pass.

        Args:
            root: The document that `#/...` references point into.
            tables: Kind of value -> keyword -> `Check`.
            is_unknown: Whether a value is not known yet.
        """
        self._root = root
        self._tables = tables
        self._is_unknown = is_unknown
        self._hidden = 0
        self.doubts: int = 0

    def visit(self, schema: Any, value: Any, path: Path, found: Found) -> None:
        """Check one value against one schema.

        Args:
            schema: A schema node, or JSON Schema's `True` and `False`.
            value: The value; may be a `Secret` or unknown.
            path: Its path.
            found: Receives the violations.
        """
        if self._is_unknown(value):
            self.doubts += 1
            return
        if type(value) is Secret:
            self._visit_hidden(schema, value.reveal(), path, found)
            return
        if schema is True or schema is False:
            self._visit_boolean(schema, path, found)
            return
        if "$ref" in schema:
            schema = self._resolved(schema)
        kind = _KINDS.get(type(value)) or kind_of(value)
        expected = schema.get("type")
        if (expected is not None and expected != kind and not _fits(kind, expected)) or not kind:
            found.append(self._wrong_type(expected, kind, value, path))
            return
        table = self._tables[kind]
        for keyword, argument in schema.items():
            check = table.get(keyword)
            if check is not None:
                check(self, argument, schema, value, path, found)

    def is_unknown(self, value: object) -> bool:
        """Whether a value is not known yet, itself or anywhere inside."""
        if isinstance(value, Secret):
            value = value.reveal()
        if self._is_unknown(value):
            return True
        if isinstance(value, Mapping):
            return any(map(self.is_unknown, value.values()))
        return isinstance(value, list | tuple) and any(map(self.is_unknown, value))

    @property
    def hidden(self) -> bool:
        """Whether the walk is inside a secret, whose content must not be shown."""
        return self._hidden > 0

    def show(self, value: object) -> str:
        """A value for a message: JSON, cut if long; `(secret)` if it is or holds a secret."""
        if self._hidden or _holds_secret(value):
            return MASK
        if self.is_unknown(value):
            return "(known after deploy)"
        text = json.dumps(value, ensure_ascii=False, default=repr)
        return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 3]}..."

    def shown_key(self, key: str) -> str:
        """A map's key for a path; `(secret)` inside a secret."""
        return MASK if self._hidden else key

    def _resolved(self, schema: Any) -> Any:
        """The node that a `$ref` names; a dangling or circular one allows everything (CC105).

        Keywords next to a `$ref` are ignored, as in draft-07.
        """
        for _ in range(_DEEPEST_REFERENCE):
            reference = schema.get("$ref")
            if reference is None:
                return schema
            schema = self._root
            for part in reference.split("/")[1:]:
                schema = schema.get(part) if isinstance(schema, dict) else None
            if not isinstance(schema, dict):
                return _ANYTHING
        return _ANYTHING

    def _visit_hidden(self, schema: Any, value: Any, path: Path, found: Found) -> None:
        self._hidden += 1
        try:
            self.visit(schema, value, path, found)
        finally:
            self._hidden -= 1

    def _visit_boolean(self, schema: bool, path: Path, found: Found) -> None:  # noqa: FBT001 - JSON Schema's
        if not schema:
            found.append(Violation(path, "additionalProperties", "nothing is allowed here"))

    def _wrong_type(self, expected: Any, kind: str, value: object, path: Path) -> Violation:
        names = [expected] if isinstance(expected, str) else list(expected or ())
        wanted = " or ".join(_article(name) for name in names) or "a JSON value"
        actual = self._described(kind, value)
        message = f"expected {wanted}, found {actual}{self._advice(names, kind, value)}"
        unquoted = _without_quotes(str(value), names) if kind == "string" and not self.hidden else None
        shown = "" if unquoted is None else json.dumps(unquoted)
        return Violation(path, "type", message, expected=expected, found=kind or type(value).__name__, unquoted=shown)

    def _described(self, kind: str, value: object) -> str:
        if not kind:
            return f"a Python {type(value).__name__}, which has no JSON form"
        if kind == "null" or kind in {"object", "array"}:
            return _article(kind)
        return f"{_article(kind)} {self.show(value)}"

    def _advice(self, names: list[str], kind: str, value: object) -> str:
        if kind == "null":
            return "; leave the property out instead"
        if "string" in names and kind in {"integer", "number", "boolean"}:
            return "; Cloud Control converts nothing: put it in quotes"
        if kind == "string" and _without_quotes(str(value), names) is not None:
            return "; Cloud Control converts nothing: write it without quotes"
        if kind == "string" and "object" in names and str(value).lstrip().startswith("{"):
            return "; give it as a mapping, not as JSON text"
        return ""


def kind_of(value: object) -> str:
    """The JSON type of any Python value.

    Args:
        value: Subclasses of the built-in types count as these; a float without a fraction is an integer.

    Returns:
        JSON Schema's name of the type; empty if JSON has no form for the value.
    """
    if isinstance(value, Secret):
        return kind_of(value.reveal())
    if isinstance(value, float):
        return "" if not math.isfinite(value) else "integer" if value.is_integer() else "number"
    for python, kind in _KINDS.items():
        if isinstance(value, python):
            return kind
    if isinstance(value, Mapping):
        return "object"
    return "array" if isinstance(value, tuple) else ""


def _fits(kind: str, expected: Any) -> bool:
    if isinstance(expected, str):
        return kind == "integer" and expected == "number"
    return kind in expected or (kind == "integer" and "number" in expected)


def _article(kind: str) -> str:
    return _ARTICLES.get(kind, f"a {kind}")


def _without_quotes(text: str, names: list[str]) -> object:
    if "boolean" in names and text.lower() in {"true", "false"}:
        return text.lower() == "true"
    try:
        number = json.loads(text)
    except ValueError:
        return None
    return number if {"integer", "number"} & set(names) and kind_of(number) in {"integer", "number"} else None


def _holds_secret(value: object) -> bool:
    if isinstance(value, Secret):
        return True
    if isinstance(value, Mapping):
        return any(map(_holds_secret, value.values()))
    return isinstance(value, list | tuple) and any(map(_holds_secret, value))
