"""Virtual time: an event loop that never sleeps, and the clock that goes with it.

All durations in cloudwright come from `asyncio.sleep` and `loop.time()`. So with a loop whose time jumps to the next
timer, an operation of half an hour takes a millisecond, and its run is repeatable.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import selectors
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from typing import TYPE_CHECKING, Any, TypeVar

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from concurrent.futures import Executor

T = TypeVar("T")

EPOCH = 1_800_000_000.0
"""Wall time at which a virtual loop starts, seconds since the epoch."""

PATIENCE = 30.0
"""Real seconds to wait for a thread before giving up on it."""


class Deadlock(RuntimeError):
    """Everything waits for something that will never happen."""


class _Jumping(selectors.DefaultSelector):
    """Waits by advancing its own time; really waits only while threads run."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 0.0
        self.threads = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if self.threads:
            ready = super().select(PATIENCE)
            if not ready:
                raise Deadlock(f"a thread did not answer within {PATIENCE:g} real seconds")
            return ready
        if timeout is None:
            raise Deadlock
        self.time += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time jumps to the next timer when nothing else is ready to run."""

    def __init__(self) -> None:
        """Start at time zero."""
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Virtual seconds since the loop was created."""
        return self._jumping.time

    @contextlib.contextmanager
    def thread_at_work(self) -> Iterator[None]:
        """Stop the clock while a thread is about to call `call_soon_threadsafe`."""
        self._jumping.threads += 1
        try:
            yield
        finally:
            self._jumping.threads -= 1

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Run a function in a thread; the clock stops until it has ended."""
        future = super().run_in_executor(executor, func, *args)
        self._jumping.threads += 1
        future.add_done_callback(self._thread_ended)
        return future

    async def shutdown_default_executor(self, *args: Any) -> None:
        """Wait in real time until the threads have ended."""
        with self.thread_at_work():
            await super().shutdown_default_executor(*args)

    def _thread_ended(self, _: asyncio.Future[Any]) -> None:
        self._jumping.threads -= 1


@dataclass(slots=True)
class _Suspended:
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualClock:
    """Wall time and boot time that go with the running loop; implements `cloudwright.clock.Clock`.

    Attributes:
        skew: Seconds by which this machine's wall clock is wrong.
    """

    skew: float = 0.0
    _suspended: _Suspended = field(default_factory=_Suspended)

    def now(self) -> float:
        """Seconds since the epoch, by this machine's wall clock."""
        return EPOCH + self.boot() + self.skew

    def boot(self) -> float:
        """Seconds since the loop was created, including suspends."""
        return asyncio.get_running_loop().time() + self._suspended.seconds

    def suspend(self, seconds: float) -> None:
        """Suspend this machine: the time of all others advances, the loop's own stops.

        Args:
            seconds: How long the machine sleeps.
        """
        self._suspended.seconds += seconds

    def skewed(self, seconds: float) -> VirtualClock:
        """The clock of another machine in the same simulation.

        Args:
            seconds: The error of its wall time.
        """
        return VirtualClock(skew=seconds, _suspended=self._suspended)


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in virtual time.

    Args:
        coroutine: What to run.

    Raises:
        Deadlock: Everything waits for something that will never happen.
    """
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)


class SteppingClock:
    """Wall time of a simulation that spans several virtual loops, one after the other; stops between them.

    Implements `cloudwright.clock.Clock`.
    """

    def __init__(self) -> None:
        """Start at `EPOCH`."""
        self._past = 0.0

    def now(self) -> float:
        """Seconds since the epoch."""
        return EPOCH + self.boot()

    def boot(self) -> float:
        """Seconds since the clock was created."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return self._past
        return self._past + (loop.time() if isinstance(loop, VirtualLoop) else 0.0)

    def advance(self, seconds: float) -> None:
        """Let time pass while nothing runs.

        Args:
            seconds: The duration.
        """
        self._past += seconds

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in its own virtual loop, from plain code or from within another loop.

        Args:
            coroutine: What to run.
        """
        if not _inside_a_loop():
            return self._run(coroutine)
        # A loop can't run inside another one in the same thread.
        context = contextvars.copy_context()
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(context.run, self._run, coroutine).result()

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            try:
                return runner.run(coroutine)
            finally:
                self._past += runner.get_loop().time()


def _inside_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
