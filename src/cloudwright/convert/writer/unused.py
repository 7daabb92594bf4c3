"""Removes names that nothing uses."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from cloudwright.convert.writer.code import Assign, CallOf, If, Statement
from cloudwright.convert.writer.layout import lines
from cloudwright.lazy_dataclass import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAME = re.compile(r"[A-Za-z_]\w*")


def without_unused(statements: Sequence[Statement]) -> list[Statement]:
    """The statements, without assignments that nothing reads; a call that declares stays, without its name."""
    found = list(statements)
    while True:
        uses = Counter(name for line in lines(found, 0) for name in _NAME.findall(line))
        kept = _kept(found, uses)
        if kept == found:
            return found
        found = kept


def _kept(statements: Sequence[Statement], uses: Counter[str]) -> list[Statement]:
    found: list[Statement] = []
    for statement in statements:
        match statement:
            case If():
                found.append(replace(statement, body=tuple(_kept(statement.body, uses))))
            case Assign() if statement.name and uses[statement.name] == 1:
                if isinstance(statement.value, CallOf) and _declares(statement.value):
                    found.append(replace(statement, name=""))
            case _:
                found.append(statement)
    return found


def _declares(call: CallOf) -> bool:
    """Whether a call has an effect besides returning a value."""
    return call.function[:1].isupper() or call.function.startswith(("undecided", "declare_", "await declare_"))
