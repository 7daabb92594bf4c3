"""Loops for adjacent calls that differ only in a few texts."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from cloudwright.convert.writer.code import Assign, CallOf, Code, DictOf, For, If, ListOf, Raw, Statement, TextOf
from cloudwright.convert.writer.layout import lines
from cloudwright.convert.writer.names import Names, snake
from cloudwright.lazy_dataclass import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_FEWEST, _MOST_COLUMNS = 3, 4
_WORD = re.compile(r"[A-Za-z_]\w*")

Path = tuple[str, ...]
"""The place of a text in a call: the keyword or key, and the number of an item."""


def folded(
    statements: Sequence[Statement], taken: Iterable[str], may_vary: Callable[[str, Path], bool]
) -> list[Statement]:
    """The statements, with a loop in place of three or more that are alike.

    Alike are calls of one function whose result nothing uses, and that differ in no more than four texts.

    Args:
        statements: The body of a function.
        taken: The names that mean something in it.
        may_vary: Whether a variable, which a type checker knows only as text, may be used at a place of a call.
    """
    words = {word for line in lines(statements, 0) for word in _WORD.findall(line)}
    return _Folding({*taken, *words}, may_vary).statements(statements)


@dataclass(frozen=True, slots=True)
class _Folding:
    taken: set[str]
    may_vary: Callable[[str, Path], bool]

    def statements(self, statements: Sequence[Statement]) -> list[Statement]:
        found: list[Statement] = []
        for _, run in groupby(statements, _skeleton):
            found += self._run(list(run))
        return found

    def _run(self, run: list[Statement]) -> list[Statement]:
        if isinstance(run[0], If):
            return [self._inside(one) for one in run]
        calls = [one.value for one in run if isinstance(one, Assign) and isinstance(one.value, CallOf)]
        if len(calls) < _FEWEST or len(calls) < len(run):
            return run
        table = [dict(_texts(call)) for call in calls]
        varying = [path for path in table[0] if len({row[path] for row in table}) > 1]
        columns = list(dict.fromkeys(tuple(row[path] for row in table) for path in varying))
        if not 0 < len(columns) <= _MOST_COLUMNS or not all(self.may_vary(calls[0].function, one) for one in varying):
            return run
        return [self._loop(calls[0], varying, columns, table)]

    def _inside(self, statement: Statement) -> Statement:
        return (
            replace(statement, body=tuple(self.statements(statement.body))) if isinstance(statement, If) else statement
        )

    def _loop(
        self, call: CallOf, varying: list[Path], columns: list[tuple[str, ...]], table: list[dict[Path, str]]
    ) -> For:
        names, variables = Names(self.taken), {}
        for path in varying:
            column = tuple(row[path] for row in table)
            if column not in variables:
                variables[column] = names.take(*_variable_names(path))
        places = {path: variables[tuple(row[path] for row in table)] for path in varying}
        rows = tuple(tuple(TextOf(column[at]) for column in columns) for at in range(len(table)))
        return For(tuple(variables[one] for one in columns), rows, (Assign("", _with_variables(call, places)),))


def _variable_names(path: Path) -> tuple[str, ...]:
    if path == ("0",):
        return "name", "key", "id_"
    word = snake(next((one for one in reversed(path) if not one.isdigit()), "value"))
    return word, f"{word}_value"


def _skeleton(statement: Statement) -> object:
    """Equal for calls that can share a loop; unique for a call that can't be in one."""
    match statement:
        case Assign("", CallOf(function) as call, remarks=()) if not function.startswith("await "):
            return _blanked(call)
    return id(statement)


def _blanked(code: Code) -> Code:
    return _mapped(code, (), lambda _path, _text: TextOf(""))


def _with_variables(call: CallOf, places: dict[Path, str]) -> Code:
    return _mapped(call, (), lambda path, text: Raw(places[path]) if path in places else text)


def _mapped(code: Code, path: Path, change: Callable[[Path, TextOf], Code]) -> Code:
    match code:
        case TextOf():
            return change(path, code)
        case CallOf(function, arguments):
            found = ((key, _mapped(one, (*path, key or str(at)), change)) for at, (key, one) in enumerate(arguments))
            return CallOf(function, tuple(found))
        case DictOf(pairs):
            return DictOf(tuple((key, _mapped(one, (*path, key), change)) for key, one in pairs))
        case ListOf(items):
            return ListOf(tuple(_mapped(one, (*path, str(at)), change) for at, one in enumerate(items)))
    return code


def _texts(code: Code) -> Iterator[tuple[Path, str]]:
    found: list[tuple[Path, str]] = []

    def note(path: Path, text: TextOf) -> Code:
        found.append((path, text.value))
        return text

    _mapped(code, (), note)
    return iter(found)
