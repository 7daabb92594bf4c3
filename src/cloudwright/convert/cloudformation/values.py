"""The type and properties of an expression of the program, and its conversion to the type that the schema expects."""

from __future__ import annotations

import enum
import re
from decimal import Decimal

from cloudwright.convert.writer.code import (
    NONE,
    CallOf,
    Choice,
    Code,
    DictOf,
    Each,
    Formatted,
    ListOf,
    MethodOf,
    Operands,
    Raw,
    Star,
    TextOf,
)
from cloudwright.diff.shape import Shape
from cloudwright.lazy_dataclass import dataclass, replace


class PythonType(enum.Enum):
    """The Python type of an expression."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    LIST = "list"
    MAP = "map"
    NONE = "none"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression of the program.

    Attributes:
        kind: Its Python type.
        literal: Whether the template wrote the scalar itself.
        carries: The logical ids whose attributes it contains; they must be awaited before Python computes with it.
        secret: Whether it contains a secret.
        nested: Whether it contains an output of a nested stack, whose resources can't be awaited here.
        lower: Whether a truth value that it holds as a text is written `true`, never `True`.
    """

    code: Code
    kind: PythonType
    literal: bool = False
    carries: frozenset[str] = frozenset()
    secret: bool = False
    nested: bool = False
    lower: bool = False

    def made(self, code: Code, kind: PythonType) -> Expression:
        """An expression built from this one that does not compute with its attributes.

        Args:
            code: The expression.
            kind: Its type.
        """
        return replace(self, code=code, kind=kind, literal=False)


NOTHING = Expression(NONE, PythonType.NONE)

TEXTS = Shape({}, ({"type": "array", "items": {"type": "string"}},))
"""The schema of joined items: they become texts."""

_NUMBERS = {"integer", "number"}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_LARGEST = 307
"""The largest power of ten that a double certainly holds."""

_SEAL = "secret"


def merged(code: Code, kind: PythonType, parts: list[Expression]) -> Expression:
    """An expression built from several others.

    Args:
        code: The expression.
        kind: Its type.
        parts: The expressions that it is built from.
    """
    carries = frozenset(name for part in parts for name in part.carries)
    secret, nested = any(part.secret for part in parts), any(part.nested for part in parts)
    return Expression(code, kind, carries=carries, secret=secret, nested=nested)


def computable(value: Expression) -> Code:
    """An expression that Python may compute with, after awaiting the resources that it contains.

    Args:
        value: The expression.
    """
    return CallOf("await known", (("", value.code),)) if value.nested else value.code


def as_secret(code: Code) -> Code:
    """An expression wrapped in `secret(...)`; what a condition leaves out is still left out.

    Args:
        code: The secret expression.
    """
    if isinstance(code, Choice) and _may_be_none(code):
        return replace(code, then=as_secret(code.then), otherwise=as_secret(code.otherwise))
    return code if code == NONE else CallOf(_SEAL, (("", code),))


def _may_be_none(code: Code) -> bool:
    if isinstance(code, Choice):
        return _may_be_none(code.then) or _may_be_none(code.otherwise)
    return code == NONE


def without_secret_parts(value: Expression) -> Expression:
    """A value whose parts are not wrapped, and which is secret as a whole if one of them is.

    A secret can't be part of a text, so the result of a function is wrapped as a whole.

    Args:
        value: A list or map whose parts may be wrapped one by one.
    """
    code = _in_clear(value.code)
    return value if code == value.code else replace(value, code=code, secret=True)


def _in_clear(code: Code) -> Code:
    match code:
        case CallOf(function, ((_, held),)) if function == _SEAL:
            return held
        case ListOf(items):
            return ListOf(tuple(_in_clear(item) for item in items))
        case DictOf(pairs):
            return DictOf(tuple((name, _in_clear(item)) for name, item in pairs))
        case Star(items):
            return Star(_in_clear(items))
        case Choice(condition, then, otherwise):
            return Choice(condition, _in_clear(then), _in_clear(otherwise))
    return code


def text_of(value: Expression) -> Expression:
    """A value as CloudFormation's functions see it.

    Args:
        value: A scalar.
    """
    if value.kind in {PythonType.INTEGER, PythonType.NUMBER} and value.literal:
        return replace(
            value, code=TextOf(value.code.source if isinstance(value.code, Raw) else ""), kind=PythonType.TEXT
        )
    if value.kind in {PythonType.INTEGER, PythonType.NUMBER}:
        return value.made(CallOf("str", (("", value.code),)), PythonType.TEXT)
    if value.kind is PythonType.BOOLEAN:
        if value.literal:
            return replace(value, code=TextOf("true" if value.code == Raw("True") else "false"), kind=PythonType.TEXT)
        return value.made(Choice(value.code, TextOf("true"), TextOf("false")), PythonType.TEXT)
    return value


