"""Model validation with AWS's own message texts (cloud-control.md 1.3).

It has its own implementation of draft-07, so that the service validates documents independently of the client. The
messages are those of the validator that AWS runs: `#/Path: expected type: String, found: Boolean`.
"""

from __future__ import annotations

import contextlib
import re
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cloudwright.local.model.patch import equal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

VALUE_KEYWORDS = frozenset(
    (
        *("enum", "const", "pattern", "format", "multipleOf", "uniqueItems"),
        *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    )
)
"""Keywords about values rather than shape; here the bundled schemas are stricter than AWS (schemas.md 1.2)."""

_LONGEST_MATCHED = 20_000
"""Longer strings are not matched against patterns, so that no pattern can stall the service."""

Schema = Any
Path = tuple[str, ...]


class ModelViolation:
    """One violation in a model."""

    __slots__ = ("found_null", "key", "keyword", "path", "text")

    def __init__(self, path: Path, keyword: str, text: str, *, key: str = "", found_null: bool = False) -> None:
        """Create the violation.

        Args:
            path: Tokens from the model's root.
            keyword: The schema keyword that is violated.
            text: AWS's message, without the place.
            key: The missing key of `required`.
            found_null: Whether the value is a null where another type is required.
        """
        self.path: Path = path
        self.keyword: str = keyword
        self.text: str = text
        self.key: str = key
        self.found_null: bool = found_null

    def __str__(self) -> str:
        return f"{pointer(self.path)}: {self.text}"


def pointer(path: Path) -> str:
    """A place as it appears in messages: `#/Distributions/0/Region`."""
    return "#" + "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in path)


class ModelValidator:
    """Validates models of one type."""

    def __init__(self, schema: Mapping[str, Any], *, lenient_values: bool = False) -> None:
        """Take a type's schema.

        Args:
            schema: The root schema, `definitions` included.
            lenient_values: Don't check enums, patterns, lengths, counts, ranges and formats.
        """
        self._root = schema
        self._skipped = VALUE_KEYWORDS if lenient_values else frozenset[str]()

    def violations(self, model: Any) -> list[ModelViolation]:
        """All violations in a model, in the order of the schema."""
        return list(self._walk(self._root, model, (), frozenset()))

    def _walk(self, schema: Schema, value: Any, path: Path, seen: frozenset[str]) -> Iterator[ModelViolation]:
        if not isinstance(schema, dict):
            return
        reference = schema.get("$ref")
        if isinstance(reference, str):
            if reference not in seen:
                yield from self._walk(self._resolve(reference), value, path, seen | {reference})
            return
        found = self._type(schema, value, path)
        if found is not None:
            yield found
            return
        yield from self._values(schema, value, path)
        if isinstance(value, dict):
            yield from self._object(schema, value, path)
        elif isinstance(value, list):
            yield from self._array(schema, value, path)
        yield from self._combined(schema, value, path, seen)

    def _resolve(self, reference: str) -> Schema:
        node: Any = self._root
        for token in reference.removeprefix("#/").split("/"):
            if not isinstance(node, dict):
                return {}
            node = node.get(token.replace("~1", "/").replace("~0", "~"), {})
        return node

    def _type(self, schema: Schema, value: Any, path: Path) -> ModelViolation | None:
        wanted = schema.get("type")
        names = [wanted] if isinstance(wanted, str) else wanted
        if not names or any(_is(name, value) for name in names):
            return None
        expected = " or ".join(_EXPECTED.get(name, name) for name in names)
        text = f"expected type: {expected}, found: {_found(value)}"
        return ModelViolation(path, "type", text, found_null=value is None)

    def _values(self, schema: Schema, value: Any, path: Path) -> Iterator[ModelViolation]:
        for keyword in schema:
            check = _CHECKS.get(keyword)
            if check is None or keyword in self._skipped:
                continue
            text = check(schema[keyword], value)
            if text:
                yield ModelViolation(path, keyword, text)

    def _object(self, schema: Schema, value: dict[str, Any], path: Path) -> Iterator[ModelViolation]:
        for key in schema.get("required") or ():
            if key not in value:
                yield ModelViolation(path, "required", f"required key [{key}] not found", key=key)
        yield from self._dependencies(schema, value, path)
        for key, item in value.items():
            schemas = list(self._member_schemas(schema, key))
            if not schemas and schema.get("additionalProperties") is False:
                yield ModelViolation(path, "additionalProperties", f"extraneous key [{key}] is not permitted")
            for member in schemas:
                yield from self._walk(member, item, (*path, key), frozenset())

    def _member_schemas(self, schema: Schema, key: str) -> Iterator[Schema]:
        properties = schema.get("properties") or {}
        if key in properties:
            yield properties[key]
        matched = key in properties
        for pattern, member in (schema.get("patternProperties") or {}).items():
            if matches(pattern, key):
                matched = True
                yield member
        if not matched and isinstance(schema.get("additionalProperties"), dict):
            yield schema["additionalProperties"]

    def _dependencies(self, schema: Schema, value: dict[str, Any], path: Path) -> Iterator[ModelViolation]:
        for key, needs in (schema.get("dependencies") or {}).items():
            if key not in value:
                continue
            if isinstance(needs, dict):
                yield from self._walk(needs, value, path, frozenset())
                continue
            for need in needs:
                if need not in value:
                    yield ModelViolation(path, "dependencies", f"property [{need}] is required")

    def _array(self, schema: Schema, value: list[Any], path: Path) -> Iterator[ModelViolation]:
        items = schema.get("items")
        for index, item in enumerate(value):
            member = items[index] if isinstance(items, list) and index < len(items) else items
            yield from self._walk(member, item, (*path, str(index)), frozenset())

    def _combined(self, schema: Schema, value: Any, path: Path, seen: frozenset[str]) -> Iterator[ModelViolation]:
        for part in schema.get("allOf") or ():
            yield from self._walk(part, value, path, seen)
        if "anyOf" in schema and not any(self._fits(part, value, path, seen) for part in schema["anyOf"]):
            total = len(schema["anyOf"])
            yield ModelViolation(path, "anyOf", f"no subschema matched out of the total {total} subschemas")
        if "oneOf" in schema:
            fitting = sum(self._fits(part, value, path, seen) for part in schema["oneOf"])
            if fitting != 1:
                yield ModelViolation(path, "oneOf", f"{fitting} subschemas matched instead of one")
        if "not" in schema and self._fits(schema["not"], value, path, seen):
            yield ModelViolation(path, "not", "subject must not be valid against the schema of 'not'")
        if "if" in schema:
            branch = "then" if self._fits(schema["if"], value, path, seen) else "else"
            yield from self._walk(schema.get(branch), value, path, seen)

    def _fits(self, schema: Schema, value: Any, path: Path, seen: frozenset[str]) -> bool:
        return next(self._walk(schema, value, path, seen), None) is None


