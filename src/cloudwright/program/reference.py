"""References: values that a program may use before they are known.

A `Reference` is a `str` that holds an ASCII token, so that f-strings, `+`, `join` and `json.dumps` preserve it. The
token has eight pieces; each piece holds the mark, so that any fragment that `split` leaves is still recognised as a
broken reference and never reaches AWS as text.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Never, Self

from cloudwright.errors import ReferenceMisuse, StaleReference
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = "cWrFtK"
"""Prefix of every piece of a token; mixed case, so that case folding is detected."""

TEMPLATE_REF = ("!Ref",)
"""The path of the value of CloudFormation's `!Ref`; no property can have this name."""

_SEPARATORS = (":", "/", ".", "-", ",", "|", "=", "")
_TOKEN = re.compile(
    "".join(
        f"{MARK}{'(?P<nonce>[0-9a-f]{8})(?P<index>[0-9a-f]{6})' if n == 0 else '(?P=nonce)(?P=index)'}{n}{re.escape(s)}"
        for n, s in enumerate(_SEPARATORS)
    )
)


def _disguises() -> tuple[str, str, str, str]:
    """The mark as it looks after base64 (at its three alignments) and in hexadecimal."""

    def shifted(shift: int) -> str:
        text = base64.b64encode(b"\0" * shift + MARK.encode()).decode()
        whole = (len(MARK) + shift) * 8 // 6
        return text[-(-shift * 8 // 6) : whole]

    return shifted(0), shifted(1), shifted(2), MARK.encode().hex()


_FOLDED = MARK.lower()
_FIRST, _SECOND, _THIRD, _HEXADECIMAL = _disguises()


@dataclass(frozen=True, slots=True)
class Ref:
    """A value that comes from another resource.

    Attributes:
        key: The resource's key.
        path: Property path; empty for the identifier.
        outside: Whether it is an output of another app, which `key` then names, and no resource of this one.
    """

    key: str
    path: tuple[str, ...] = ()
    outside: bool = False

    def __str__(self) -> str:
        return f"{self.key}:/{'/'.join(self.path)}"


class Referable:
    """Something that a property may hold in place of its identifier, such as a resource's handle."""

    def identifier_ref(self) -> Ref:
        """The reference to the identifier."""
        raise TypeError(type(self).__name__)


@dataclass(frozen=True, slots=True)
class Text:
    """A string that contains references."""

    parts: tuple[str | Ref, ...]


@dataclass(slots=True)
class ReferenceTable:
    """The references of one run of a program, numbered for their tokens.

    Attributes:
        nonce: Distinguishes the tokens of different runs.
    """

    nonce: str = field(default_factory=lambda: secrets.token_hex(4))
    _refs: list[Ref] = field(default_factory=list)
    _index: dict[Ref, int] = field(default_factory=dict)

    def token(self, ref: Ref) -> str:
        """The token of this reference; always the same."""
        index = self._index.setdefault(ref, len(self._refs))
        if index == len(self._refs):
            self._refs.append(ref)
        number = f"{self.nonce}{index:06x}"
        return "".join(f"{MARK}{number}{n}{separator}" for n, separator in enumerate(_SEPARATORS))

    def parse(self, text: str) -> str | Ref | Text:
        """Find the tokens in a string of the program.

        Returns:
            The string itself, a lone reference, or a text with references inside.

        Raises:
            ReferenceMisuse: The string holds a fragment of a token that Python cut or changed.
            StaleReference: A token belongs to another run.
        """
        text = str.__str__(text)
        if not looks_marked(text):
            return text
        parts = tuple(self._split(text))
        for part in parts:
            if isinstance(part, str) and looks_marked(part):
                raise ReferenceMisuse(
                    "the value contains part of a reference that was cut, folded or encoded",
                    hint="await the resource first and compute with its plain attributes",
                )
        return parts[0] if len(parts) == 1 else Text(parts)

    def with_names(self, text: str) -> str:
        """A text for people: `<topic.Arn>` in place of each token of this table."""
        return _TOKEN.sub(self._name, str.__str__(text))

    def _name(self, match: re.Match[str]) -> str:
        try:
            ref = self._ref(match)
        except StaleReference:
            return match[0]
        return f"<{'.'.join((ref.key, *ref.path))}>"

    def _split(self, text: str) -> Iterator[str | Ref]:
        end = 0
        for match in _TOKEN.finditer(text):
            if match.start() > end:
                yield text[end : match.start()]
            yield self._ref(match)
            end = match.end()
        if end < len(text):
            yield text[end:]

    def _ref(self, match: re.Match[str]) -> Ref:
        index = int(match["index"], 16)
        if match["nonce"] != self.nonce or index >= len(self._refs):
            raise StaleReference(
                "a string contains a reference from an earlier run of the program",
                hint="build it inside the program function; don't cache it or keep it in a module",
            )
        return self._refs[index]


def looks_marked(text: str) -> bool:
    """Whether a string holds a token, a piece of one, or an encoded one."""
    # Called for every text and every key of a program, so it is unrolled.
    disguised = _FIRST in text or _SECOND in text or _THIRD in text or _HEXADECIMAL in text
    return disguised or _FOLDED in text.lower()


class PlanningEnds(BaseException):
    """The program computes with a value that is known only after deploy; the plan ends at this line.

    A `BaseException`, so that no `except Exception` of the program swallows it.
    """

    def __init__(self, ref: Ref) -> None:
        """Record which value was needed."""
        self.ref = ref
        super().__init__(f"the value of {ref} is known only after deploy")


class Reference(str):
    """The future value of a resource's attribute; passed on as text, computed with only after `await`.

    Nested attributes are references too: `image.LatestVersion.Arn`.
    """

    __slots__ = ("_awaited", "_ref", "_table")

    _ref: Ref
    _table: ReferenceTable
    _awaited: bool

    def __new__(cls, table: ReferenceTable, ref: Ref, *, awaited: bool = False) -> Self:
        """Create a reference of one run.

        Args:
            table: The run's table.
            ref: What it refers to.
            awaited: The resource was awaited, yet the value can't be known before deploy.
        """
        self = super().__new__(cls, table.token(ref))
        self._table, self._ref, self._awaited = table, ref, awaited
        return self

    @property
    def ref(self) -> Ref:
        """What it refers to."""
        return self._ref

    def __getattr__(self, name: str) -> Reference:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, name: Any) -> Reference:
        if not isinstance(name, str):
            self._refuse("index")
        return Reference(
            self._table, Ref(self._ref.key, (*self._ref.path, name), self._ref.outside), awaited=self._awaited
        )

    def __str__(self) -> str:
        return str.__str__(self)

    def __repr__(self) -> str:
        return f"<Reference {self._ref} {MARK}>"

    def __format__(self, spec: str) -> str:
        if spec:
            self._refuse(f"format with {spec!r}")
        return str.__str__(self)

    def __add__(self, other: Any) -> str:
        return str.__add__(self, other) if isinstance(other, str) else self._refuse("add")

    def __radd__(self, other: Any) -> str:
        return str.__add__(other, self) if isinstance(other, str) else self._refuse("add")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Reference):
            return self._ref == other._ref
        if isinstance(other, str):
            self._refuse("compare")
        return False

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return str.__hash__(self)

    def __copy__(self) -> Reference:
        return self

    def __deepcopy__(self, memo: object) -> Reference:
        return self

    def __reduce_ex__(self, protocol: object) -> Never:
        self._refuse("pickle")

    def _refuse(self, what: str) -> Never:
        if self._awaited:
            raise PlanningEnds(self._ref)
        raise ReferenceMisuse(
            f"can't {what} {self._ref}: its value is not known here",
            hint="await the resource first; from then on its attributes are plain values",
        )


