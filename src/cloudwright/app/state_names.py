"""The names of states: app and stage. Two that look alike, or that differ only in case, are one for a reader.

They would also be one for much of what is named after them: file systems that don't tell them apart, buckets, host
names. So no second state of such a name comes into being.
"""

from __future__ import annotations

import unicodedata
from shlex import quote
from typing import TYPE_CHECKING, Protocol

from cloudwright.errors import ProgramError

if TYPE_CHECKING:
    from collections.abc import Iterable


class StateName(Protocol):
    """A state's name."""

    @property
    def app(self) -> str:
        """The app's name."""
        ...

    @property
    def stage(self) -> str:
        """The stage's name."""
        ...


def looks_alike(one: StateName, other: StateName) -> bool:
    """Whether two different names differ only in case or in their Unicode form.

    Args:
        one: The name of a state.
        other: Another one.
    """
    return _name(one) != _name(other) and _folded(one) == _folded(other)


def refuse_look_alike(new: StateName, states: Iterable[StateName]) -> None:
    """Refuse the name of a new state that looks like that of an existing one.

    Args:
        new: The name as the user wrote it.
        states: Those of the store that hold something.

    Raises:
        ProgramError: There is such a state; the message says how it is spelt.
    """
    for each in states:
        if looks_alike(each, new) and _composed(each) == _composed(new):
            raise ProgramError(
                f"there is a state of {_name(each)} already, whose name looks the same but is spelt with other Unicode "
                "characters (such as an e with a combining accent); nothing was planned",
                hint=f"use its spelling: app {each.app!a}, stage {each.stage!a} in Python's notation",
            )
        if looks_alike(each, new):
            raise ProgramError(
                f"there is a state of {_name(each)} already, which differs from {_name(new)} only in upper and lower "
                "case; nothing was planned",
                hint=f"use its spelling (app {each.app!r}, --stage {quote(each.stage)}), or another name",
            )


def _name(state: StateName) -> str:
    return f"{state.app}/{state.stage}"


def _composed(state: StateName) -> str:
    return unicodedata.normalize("NFC", _name(state))


def _folded(state: StateName) -> str:
    return unicodedata.normalize("NFC", _composed(state).casefold())


def check_app_name(name: str) -> None:
    """Refuse what is not a name for an app.

    Args:
        name: The name.

    Raises:
        ProgramError: It is none.
    """
    if not name or not name.isprintable() or "/" in name:
        raise ProgramError(f"{name!r} is not a name for an app: it is a printable text without '/'")
