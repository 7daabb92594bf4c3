"""The first Ctrl-C starts nothing new, the second one stops at once."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    import asyncio

    from cloudwright.engine.executor import Executor


@dataclass(slots=True)
class Interrupt:
    """Passes a signal to the running executors.

    Attributes:
        signal: The first signal's number; 0 without one.
    """

    signal: int = 0
    executors: list[Executor] = field(default_factory=list)
    task: asyncio.Task[Any] | None = None

    def strike(self, number: int) -> None:
        """First signal: start nothing new. Second: stop at once."""
        if self.signal:
            for executor in self.executors:
                executor.abandon()
            if self.task is not None:
                self.task.cancel()
            return
        self.signal = number
        for executor in self.executors:
            executor.stop("interrupted")

    def watch(self, executor: Executor) -> Executor:
        """Pass signals to this executor, too."""
        self.executors.append(executor)
        if self.signal:
            executor.stop("interrupted")
        return executor