def joined(parts: list[Expression]) -> Expression:
    """Adjacent texts as one: a text, an f-string, or the only part.

    Args:
        parts: Texts and numbers.
    """
    row: list[str | Code] = []
    for part in parts:
        for piece in pieces(part):
            if isinstance(piece, str) and row and isinstance(row[-1], str):
                row[-1] += piece
            elif piece != "":
                row.append(piece)
    if not row or (len(row) == 1 and isinstance(row[0], str)):
        return Expression(TextOf(str(row[0]) if row else ""), PythonType.TEXT, literal=True)
    single = row[0] if len(row) == 1 else None
    alone = next((part for part in parts if part.code is single), None)
    if alone is not None and alone.kind is PythonType.TEXT:
        return alone
    return merged(Formatted(tuple(row)), PythonType.TEXT, parts)


def pieces(part: Expression) -> tuple[str | Code, ...]:
    """What an expression adds to a text: texts, and expressions as an f-string holds them.

    Args:
        part: A text, a number or a truth value.
    """
    if isinstance(part.code, TextOf):
        return (part.code.value,)
    if isinstance(part.code, Formatted):
        return part.code.parts
    if part.literal or part.kind is PythonType.BOOLEAN:
        code = text_of(part).code
        return (code.value,) if isinstance(code, TextOf) else (code,)
    return (part.code,)


def fitted(value: Expression, place: Shape | None) -> tuple[Expression, frozenset[str]]:
    """A value converted to the type that the schema expects, exactly as CloudFormation converts it.

    Args:
        value: The value.
        place: What the schema says; `None` for nothing.

    Returns:
        The value, and the logical ids that must be awaited for it.
    """
    wanted = (place.types if place is not None else frozenset()) - {"null"}
    if value.kind in {PythonType.NONE, PythonType.MAP, PythonType.ANY} or isinstance(value.code, Star):
        return value, frozenset()
    if value.kind is PythonType.LIST:
        return _fitted_list(value, place), frozenset()
    if not wanted or wanted == {"object"}:
        return (value if value.literal else text_of(value)), frozenset()
    return _fitted_scalar(value, wanted)


def _fitted_list(value: Expression, place: Shape | None) -> Expression:
    """A list of texts where the schema expects a list of numbers."""
    if place is None or isinstance(value.code, ListOf | Each) or value.carries:
        return value
    items = place.item().types - {"null"}
    if items and items <= _NUMBERS:
        call = "int" if items == {"integer"} else "float"
        return value.made(Each(CallOf(call, (("", Raw("item")),)), "item", value.code), PythonType.LIST)
    return value


def _fitted_scalar(value: Expression, wanted: frozenset[str]) -> tuple[Expression, frozenset[str]]:
    own = {
        PythonType.TEXT: {"string"},
        PythonType.INTEGER: {"integer", "number"},
        PythonType.NUMBER: {"number"},
        PythonType.BOOLEAN: {"boolean"},
    }[value.kind]
    if own & wanted:
        return value, frozenset()
    if value.literal:
        return _literal(value, wanted), frozenset()
    if "string" in wanted:
        return text_of(value), value.carries
    if value.kind is PythonType.TEXT and wanted & {"boolean"}:
        text = computable(value) if value.lower else MethodOf(computable(value), "lower", ())
        return value.made(Operands("==", (text, TextOf("true"))), PythonType.BOOLEAN), value.carries
    if value.kind in {PythonType.TEXT, PythonType.NUMBER} and wanted & _NUMBERS:
        call, kind = ("int", PythonType.INTEGER) if "integer" in wanted else ("float", PythonType.NUMBER)
        return value.made(CallOf(call, (("", computable(value)),)), kind), value.carries
    return value, frozenset()


def _literal(value: Expression, wanted: frozenset[str]) -> Expression:
    """A scalar of the template converted to another type; unchanged if no conversion is exact."""
    text = text_of(value).code
    if not isinstance(text, TextOf):
        return value
    words = text.value
    if "string" in wanted:
        return Expression(text, PythonType.TEXT, literal=True, secret=value.secret)
    if "boolean" in wanted and words.casefold() in {"true", "false"}:
        return Expression(Raw(words.casefold().capitalize()), PythonType.BOOLEAN, literal=True)
    number = _number(words)
    if wanted & _NUMBERS and number is not None and (isinstance(number, int) or "number" in wanted):
        return Expression(
            Raw(repr(number)), PythonType.INTEGER if isinstance(number, int) else PythonType.NUMBER, literal=True
        )
    return value


def _number(words: str) -> int | float | None:
    """The number that a text represents; `None` if it is not a number that JSON can hold."""
    if not _NUMBER.fullmatch(words):
        return None
    value = Decimal(words)
    if abs(value.adjusted()) > _LARGEST:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
