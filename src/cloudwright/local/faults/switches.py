"""Faults as switches, and the set of those that are on."""

from __future__ import annotations

import difflib
import math
import random
import re
from collections.abc import Mapping
from dataclasses import field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass
from cloudwright.local.faults.catalogue import ALIASES, BUILT_IN, CATALOGUE, NEEDED

if TYPE_CHECKING:
    from collections.abc import Iterable


_FIELDS = {
    "type": "type_name",
    "operation": "operation",
    "count": "count",
    "probability": "probability",
    "seed": "seed",
}
_OPTIONS = {name: frozenset(re.findall(r"\b([a-z]+)=", text)) - _FIELDS.keys() for name, text in CATALOGUE.items()}
_NUMBERS: dict[str, type[int | float]] = {"calls": int, "failures": int, "polls": int, "seconds": float}


@dataclass(frozen=True, slots=True)
class Fault:
    """A switch that is on.

    Attributes:
        name: A key of the catalogue, such as `CC14`.
        type_name: A resource type or a glob over types.
        operation: CREATE, UPDATE, DELETE or an API action, or a glob over them.
        count: How many times it strikes; `None` is always.
        probability: How likely it strikes each time, 0 to 1.
        seed: With the probability, decides when it strikes.
        options: The fault's own options, see the catalogue.
    """

    name: str
    type_name: str = "*"
    operation: str = "*"
    count: int | None = None
    probability: float = 1.0
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        name = ALIASES.get(self.name, self.name)
        if name not in CATALOGUE:
            raise ValueError(_no_switch(self.name))
        for word, value, kinds in self._typed():
            if not isinstance(value, kinds) or isinstance(value, bool):
                raise ValueError(f"{self.name}: {word} can't be {value!r}")  # noqa: TRY004 - as for every wrong fault
        if not 0 <= self.probability <= 1:
            raise ValueError(f"{self.name}: the probability must be between 0 and 1, not {self.probability}")
        if self.count is not None and self.count < 0:
            raise ValueError(f"{self.name}: the count can't be negative")
        for word, value in self.options.items():
            _check_option(name, word, value)
        missing = [word for word in NEEDED.get(name, ()) if not self.options.get(word)]
        if missing:
            raise ValueError(f"{self.name} needs {' and '.join(f'{word}=...' for word in missing)}")

    def _typed(self) -> tuple[tuple[str, Any, tuple[type, ...]], ...]:
        # faults are also sent over HTTP, as any JSON
        return (
            ("type_name", self.type_name, (str,)),
            ("operation", self.operation, (str,)),
            ("count", self.count, (int, type(None))),
            ("probability", self.probability, (int, float)),
            ("seed", self.seed, (int,)),
            ("options", self.options, (Mapping,)),
        )

    def matches(self, type_name: str, operation: str) -> bool:
        """Whether the fault applies to this type and operation."""
        return fnmatchcase(type_name, self.type_name) and fnmatchcase(operation, self.operation)


class Faults:
    """The faults of one local cloud."""

    def __init__(self, faults: Iterable[Fault | str] = ()) -> None:
        """Switch on some faults."""
        # Replaced, never changed: another thread may be answering a call.
        self._armed: Mapping[str, tuple[_Armed, ...]] = {}
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault | str) -> None:
        """Switch a fault on, in addition to others of its name.

        Args:
            fault: The fault, or its text as `parse` takes it.

        Raises:
            ValueError: There is no such fault, or a value is invalid.
        """
        fault = parse(fault) if isinstance(fault, str) else fault
        name = ALIASES.get(fault.name, fault.name)
        self._armed = {**self._armed, name: (*self._armed.get(name, ()), _Armed(fault))}

    def remove(self, name: str) -> None:
        """Switch off all faults with a name."""
        gone = ALIASES.get(name, name)
        self._armed = {each: armed for each, armed in self._armed.items() if each != gone}

    def clear(self) -> None:
        """Switch everything off."""
        self._armed = {}

    def listing(self) -> list[Fault]:
        """The faults that are on, including used-up ones."""
        return [armed.fault for several in self._armed.values() for armed in several]

    def __bool__(self) -> bool:
        return bool(self._armed)

    def is_on(self, name: str, type_name: str = "") -> bool:
        """Whether a fault with this name is on for a type; does not count as a strike."""
        return any(fnmatchcase(type_name, armed.fault.type_name) for armed in self._armed.get(name, ()))

    def fire(self, name: str, type_name: str = "", operation: str = "") -> Fault | None:
        """The fault with this name if it strikes now; reduces a count by one.

        Args:
            name: A key of the catalogue.
            type_name: The resource type at hand.
            operation: CREATE, UPDATE, DELETE or the API action at hand.
        """
        for armed in self._armed.get(name, ()):
            if armed.fault.matches(type_name, operation) and armed.strikes():
                return armed.fault
        return None


class _Armed:
    """A fault with its state: the number of strikes, and its random generator."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._left = fault.count
        self._dice = random.Random(f"{fault.name}/{fault.seed}")  # noqa: S311 - reproducible, no secret

    def strikes(self) -> bool:
        if self._left == 0:
            return False
        if self.fault.probability < 1 and self._dice.random() >= self.fault.probability:
            return False
        if self._left is not None:
            self._left -= 1
        return True


def parse(text: str) -> Fault:
    """Read a fault as it is written on a command line.

    Args:
        text: `CC14` or `CC72:type=AWS::S3::*,operation=CREATE,count=2,probability=0.5,seed=7`; other words are the
            fault's own options.

    Raises:
        ValueError: There is no such fault, or a value is invalid.
    """
    name, _, rest = text.partition(":")
    fields: dict[str, Any] = {}
    options: dict[str, Any] = {}
    for part in filter(None, rest.split(",")):
        word, sign, value = part.partition("=")
        if not sign:
            raise ValueError(f"{text}: write {word}=VALUE")
        (fields if word in _FIELDS else options)[_FIELDS.get(word, word)] = _value(word, value)
    return Fault(name, options=options, **fields)


def _value(word: str, text: str) -> Any:
    if word in {"count", "seed"}:
        return _number(int, word, text)
    return _number(float, word, text) if word == "probability" else text


def _no_switch(name: str) -> str:
    if name in BUILT_IN:
        return f"{name} needs no switch: {BUILT_IN[name]}"
    close = difflib.get_close_matches(name, CATALOGUE, 3)
    return f"no fault is named {name!r}" + (f"; did you mean {', '.join(close)}?" if close else "")


def _check_option(fault: str, word: str, value: Any) -> None:
    if word not in _OPTIONS[fault]:
        known = sorted(_OPTIONS[fault] | _FIELDS.keys())
        close = difflib.get_close_matches(word, known, 1)
        advice = f"did you mean {close[0]}?" if close else f"use {', '.join(known)}"
        raise ValueError(f"{fault}: there is no option {word!r}; {advice}")
    if word in _NUMBERS:
        _number(_NUMBERS[word], f"{fault}: {word}", value)


def _number(kind: type[int | float], word: str, value: Any) -> float:
    try:
        number = kind(str(value))
    except ValueError as error:
        raise ValueError(f"{word} must be a {'whole ' if kind is int else ''}number, not {value!r}") from error
    if not math.isfinite(number):
        raise ValueError(f"{word} must be a finite number, not {value!r}")
    return number
