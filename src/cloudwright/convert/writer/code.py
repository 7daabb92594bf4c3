"""Python expressions and statements as data, so that they can be laid out."""

from __future__ import annotations

from typing import TypeAlias

from cloudwright.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Raw:
    """Source that is never split over lines: a name, an attribute, a number.

    Attributes:
        source: With double quotes around every text in it.
    """

    source: str


@dataclass(frozen=True, slots=True)
class TextOf:
    """A text."""

    value: str


@dataclass(frozen=True, slots=True)
class Formatted:
    """An f-string: texts and expressions in turn."""

    parts: tuple[str | Code, ...]


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list."""

    items: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class DictOf:
    """A dictionary."""

    pairs: tuple[tuple[str, Code], ...]


@dataclass(frozen=True, slots=True)
class CallOf:
    """A call.

    Attributes:
        function: What is called.
        arguments: (keyword or empty, value) pairs.
    """

    function: str
    arguments: tuple[tuple[str, Code], ...]


@dataclass(frozen=True, slots=True)
class MethodOf:
    """A call of a method."""

    owner: Code
    name: str
    arguments: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """`then if condition else otherwise`."""

    condition: Code
    then: Code
    otherwise: Code


@dataclass(frozen=True, slots=True)
class Operands:
    """Operands with an operator between them: `and`, `or`, `==`, `+`."""

    operator: str
    operands: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """`not operand`."""

    operand: Code


@dataclass(frozen=True, slots=True)
class IndexOf:
    """`owner[key]`."""

    owner: Code
    key: Code


@dataclass(frozen=True, slots=True)
class Star:
    """`*items` in a list."""

    items: Code


@dataclass(frozen=True, slots=True)
class Each:
    """`[result for name in items]`."""

    result: Code
    name: str
    items: Code


Code: TypeAlias = (
    Raw | TextOf | Formatted | ListOf | DictOf | CallOf | MethodOf | Choice | Operands | Not | IndexOf | Star | Each
)


@dataclass(frozen=True, slots=True)
class Assign:
    """`name = value`, or the value alone.

    Attributes:
        name: Empty for the value alone.
        note: The annotation of the name; empty without one.
        remarks: Comments above.
    """

    name: str
    value: Code
    note: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Await:
    """`await name`."""

    name: str


@dataclass(frozen=True, slots=True)
class If:
    """Statements under a condition."""

    condition: Code
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class For:
    """Statements for each row of a table.

    Attributes:
        names: The variables, one for each column.
        rows: The table.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[Code, ...], ...]
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Return:
    """`return value`."""

    value: Code


Statement: TypeAlias = Assign | Await | If | For | Return

NONE = Raw("None")