_EXPECTED = {
    "string": "String",
    "boolean": "Boolean",
    "integer": "Integer",
    "number": "Number",
    "object": "JSONObject",
    "array": "JSONArray",
    "null": "Null",
}


def _is(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return name in {"integer", "number"}
    kinds = {str: "string", float: "number", dict: "object", list: "array", type(None): "null"}
    return kinds.get(type(value)) == name


def _found(value: Any) -> str:
    names = {bool: "Boolean", str: "String", int: "Integer", float: "Double", dict: "JSONObject", list: "JSONArray"}
    return names.get(type(value), "Null")


def _enum(allowed: Any, value: Any) -> str:
    return "" if any(equal(value, one) for one in allowed) else f"{_shown(value)} is not a valid enum value"


def _const(wanted: Any, value: Any) -> str:
    return "" if equal(value, wanted) else f"{_shown(value)} is not the constant value"


def _pattern(pattern: Any, value: Any) -> str:
    if not isinstance(value, str) or matches(pattern, value):
        return ""
    return f"string [{value}] does not match pattern {pattern}"


def _min_length(least: Any, value: Any) -> str:
    short = isinstance(value, str) and len(value) < least
    return f"expected minLength: {least}, actual: {len(value)}" if short else ""


def _max_length(most: Any, value: Any) -> str:
    long = isinstance(value, str) and len(value) > most
    return f"expected maxLength: {most}, actual: {len(value)}" if long else ""


def _min_items(least: Any, value: Any) -> str:
    few = isinstance(value, list) and len(value) < least
    return f"expected minimum item count: {least}, found: {len(value)}" if few else ""


def _max_items(most: Any, value: Any) -> str:
    many = isinstance(value, list) and len(value) > most
    return f"expected maximum item count: {most}, found: {len(value)}" if many else ""


def _unique(wanted: Any, value: Any) -> str:
    if not wanted or not isinstance(value, list):
        return ""
    twice = any(equal(left, right) for index, left in enumerate(value) for right in value[:index])
    return "array items are not unique" if twice else ""


def _min_properties(least: Any, value: Any) -> str:
    few = isinstance(value, dict) and len(value) < least
    return f"minimum size: [{least}], found: [{len(value)}]" if few else ""


def _max_properties(most: Any, value: Any) -> str:
    many = isinstance(value, dict) and len(value) > most
    return f"maximum size: [{most}], found: [{len(value)}]" if many else ""


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _minimum(least: Any, value: Any) -> str:
    return f"{value} is not greater or equal to {least}" if _number(value) and value < least else ""


def _maximum(most: Any, value: Any) -> str:
    return f"{value} is not less or equal to {most}" if _number(value) and value > most else ""


def _exclusive_minimum(least: Any, value: Any) -> str:
    return f"{value} is not greater than {least}" if _number(value) and value <= least else ""


def _exclusive_maximum(most: Any, value: Any) -> str:
    return f"{value} is not less than {most}" if _number(value) and value >= most else ""


def _multiple(step: Any, value: Any) -> str:
    uneven = _number(value) and Decimal(str(value)) % Decimal(str(step)) != 0
    return f"{value} is not a multiple of {step}" if uneven else ""


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_CHECKS: dict[str, Callable[[Any, Any], str]] = {
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "minLength": _min_length,
    "maxLength": _max_length,
    "minItems": _min_items,
    "maxItems": _max_items,
    "uniqueItems": _unique,
    "minProperties": _min_properties,
    "maxProperties": _max_properties,
    "minimum": _minimum,
    "maximum": _maximum,
    "exclusiveMinimum": _exclusive_minimum,
    "exclusiveMaximum": _exclusive_maximum,
    "multipleOf": _multiple,
}


def matches(pattern: str, text: str) -> bool:
    """Whether a text matches an ECMA-262 pattern; a pattern that no engine supports matches everything (CC102)."""
    compiled = _compiled(pattern)
    return compiled is None or len(text) > _LONGEST_MATCHED or compiled.search(text) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> Any:
    # Python's `$` also matches before a final newline, ECMA-262's does not.
    strict = re.sub(r"(?<!\\)\$$", r"\\Z", pattern)
    with contextlib.suppress(re.error), _quiet():
        return re.compile(strict)
    import regex

    with contextlib.suppress(regex.error):
        return regex.compile(strict, regex.V0)
    return None


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
