"""One target's durable run: plan, findings, approval, apply, each a step that DBOS never repeats once it has ended.

A run whose worker died goes on in another worker with the step that had not ended. What that step had begun is in the
target's own state, whose journal takes it up.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import functools
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from dbos import DBOS, WorkflowSerializationFormat

from cloudwright.app.runtime import open_runtime, state_address
from cloudwright.aws.session import Sessions
from cloudwright.errors import LockHeld, ProgramError, StateUnavailable
from cloudwright.fleet.consent import FleetConsent
from cloudwright.fleet.error_text import error_text, failures
from cloudwright.fleet.loaded_programs import ProgramKey, Programs
from cloudwright.fleet.model import RECOVERIES, WORKFLOW, RunControl, TargetStatus, Verb
from cloudwright.fleet.program_files import check_files
from cloudwright.fleet.verb_handlers import HANDLERS, PLANNED, about
from cloudwright.plan.options import PlanOptions
from cloudwright.plan.saved import plan_from
from cloudwright.state.address import public
from cloudwright.target import target

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator

    from cloudwright.app.app import App
    from cloudwright.app.runtime import RunSettings, Runtime
    from cloudwright.engine.outcome import Result
    from cloudwright.fleet.model import FleetRun
    from cloudwright.fleet.store import FleetStore
    from cloudwright.fleet.verb_handlers import TargetResult
    from cloudwright.plan.model import Plan

    Job = dict[str, Any]
    Answer = TypeVar("Answer")

PATIENCE = 90.0
"""Seconds for which an apply waits for the lease of another run on the same target, and for a state that is away."""

OPENING = 10.0
"""The same for a plan: nothing was begun yet, and an address that is wrong is to be told soon."""

_PAUSE = 2.0

_BEYOND = (
    "replacements or deletes are needed that the first plan did not show; --yes does not cover them "
    "(cloudwright fleet retry RUN; its plan then begins with them)"
)


class WorkerContext:
    """What the steps of one process share: the fleet's facts, and the programs that were loaded.

    Attributes:
        stopped: The runs in which too much has failed, as of the worker's last look.
        gone: Host and process of the workers that are dead, as of the worker's last look.
        ending: Whether this worker begins nothing more.
        carried: The attempts that are worked on, by the names of their workflows.
    """

    def __init__(self, store: FleetStore) -> None:
        """Take the store."""
        self.store = store
        self.stopped: frozenset[str] = frozenset()
        self.gone: frozenset[tuple[str, int]] = frozenset()
        self.ending: bool = False
        self.carried: set[str] = set()
        self._sessions = Sessions()
        self._programs = Programs()

    @contextlib.contextmanager
    def carrying(self, workflow: str) -> Iterator[None]:
        """Remember what is worked on, while the block lasts."""
        self.carried.add(workflow)
        try:
            yield
        finally:
            self.carried.discard(workflow)

    @contextlib.contextmanager
    def app(self, job: Job) -> Iterator[App]:
        """A copy of the program's app for one target; the program is loaded once a process and stage.

        Raises:
            ProgramError: The program is not the one that the run was made from, or the state would be another one.
        """
        with self._programs.using(_key(job), lambda: program_of(job)) as loaded:
            app = copy.copy(loaded).configure(stage=job["target"])
            check_state(app, job)
            yield app if job["local"] else app.configure(runtime=self._opened)

    def notes(self, job: Job) -> list[str]:
        """What is to be told of the program, after it ran for a target.

        Raises:
            ProgramError: A module changed before it was imported.
        """
        late = self._programs.imported_late(_key(job), job["run"])
        return [f"{', '.join(late)}: imported by a made-up name, so a worker may have it in another version"] * bool(
            late
        )

    async def _opened(self, settings: RunSettings) -> Runtime:
        return await open_runtime(settings, self._sessions)


_contexts: list[WorkerContext] = []


def use(context: WorkerContext) -> None:
    """Say what this process's steps share; DBOS calls them without any context of ours."""
    _contexts[:] = [context]


def program_of(job: Job) -> Path:
    """The file of a run's program: where it was, or under its name in the worker's folder.

    Raises:
        ProgramError: It is missing, or it or one of its modules is another one.
    """
    path = Path(job["program"])
    path = path if path.is_file() else Path.cwd() / path.name
    if not path.is_file():
        raise ProgramError(
            f"there is no program {job['program']} on this worker, nor {path.name} in its folder",
            hint="start the worker in the folder of the program",
        )
    path = path.resolve()
    check_files(path, job["files"], job["run"])
    return path


def place_of_state(app: App) -> tuple[str, str]:
    """Where the states are, as a run keeps it: the address without its password, and the host of a file.

    Args:
        app: Configured as its run wants it.

    Raises:
        StateUnavailable: This is a CI machine, and nobody said where the state lives.
    """
    address = public(state_address(app.settings))
    shared = address.startswith(("s3://", "postgresql://", "postgres://"))
    return address, "" if shared else socket.gethostname()


def check_state(app: App, job: Job) -> None:
    """Make sure that this worker would use the very states that the run means; elsewhere all would be made again.

    Raises:
        ProgramError: It would not.
    """
    state, _ = place_of_state(app)
    if job["host"] and job["host"] != socket.gethostname():
        raise ProgramError(
            f"the state of {job['target']} is a file on {job['host']}, and this worker runs on {socket.gethostname()}",
            hint="share the state: CLOUDWRIGHT_STATE=s3://bucket/prefix or postgresql://..., and begin a new run",
        )
    if job["state"] != state:
        raise ProgramError(
            f"this worker keeps states in {state}, the run in {job['state']}",
            hint=f"start the worker with CLOUDWRIGHT_STATE={job['state']}",
        )


