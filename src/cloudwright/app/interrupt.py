"""The first Ctrl-C stops starting, the second one leaves at once."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    import asyncio

    from cloudwright.engine.executor import Executor


@dataclass(slots=True)
class Interrupt:
    """Lets a signal reach whatever is running.

    Attributes:
        signal: The first signal's number; 0 if none came.
    """

    signal: int = 0
    executors: list[Executor] = field(default_factory=list)
    task: asyncio.Task[Any] | None = None

    def strike(self, number: int) -> None:
        """First: start nothing new. Second: leave at once."""
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
        """Let signals reach this executor, too."""
        self.executors.append(executor)
        if self.signal:
            executor.stop("interrupted")
        return executor
