"""Readable tracebacks: the lines of the test and of the program, without cloudwright's own frames between them."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from cloudwright.errors import CloudwrightError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MACHINERY = {"cloudwright", "asyncio", "concurrent", "runpy", "threading"}


def shorten(error: BaseException) -> None:
    """Remove cloudwright's own frames from an error's traceback, unless cloudwright itself failed.

    Args:
        error: One of cloudwright's errors, or raised by a program; any other error keeps its traceback.
    """
    frames = list(_frames(error.__traceback__))
    if not frames or (_is_machinery(frames[-1]) and not isinstance(error, CloudwrightError)):
        return
    kept: TracebackType | None = None
    for one in reversed(frames):
        if not _is_machinery(one):
            kept = TracebackType(kept, one.tb_frame, one.tb_lasti, one.tb_lineno)
    error.__traceback__ = kept


def _frames(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _is_machinery(trace: TracebackType) -> bool:
    return str(trace.tb_frame.f_globals.get("__name__")).partition(".")[0] in _MACHINERY
