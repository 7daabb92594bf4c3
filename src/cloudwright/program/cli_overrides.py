"""What the command line asks of an app that its program is about to make.

The top level of a program may read `app.stage`, so the app must know the answer from its first moment.
"""

from __future__ import annotations

import contextlib
from contextvars import ContextVar
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class CommandLineOverrides:
    """What goes before the arguments of `App`; `None` leaves them.

    Attributes:
        stage: The stage.
        local: Whether to use the embedded cloud.
    """

    stage: str | None = None
    local: bool | None = None


_ASKED: ContextVar[CommandLineOverrides] = ContextVar("cloudwright_asked", default=CommandLineOverrides())  # noqa: B039 - it never changes


def asked() -> CommandLineOverrides:
    """What apps that are made now are asked."""
    return _ASKED.get()


@contextlib.contextmanager
def asking(*, stage: str | None, local: bool | None) -> Iterator[None]:
    """Ask this of every app that is made while the block lasts.

    Args:
        stage: The stage.
        local: Whether to use the embedded cloud.
    """
    token = _ASKED.set(CommandLineOverrides(stage, local))
    try:
        yield
    finally:
        _ASKED.reset(token)
