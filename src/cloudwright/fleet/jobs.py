"""One target's durable run: plan, findings, approval, apply, each a step that DBOS never repeats once it has ended.

A run whose worker died goes on in another worker with the step that had not ended. What that step had begun is in the
target's own state, whose journal takes it up.
"""

from __future__ import annotations

import asyncio
import copy
import hashlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbos import DBOS, WorkflowSerializationFormat

from cloudwright.cli.program import load
from cloudwright.errors import LockHeld, ProgramError
from cloudwright.fleet.model import WORKFLOW, Stand, Word
from cloudwright.target import target

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from cloudwright.app import App
    from cloudwright.fleet.book import Book

    Job = dict[str, Any]
    Told = dict[str, Any]

PLANNED = "planned"
PATIENCE = 90.0
"""Seconds to wait for the lease of another run on the same target."""

_PAUSE = 2.0


class Workplace:
    """What the steps of one process share: the fleet's facts, and the programs that were loaded.

    Attributes:
        stopped: The runs in which too much has failed, as of the worker's last look.
    """

    def __init__(self, book: Book) -> None:
        """Take the book."""
        self.book = book
        self.stopped: frozenset[str] = frozenset()
        self._programs: dict[tuple[str, str], App] = {}
        self._loading = threading.Lock()

    def app(self, job: Job) -> App:
        """A copy of the program's app for one target; the program itself is loaded once a process.

        Raises:
            ProgramError: The file is not the one that the run was made from.
        """
        name = (job["program"], job["digest"])
        with self._loading:
            if name not in self._programs:
                check_digest(Path(job["program"]), job["digest"])
                self._programs[name] = load(Path(job["program"]))
        app = copy.copy(self._programs[name])
        return app.configure(stage=job["target"], state=job["state"] or None, local=job["local"] or None)


_places: list[Workplace] = []


def work_at(place: Workplace) -> None:
    """Say where this process's steps work; DBOS calls them without any context of ours."""
    _places[:] = [place]


def digest_of(path: Path) -> str:
    """The SHA-256 of a program file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check_digest(path: Path, digest: str) -> None:
    """Make sure that a file is the program that a run was made from.

    Raises:
        ProgramError: It is missing, or another one.
    """
    if not path.is_file():
        raise ProgramError(f"there is no program {path} on this worker", hint="put the same file at the same path")
    if digest_of(path) != digest:
        raise ProgramError(
            f"{path} changed since this run was made", hint="cloudwright fleet cancel RUN, and deploy the new one"
        )


@DBOS.step(name="plan")
def plan_step(job: Job) -> Told:
    """Plan one target, and judge its findings."""
    return _told(_plan, job)


@DBOS.step(name="approve")
def approve_step(job: Job, digest: str) -> str:
    """Whether somebody has agreed to this plan: a word of `Stand`."""
    run = _places[0].book.run(job["run"])
    if run.word is Word.CANCELLED:
        return Stand.CANCELLED
    if run.word is Word.PAUSED or run.id in _places[0].stopped:
        return Stand.HELD
    agreed = run.spec.yes or run.approved.get(job["target"]) == digest
    return Stand.RUNNING if agreed else Stand.WAITING


@DBOS.step(name="apply")
def apply_step(job: Job) -> Told:
    """Bring one target in place."""
    return _told(_apply, job)


@DBOS.workflow(name=WORKFLOW, serialization_type=WorkflowSerializationFormat.PORTABLE)
def run_target(job: Job) -> Told:
    """One attempt at one target; an error or a finding of severity error ends it before anything is changed."""
    planned = plan_step(job)
    if planned["stand"] != PLANNED:
        return planned
    if not planned["changes"]:
        return {**planned, "stand": Stand.DONE}
    answer = approve_step(job, planned["digest"])
    if answer != Stand.RUNNING:
        return {**planned, "stand": answer}
    return {**planned, **apply_step(job)}


async def _plan(job: Job) -> Told:
    plan = await _places[0].app(job).plan()
    errors = [one.id for one in plan.findings if one.severity == "error" and not one.silenced]
    told = {"stand": PLANNED, "changes": len(plan.changes), "digest": plan.digest}
    if errors:
        found = ", ".join(dict.fromkeys(errors))
        return {**told, "stand": Stand.FAILED, "error": f"findings of severity error: {found}"}
    return told


async def _apply(job: Job) -> Told:
    app = _places[0].app(job)
    result = await _patiently(app)
    failed = "; ".join(f"{one.key}: {one.message or one.status}" for one in result.failed)
    return {"stand": Stand.FAILED if result.failed else Stand.DONE, "error": failed}


async def _patiently(app: App) -> Any:
    """Deploy; a lease of a worker that is gone is broken, any other one is waited for."""
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE
    while True:
        try:
            return await app.deploy()
        except LockHeld:
            if not await _broken(app):
                if loop.time() > until:
                    raise
                await asyncio.sleep(_PAUSE)


async def _broken(app: App) -> bool:
    lease = await app.holder()
    if lease is None:
        return True
    gone = {(one.host, one.pid) for one in _places[0].book.workers() if one.gone}
    if (lease.holder.host, lease.holder.pid) not in gone:
        return False
    await app.unlock(lease.id)
    return True


def _told(work: Callable[[Job], Coroutine[Any, Any, Told]], job: Job) -> Told:
    """Run a step; an error becomes a result, so that the other targets go on."""
    place = target(account=job["account"], region=job["region"], role_arn=job["role_arn"] or None)
    try:
        with place:
            return asyncio.run(work(job))
    except Exception as error:  # noqa: BLE001 - one target's error is its own result, never the worker's end
        hint = getattr(error, "hint", None)
        return {"stand": Stand.FAILED, "error": f"{error}" + (f" ({hint})" if hint and hint not in str(error) else "")}
