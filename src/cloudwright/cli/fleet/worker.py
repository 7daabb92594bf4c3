"""A process that works on a fleet's runs: it waits for a database that is away, and ends well."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from dataclasses import field
from typing import TYPE_CHECKING, Any, TypeVar

from cloudwright.cli.fleet.show import show_run
from cloudwright.cli.signals import on_ending
from cloudwright.cli.views.command_hints import attempts_with_advice
from cloudwright.errors import StateUnavailable
from cloudwright.fleet.schedule import AT_REST, newest, rows, run_status
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from cloudwright.cli.views.port import View
    from cloudwright.fleet.model import Attempt, FleetRun
    from cloudwright.fleet.service import Fleet
    from cloudwright.fleet.worker import WorkerProcess

    Answer = TypeVar("Answer")

ROUND = 0.5
"""Seconds between two rounds over the runs."""

_SHOWN = 4
"""Targets that an ending worker names."""

AWAY = 2.0
"""Seconds between two tries to reach a database that is away."""


@dataclass(slots=True)
class WorkerSignals:
    """Handles signals: the first one starts nothing more, the second one stops at once.

    Attributes:
        signal: Number of the first signal; 0 before one arrives.
    """

    view: View
    worker: WorkerProcess
    signal: int = 0
    _asked: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        on_ending(self._strike)

    @property
    def asked(self) -> bool:
        """Whether a signal arrived."""
        return self._asked.is_set()

    async def wait(self, seconds: float) -> None:
        """Wait, at most until a signal arrives."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._asked.wait(), seconds)

    def _strike(self, number: int) -> None:
        if self.asked:
            # Steps run in threads, which cannot be ended. The worker that takes over finds their journals.
            say(self.view, self.worker, "stopped at once; another worker takes over its targets")
            sys.stdout.flush()
            os._exit(128 + number)
        self.signal = number
        self._asked.set()


def say(view: View, worker: WorkerProcess, text: str) -> None:
    """Report an event of a worker."""
    from cloudwright.render.contract.fleet import FleetWorkerLine

    view.message(f"worker {worker.name}: {text}", FleetWorkerLine(worker=worker.name, text=text).as_object())


@contextlib.asynccontextmanager
async def working(view: View, url: str, concurrency: int) -> AsyncIterator[tuple[WorkerProcess, WorkerSignals]]:
    """Run a worker while the block runs; then finish the targets in progress.

    Args:
        view: Receives the messages.
        url: The fleet's database.
        concurrency: Concurrent targets in this process.
    """
    from cloudwright.fleet.worker import working as worker_at

    place = worker_at(url, concurrency=concurrency)
    # DBOS wants no event loop around it.
    worker = await asyncio.to_thread(place.__enter__)
    ending = WorkerSignals(view, worker)
    try:
        yield worker, ending
    finally:
        await asyncio.to_thread(_stop, place, view, worker)


def _stop(place: Any, view: View, worker: WorkerProcess) -> None:
    try:
        in_progress = worker.in_progress()
    except StateUnavailable:
        in_progress = ["targets that may be in progress (its database can't be reached)"]
    if in_progress:
        say(view, worker, f"ends once {_names(in_progress)} has ended; another signal stops at once")
    place.__exit__(None, None, None)
    if in_progress:
        say(view, worker, "ended; it has no targets in progress")


def _names(targets: list[str]) -> str:
    more = f" and {len(targets) - _SHOWN} more" if len(targets) > _SHOWN else ""
    return ", ".join(targets[:_SHOWN]) + more


async def serve(view: View, url: str, concurrency: int, *, until_idle: bool) -> int:
    """Work on every run of a database, until a signal arrives or nothing is left to do.

    Args:
        view: Receives the messages.
        url: The fleet's database.
        concurrency: Concurrent targets in this process.
        until_idle: Whether to end when no run is in progress.
    """
    async with working(view, url, concurrency) as (worker, ending):
        from cloudwright.render.contract.fleet import FleetWorkerLine

        view.message(f"worker {worker.name}", FleetWorkerLine(worker=worker.name).as_object())
        await _keep_running(view, worker, ending, until_idle=until_idle)
    return 0


async def work(view: View, fleet: Fleet, run: FleetRun, concurrency: int) -> int:
    """Work on a run until it ends or a signal arrives, then show it.

    Args:
        view: Receives the messages.
        fleet: Of the run.
        run: The one to follow; others are worked on, too.
        concurrency: Concurrent targets in this process.
    """
    async with working(view, fleet.store.url, concurrency) as (worker, ending):
        looking = asyncio.create_task(_keep_running(view, worker, ending))
        following = asyncio.create_task(follow(view, fleet, run, ending))
        try:
            ended, _ = await asyncio.wait({looking, following}, return_when=asyncio.FIRST_COMPLETED)
            for each in ended:
                each.result()
        finally:
            view.pause()
            await _stopped(looking, following)
    return await _shown(view, fleet, run, ending.signal)


async def _shown(view: View, fleet: Fleet, run: FleetRun, signal: int) -> int:
    run, attempts = _read(fleet, run)
    code = await show_run(view, fleet, run)
    if not signal or run_status(run, newest(attempts)) in AT_REST:
        return code
    view.message(f"\n  the next worker continues the run; cloudwright fleet cancel {run.id} ends it")
    return 128 + signal


async def watch(view: View, fleet: Fleet, run: FleetRun) -> int:
    """Report every target that moves until the run is over, then show the run.

    Returns:
        The exit code.
    """
    try:
        await follow(view, fleet, run)
    finally:
        view.pause()
    return await show_run(view, fleet, fleet.store.run(run.id))


async def follow(view: View, fleet: Fleet, run: FleetRun, ending: WorkerSignals | None = None) -> None:
    """Report every change of a target's status, until the run ends or a signal arrives.

    Args:
        view: Receives the messages.
        fleet: Of the run.
        run: As it was read last.
        ending: Of this process, if it works.
    """
    while not (ending and ending.asked):
        if seen := await patiently(view, lambda: _read(fleet, run), ending):
            now, latest = seen[0], newest(seen[1])
            view.fleet_continues(now, attempts_with_advice(now, rows(now, latest)))
            if run_status(now, latest) in AT_REST:
                return
        await (ending.wait(ROUND) if ending else asyncio.sleep(ROUND))


def _read(fleet: Fleet, run: FleetRun) -> tuple[FleetRun, list[Attempt]]:
    now = fleet.store.run(run.id)
    return now, fleet.queue.attempts(now)


async def _keep_running(view: View, worker: WorkerProcess, ending: WorkerSignals, *, until_idle: bool = False) -> None:
    """Advance all runs until a signal arrives or nothing is left to do."""
    while not ending.asked:
        unfinished = await patiently(view, worker.advance, ending)
        if until_idle and unfinished is False:
            return
        await ending.wait(ROUND)


async def _stopped(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def patiently(view: View, ask: Callable[[], Answer], ending: WorkerSignals | None = None) -> Answer | None:
    """Ask the fleet's database, however long it is away.

    Args:
        view: Shows once that the database is away, and once that it is back.
        ask: Blocks; raises `StateUnavailable` while the database is away.
        ending: Ends the waiting.

    Returns:
        The answer; `None` if a signal arrived first.
    """
    text = False
    while not (ending and ending.asked):
        try:
            answer = await asyncio.to_thread(ask)
        except StateUnavailable as error:
            if not text:
                view.message(f"{str(error).partition(chr(10))[0]}; waiting for it")
            text = True
            await (ending.wait(AWAY) if ending else asyncio.sleep(AWAY))
        else:
            if text:
                view.message("the fleet's database answers again")
            return answer
    return None
