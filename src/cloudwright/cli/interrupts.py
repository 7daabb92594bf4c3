"""Ctrl-C and SIGTERM in a run: first finish what is under way, then leave at once."""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import field
from typing import TYPE_CHECKING, Protocol, TypeVar

from cloudwright.cli.signals import leave_ending, on_ending
from cloudwright.engine.outcome import RunNotice
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from cloudwright.cli.views.port import View

_R = TypeVar("_R")


class Interruptible(Protocol):
    """A run that can be interrupted."""

    def interrupt(self, signal: int, /) -> None:
        """First call: start nothing new. Second: stop at once."""
        ...


@dataclass(slots=True)
class Interrupts:
    """Handles signals for one run.

    Attributes:
        app: An app, or a group of apps; interrupted once something is being applied.
        view: Says what is awaited.
        resume: The command line that resumes later.
        received: The number of the first signal; 0: none.
        count: Number of signals received.
        applying: Whether requests may have been sent; before that a signal simply ends the command.
    """

    app: Interruptible
    view: View
    resume: str
    received: int = 0
    count: int = 0
    applying: bool = False
    _task: asyncio.Task[object] | None = field(default=None)

    async def carry_out(self, run: Awaitable[_R], report: Callable[[_R], int]) -> int:
        """Await a run, and report its result or the signal that ended it.

        Returns:
            The exit code.
        """
        with self.handled():
            try:
                result = await run
            except asyncio.CancelledError:
                if not self.received:
                    raise
                return self.left()
            finally:
                self.view.pause()
        return report(result)

    @contextlib.contextmanager
    def handled(self) -> Iterator[None]:
        """Take the signals while the block runs; must be inside the event loop."""
        self._task = asyncio.current_task()
        on_ending(self)
        try:
            yield
        finally:
            leave_ending()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Leave the signals to Python while a question is open: Ctrl-C answers it at once."""
        leave_ending()
        try:
            yield
        finally:
            on_ending(self)

    def begin(self) -> None:
        """From here on requests may have been sent."""
        self.applying = True

    def left(self) -> int:
        """Report that a signal ended the command at once; returns the exit code."""
        from cloudwright.render.contract.command import InterruptedLine

        what = f"run `{self.resume}` to resume" if self.applying else "nothing was changed"
        line = InterruptedLine(signal=self.received, resume=self.resume)
        self.view.message(f"interrupted; {what}", line.as_object())
        return 128 + self.received

    def __call__(self, number: int) -> None:
        """Take one signal."""
        self.count += 1
        self.received = self.received or number
        if self.count > 2:
            os._exit(128 + number)
        if not self.applying:
            if self._task:
                self._task.cancel()
            return
        now = asyncio.get_running_loop().time()
        self.view.event(RunNotice(text=self._words(), at=now))
        self.app.interrupt(number)

    def _words(self) -> str:
        if self.count == 1:
            return (
                "interrupted: nothing new is started; waiting for the requests under way. "
                f"Press again to exit at once; `{self.resume}` resumes later"
            )
        return f"exiting now; every request is in the journal. `{self.resume}` follows them to completion"
