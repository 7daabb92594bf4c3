"""Where a backend's blocking calls run: in a thread of the store's own, or on the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import queue
import threading
from concurrent.futures import Executor, Future
from dataclasses import field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from cloudwright.errors import StateUnavailable
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cloudwright.errors import LeaseLost
    from cloudwright.state.cells import Batch

T = TypeVar("T")


class StoreWorker(Protocol):
    """Runs calls one at a time, in the order in which they were submitted.

    An error of the heartbeat, or of the worker itself, ends it: every later call fails, except the last function of
    `close`.
    """

    def check(self) -> None:
        """Check that the worker is still running.

        Raises:
            StateUnavailable: It failed; the message says why.
        """
        ...

    async def call(self, function: Callable[[], T]) -> T:
        """Run a function and return its result."""
        ...

    async def commit(self, batch: Batch) -> int:
        """Write a batch together with the others that wait."""
        ...

    def post(self, function: Callable[[], object]) -> None:
        """Run a function later and ignore its result."""
        ...

    async def close(self, last: Callable[[], None]) -> None:
        """Run a last function and stop."""
        ...


@dataclass(frozen=True, slots=True)
class WorkerDuties:
    """What a worker does in addition to the calls.

    Attributes:
        commit: Writes batches in one transaction.
        beat: Renews what is due; returns the seconds until the next call, `None` for never.
    """

    commit: Callable[[Sequence[Batch]], list[int | LeaseLost]]
    beat: Callable[[], float | None]


class InlineWorker:
    """Runs everything on the event loop, for backends that never block."""

    def __init__(self, duties: WorkerDuties) -> None:
        """Nothing is started yet.

        Args:
            duties: The commit function and the heartbeat.
        """
        self._duties = duties
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self._failure: Exception | None = None

    def check(self) -> None:
        """Check that the heartbeat is still running."""
        if self._failure is not None:
            raise _failed(self._failure) from self._failure

    async def call(self, function: Callable[[], T]) -> T:
        """Let others run first, as real I/O would, then run the function."""
        await asyncio.sleep(0)
        _refuse_if(self._closed)
        self.check()
        result = function()
        self._tick()
        return result

    async def commit(self, batch: Batch) -> int:
        """Write one batch."""
        return await self.call(_Write(batch, self._duties.commit))

    def post(self, function: Callable[[], object]) -> None:
        """Run a function now."""
        function()

    async def close(self, last: Callable[[], None]) -> None:
        """Stop the heartbeat."""
        if self._timer is not None:
            self._timer.cancel()
        if not self._closed:
            self._closed = True
            last()

    def _tick(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        wait = None if self._closed else self._beat()
        if wait is not None:
            self._timer = asyncio.get_running_loop().call_later(wait, self._tick)

    def _beat(self) -> float | None:
        try:
            return self._duties.beat()
        except Exception as error:  # noqa: BLE001 - every later call raises it; here nobody would see it
            self._failure = error
            return None


@dataclass(frozen=True, slots=True)
class _Write:
    """The commit of one batch. Batches that wait at the same time become one transaction."""

    batch: Batch
    commit: Callable[[Sequence[Batch]], list[int | LeaseLost]]

    def __call__(self) -> int:
        [result] = self.commit([self.batch])
        if isinstance(result, Exception):
            raise result
        return result


@dataclass(frozen=True, slots=True)
class _Last:
    """The last function; it runs even after a failure, so that files and connections are released."""

    function: Callable[[], None]

    def __call__(self) -> None:
        self.function()


@dataclass(frozen=True, slots=True)
class _Job:
    function: Callable[[], Any]
    future: Future[Any] = field(default_factory=Future)


class ThreadWorker(Executor):
    """Runs everything in one daemon thread, which also keeps the heartbeat while the event loop is busy.

    An executor, because event loops can wait for one: a loop of virtual time stops its clock meanwhile.
    """

    def __init__(self, name: str, duties: WorkerDuties) -> None:
        """The thread starts with the first call.

        Args:
            name: The thread's name.
            duties: The commit function and the heartbeat.
        """
        self._duties = duties
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._taken: list[_Job] = []
        self._stopping = False
        self._closed = False
        self._failure: BaseException | None = None

    def check(self) -> None:
        """Check that the thread is still running."""
        if self._failure is not None:
            raise _failed(self._failure) from self._failure

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Queue a function for the thread; see `concurrent.futures.Executor`."""
        _refuse_if(self._closed)
        if not isinstance(fn, _Last):
            self.check()
        if not self._thread.ident:
            self._thread.start()
        job = _Job(functools.partial(fn, *args, **kwargs) if args or kwargs else fn)
        self._jobs.put(job)
        return job.future

    async def call(self, function: Callable[[], T]) -> T:
        """Run a function in the thread."""
        return await asyncio.get_running_loop().run_in_executor(self, function)

    async def commit(self, batch: Batch) -> int:
        """Write a batch in one transaction with all others that wait in the queue."""
        return await self.call(_Write(batch, self._duties.commit))

    def post(self, function: Callable[[], object]) -> None:
        """Run a function in the thread; its result and errors are dropped."""
        with contextlib.suppress(StateUnavailable):
            self.submit(function)

    async def close(self, last: Callable[[], None]) -> None:
        """Run what is queued, then the last function, then end the thread."""
        if self._closed:
            return
        final = asyncio.get_running_loop().run_in_executor(self, _Last(functools.partial(self._finish, last)))
        self._closed = True
        await final
        self._thread.join()

    def _finish(self, last: Callable[[], None]) -> None:
        self._stopping = True
        last()

    def _run(self) -> None:
        try:
            self._serve()
        except BaseException as error:  # noqa: BLE001 - a thread that died silently would leave its callers waiting
            self._failure = error
            self._refuse_all(error)

    def _serve(self) -> None:
        wait: float | None = None
        while not self._stopping:
            self._taken = self._waiting(wait)
            for together, jobs in itertools.groupby(self._taken, key=lambda job: type(job.function) is _Write):
                (self._write if together else self._call)([*jobs])
            wait = self._duties.beat()

    def _refuse_all(self, error: BaseException) -> None:
        """Fail the call in progress and all later ones, until the store is closed."""
        jobs = self._taken
        while True:
            for job in jobs:
                if isinstance(job.function, _Last):
                    self._call([job])
                elif not job.future.done():
                    job.future.set_exception(_failed(error))
            if self._stopping:
                return
            jobs = self._waiting(None)

    def _waiting(self, wait: float | None) -> list[_Job]:
        jobs: list[_Job] = []
        with contextlib.suppress(queue.Empty):
            jobs.append(self._jobs.get(timeout=wait))
            while True:
                jobs.append(self._jobs.get_nowait())
        return [job for job in jobs if job.future.set_running_or_notify_cancel()]

    def _call(self, jobs: Sequence[_Job]) -> None:
        for job in jobs:
            try:
                job.future.set_result(job.function())
            except BaseException as error:  # noqa: BLE001 - raised in the caller, on the event loop
                job.future.set_exception(error)

    def _write(self, jobs: Sequence[_Job]) -> None:
        batches = [job.function.batch for job in jobs if isinstance(job.function, _Write)]
        try:
            results: Sequence[object] = self._duties.commit(batches)
        except BaseException as error:  # noqa: BLE001 - raised in the callers, on the event loop
            results = [error] * len(jobs)
        for job, result in zip(jobs, results, strict=True):
            if isinstance(result, BaseException):
                job.future.set_exception(result)
            else:
                job.future.set_result(result)


def _failed(error: BaseException) -> StateUnavailable:
    return StateUnavailable(
        f"the connection to the state failed: {type(error).__name__}: {error}; nothing more is sent or written",
        hint="run the command again: it picks up what this run left in its journal",
    )


def _refuse_if(closed: bool) -> None:  # noqa: FBT001 - it is the condition itself
    if closed:
        raise StateUnavailable("the state store is closed", hint="open a new one")
