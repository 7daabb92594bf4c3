"""What the command line sets for an app before its program creates it.

The top level of a program may read `app.stage`, so the app must know it when it is created.
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
    """Values that override the arguments of `App`; `None` keeps them.

    Attributes:
        stage: The stage.
        local: Whether to use the embedded cloud.
    """

    stage: str | None = None
    local: bool | None = None


_ASKED: ContextVar[CommandLineOverrides] = ContextVar("cloudwright_asked", default=CommandLineOverrides())  # noqa: B039 - it never changes


def asked() -> CommandLineOverrides:
    """The overrides for apps that are created now."""
    return _ASKED.get()


@contextlib.contextmanager
def asking(*, stage: str | None, local: bool | None) -> Iterator[None]:
    """Override these for every app that is created while the block runs.

    Args:
        stage: The stage.
        local: Whether to use the embedded cloud.
    """
    token = _ASKED.set(CommandLineOverrides(stage, local))
    try:
        yield
    finally:
        _ASKED.reset(token)
