"""Signals of a command that is under way."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ENDING = (signal.SIGINT, signal.SIGTERM)
"""How a person or a system asks a command to end."""

# Outside of the main thread, and on platforms without signals for event loops, Python's own way remains.
_UNSUPPORTED = (NotImplementedError, RuntimeError, ValueError)


def on_ending(take: Callable[[int], object]) -> None:
    """Take the signals instead of Python; must be called inside the event loop.

    Args:
        take: Is given the signal's number.
    """
    for number in ENDING:
        with contextlib.suppress(*_UNSUPPORTED):
            asyncio.get_running_loop().add_signal_handler(number, take, number)


def leave_ending() -> None:
    """Give the signals back to Python; must be called inside the event loop."""
    for number in ENDING:
        with contextlib.suppress(*_UNSUPPORTED):
            asyncio.get_running_loop().remove_signal_handler(number)