@DBOS.step(name="plan")
def plan_step(job: Job) -> TargetResult:
    """Look at one target: plan it and judge the plan's findings, or compare it with what was deployed."""
    return _result_of(_plan, job)


@DBOS.step(name="approve")
def approve_step(job: Job, digest: str) -> str:
    """Whether somebody has agreed to this plan: a `TargetStatus`."""
    context = _contexts[0]
    run = _waiting(lambda: context.store.run(job["run"]))
    if run.decision is RunControl.CANCELLED:
        return TargetStatus.CANCELLED
    if run.decision is RunControl.PAUSED or run.id in context.stopped or context.ending:
        return TargetStatus.HELD
    agreed = run.spec.yes or run.approved.get(job["target"]) == digest
    return TargetStatus.RUNNING if agreed else TargetStatus.WAITING


def _waiting(ask: Callable[[], FleetRun]) -> FleetRun:
    """Ask the fleet's database, however long it is away; DBOS does the same."""
    while True:
        try:
            return ask()
        except StateUnavailable:
            time.sleep(_PAUSE)


@DBOS.step(name="apply")
def apply_step(job: Job, agreed: dict[str, Any]) -> TargetResult:
    """Do to one target what was planned, as far as the agreed plan goes."""
    return _result_of(functools.partial(_apply, agreed=plan_from(agreed)), job)


@DBOS.workflow(
    name=WORKFLOW,
    serialization_type=WorkflowSerializationFormat.PORTABLE,
    max_recovery_attempts=RECOVERIES,
)
def run_target(job: Job) -> TargetResult:
    """One attempt at one target; an error or a finding of severity error ends it before anything is changed."""
    with _contexts[0].carrying(DBOS.workflow_id or ""):
        return _carried_out(job)


def _carried_out(job: Job) -> TargetResult:
    planned = plan_step(job)
    plan, _ = planned.pop("plan", None), planned.pop("report", None)
    if planned["status"] != PLANNED:
        return planned
    if not planned["changes"]:
        return {**planned, "status": TargetStatus.DONE}
    answer = approve_step(job, planned["digest"])
    if answer != TargetStatus.RUNNING:
        return {**planned, "status": answer}
    applied = apply_step(job, plan)
    applied.pop("plan", None)
    return {**planned, **applied}


async def _plan(job: Job) -> TargetResult:
    options = _options(job)
    with _contexts[0].app(job) as app:
        result = await _patiently(app, lambda: HANDLERS[Verb(job["verb"])].look(app, options), OPENING)
        return {**result, "notes": [*result["notes"], *_contexts[0].notes(job)]}


async def _apply(job: Job, agreed: Plan) -> TargetResult:
    apply = HANDLERS[Verb(job["verb"])].apply
    assert apply is not None, "who only looks comes to no approval"
    options, consents = _options(job), list[FleetConsent]()
    with _contexts[0].app(job) as app:

        async def applied() -> Result:
            consents.append(FleetConsent(agreed, yes=job["yes"]))
            return _with_its_state(await apply(app, options, consents[-1]))

        result = await _patiently(app, applied, PATIENCE)
    if result.failed:
        return {"status": TargetStatus.FAILED, "error": failures(result)}
    beyond = consents[-1].beyond
    if beyond is None:
        return {"status": TargetStatus.DONE}
    if job["yes"]:
        return {"status": TargetStatus.FAILED, "error": _BEYOND, **about(beyond)}
    return {"status": TargetStatus.WAITING, **about(beyond)}


def _with_its_state(result: Result) -> Result:
    """A result, unless the state was away; what was begun by then is in its journal, and is gone on with."""
    for one in result.failed:
        if isinstance(one.error, StateUnavailable):
            raise one.error
    return result


def _key(job: Job) -> ProgramKey:
    return ProgramKey(job["program"], tuple(sorted(job["files"].items())), job["stage"], job["local"])


def _options(job: Job) -> PlanOptions:
    return PlanOptions(refresh=job["refresh"])


async def _patiently(app: App, work: Callable[[], Awaitable[Answer]], patience: float) -> Answer:
    """Do something with a target's state; one that is away, or in the hands of another run, is waited for."""
    loop = asyncio.get_running_loop()
    until = loop.time() + patience
    while True:
        try:
            return await work()
        except (LockHeld, StateUnavailable) as error:
            if loop.time() > until:
                raise
            if not isinstance(error, LockHeld) or not await _broken(app):
                await asyncio.sleep(_PAUSE)


async def _broken(app: App) -> bool:
    """Whether nobody holds the lease any more; that of a worker that is gone is broken."""
    try:
        lease = await app.holder()
    except StateUnavailable:
        return False
    if lease is None:
        return True
    if (lease.holder.host, lease.holder.pid) not in _contexts[0].gone:
        return False
    await app.unlock(lease.id)
    return True


def _result_of(work: Callable[[Job], Coroutine[Any, Any, TargetResult]], job: Job) -> TargetResult:
    """Run a step; an error becomes a result, so that the other targets go on."""
    place = target(account=job["account"], region=job["region"], role_arn=job["role_arn"] or None)
    try:
        with place:
            return asyncio.run(work(job))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - one target's error is its own result, never the worker's end
        return {"status": TargetStatus.FAILED, "error": error_text(error)}