def need(value: Any) -> None:
    """End the plan at this line if it needs an awaited value that is still known only after deploy.

    Args:
        value: A value, or a mapping of values.

    Raises:
        PlanningEnds: It does.
    """
    if isinstance(value, Reference) and value._awaited:  # noqa: SLF001 - of this module
        raise PlanningEnds(value.ref)
    if isinstance(value, Mapping):
        for inner in value.values():
            need(inner)


_CARRIES = {
    *("__class__", "__delattr__", "__dir__", "__doc__", "__getattribute__", "__getstate__", "__init__"),
    *("__init_subclass__", "__new__", "__reduce__", "__rmod__", "__setattr__", "__sizeof__", "__subclasshook__"),
}


def _refusal(name: str) -> Any:
    what = name.strip("_")

    def refuse(self: Reference, *_args: object, **_options: object) -> Never:
        self._refuse(what)

    refuse.__name__ = name
    return refuse


_NUMERIC = (
    *("__bool__", "__int__", "__float__", "__complex__", "__index__", "__bytes__", "__neg__", "__pos__", "__abs__"),
    *("__sub__", "__rsub__", "__truediv__", "__rtruediv__", "__floordiv__", "__rfloordiv__", "__pow__", "__rpow__"),
    *("__divmod__", "__rdivmod__", "__round__", "__trunc__", "__floor__", "__ceil__"),
)
"""What texts can't do and numbers can: an attribute may be a number."""

for _name in (*dir(str), *_NUMERIC):
    if _name not in _CARRIES and _name not in Reference.__dict__:
        setattr(Reference, _name, _refusal(_name))
