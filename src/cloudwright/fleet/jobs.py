"""One target's durable run: plan, findings, approval, apply, each a step that DBOS never repeats once it has ended.

After a worker dies, another one repeats the step that had not ended. The requests which that step had sent are in the
journal of the target's own state, and recovery continues them.
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

from cloudwright.app.definition import TraceOrigin
from cloudwright.app.runtime import open_runtime, state_address
from cloudwright.aws.session import Sessions
from cloudwright.errors import LockHeld, ProgramError, StateUnavailable
from cloudwright.fleet.consent import FleetConsent
from cloudwright.fleet.error_text import error_text, failures
from cloudwright.fleet.loaded_programs import LoadedPrograms, ProgramKey
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
"""Seconds that an apply waits for another run's lease on the same target, or for an unreachable state."""

OPENING = 10.0
"""The same for a plan. It is shorter: nothing has been changed yet, and a wrong address should be reported soon."""

_PAUSE = 2.0

_BEYOND = (
    "the plan now needs replacements or deletes that the first one did not show; --yes does not cover them "
    "(cloudwright fleet retry RUN plans again)"
)


class WorkerContext:
    """What the steps of one process share: the fleet's store and the loaded programs.

    Attributes:
        stopped: The runs with too many failures, as of the worker's last round.
        dead: Host and process of the dead workers, as of the worker's last round.
        stopping: Whether this worker starts no more targets.
        in_progress: The attempts in progress here, as workflow ids.
    """

    def __init__(self, store: FleetStore) -> None:
        """Share this store."""
        self.store = store
        self.stopped: frozenset[str] = frozenset()
        self.dead: frozenset[tuple[str, int]] = frozenset()
        self.stopping: bool = False
        self.in_progress: set[str] = set()
        self._sessions = Sessions()
        self._programs = LoadedPrograms()

    @contextlib.contextmanager
    def in_flight(self, workflow: str) -> Iterator[None]:
        """Count a workflow as in progress while the block runs."""
        self.in_progress.add(workflow)
        try:
            yield
        finally:
            self.in_progress.discard(workflow)

    @contextlib.contextmanager
    def app(self, job: Job) -> Iterator[App]:
        """A copy of the program's app for one target; the program is loaded once per process and stage.

        Raises:
            ProgramError: The program differs from the run's, or this worker uses another state.
        """
        with self._programs.using(_key(job), lambda: program_of(job)) as loaded:
            app = copy.copy(loaded).configure(stage=job["target"], trace=trace_of(job))
            check_state(app, job)
            yield app if job["local"] else app.configure(runtime=self._opened)

    def notes(self, job: Job) -> list[str]:
        """Notes about the program, after it ran for a target.

        Raises:
            ProgramError: A module changed before it was imported.
        """
        late = self._programs.imported_late(_key(job), job["run"])
        return [f"{', '.join(late)}: imported by a computed name, so a worker may use another version of it"] * bool(
            late
        )

    async def _opened(self, settings: RunSettings) -> Runtime:
        return await open_runtime(settings, self._sessions)


_contexts: list[WorkerContext] = []


def use(context: WorkerContext) -> None:
    """Set what this process's steps share; DBOS can't pass it to them."""
    _contexts[:] = [context]


def program_of(job: Job) -> Path:
    """The file of a run's program: at its recorded path, or under its name in the worker's folder.

    Raises:
        ProgramError: It is missing, or it or one of its modules has changed.
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


def trace_of(job: Job) -> TraceOrigin:
    """The parent of an attempt's spans: the span of the fleet's run, on any machine."""
    about = {"cloudwright.fleet.run": job["run"], "cloud.account.id": job["account"], "cloud.region": job["region"]}
    return TraceOrigin(job.get("trace", {}), about)


def place_of_state(app: App) -> tuple[str, str]:
    """The location of the states, as a run records it: the address without its password, and the host of a file.

    Args:
        app: Configured for the run.

    Raises:
        StateUnavailable: This is a CI machine, and no state address is configured.
    """
    address = public(state_address(app.settings))
    shared = address.startswith(("s3://", "postgresql://", "postgres://"))
    return address, "" if shared else socket.gethostname()


def check_state(app: App, job: Job) -> None:
    """Check that this worker uses the states that the run names.

    With other states, it would create everything a second time.

    Raises:
        ProgramError: It uses other ones.
    """
    state, _ = place_of_state(app)
    if job["host"] and job["host"] != socket.gethostname():
        raise ProgramError(
            f"the state of {job['target']} is a file on {job['host']}, but this worker runs on {socket.gethostname()}",
            hint="share the state: CLOUDWRIGHT_STATE=s3://bucket/prefix or postgresql://..., and begin a new run",
        )
    if job["state"] != state:
        raise ProgramError(
            f"this worker uses the states in {state}, but the run those in {job['state']}",
            hint=f"start the worker with CLOUDWRIGHT_STATE={job['state']}",
        )


@DBOS.step(name="plan")
def plan_step(job: Job) -> TargetResult:
    """The first step of a target: a plan and its findings, or a drift report."""
    return _result_of(_plan, job)


@DBOS.step(name="approve")
def approve_step(job: Job, digest: str) -> str:
    """Whether this plan is approved: a `TargetStatus`."""
    context = _contexts[0]
    run = _waiting(lambda: context.store.run(job["run"]))
    if run.decision is RunControl.CANCELLED:
        return TargetStatus.CANCELLED
    if run.decision is RunControl.PAUSED or run.id in context.stopped or context.stopping:
        return TargetStatus.HELD
    agreed = run.spec.yes or run.approved.get(job["target"]) == digest
    return TargetStatus.RUNNING if agreed else TargetStatus.WAITING


def _waiting(ask: Callable[[], FleetRun]) -> FleetRun:
    """Query the fleet's database; wait while it is unreachable, as DBOS does."""
    while True:
        try:
            return ask()
        except StateUnavailable:
            time.sleep(_PAUSE)


@DBOS.step(name="apply")
def apply_step(job: Job, agreed: dict[str, Any]) -> TargetResult:
    """Apply what was planned for one target, within the approved plan."""
    return _result_of(functools.partial(_apply, agreed=plan_from(agreed)), job)


@DBOS.workflow(
    name=WORKFLOW,
    serialization_type=WorkflowSerializationFormat.PORTABLE,
    max_recovery_attempts=RECOVERIES,
)
def run_target(job: Job) -> TargetResult:
    """One attempt at one target; an error or a finding of severity error ends it before anything is changed."""
    with _contexts[0].in_flight(DBOS.workflow_id or ""):
        return _attempted(job)


def _attempted(job: Job) -> TargetResult:
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
        result = await _patiently(app, lambda: HANDLERS[Verb(job["verb"])].inspect(app, options), OPENING)
        return {**result, "notes": [*result["notes"], *_contexts[0].notes(job)]}


async def _apply(job: Job, agreed: Plan) -> TargetResult:
    apply = HANDLERS[Verb(job["verb"])].apply
    assert apply is not None, "a verb without an apply step never waits for approval"
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
    """A result, unless the state was unreachable.

    Requests that were already sent are in its journal, and a retry continues them.
    """
    for one in result.failed:
        if isinstance(one.error, StateUnavailable):
            raise one.error
    return result


def _key(job: Job) -> ProgramKey:
    return ProgramKey(job["program"], tuple(sorted(job["files"].items())), job["stage"], job["local"])


def _options(job: Job) -> PlanOptions:
    return PlanOptions(refresh=job["refresh"])


async def _patiently(app: App, work: Callable[[], Awaitable[Answer]], patience: float) -> Answer:
    """Use a target's state; wait while it is unreachable or leased by another run."""
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
    """Whether the lease is free; the lease of a dead worker is broken."""
    try:
        lease = await app.holder()
    except StateUnavailable:
        return False
    if lease is None:
        return True
    if (lease.holder.host, lease.holder.pid) not in _contexts[0].dead:
        return False
    await app.unlock(lease.id, command="fleet worker")
    return True


def _result_of(work: Callable[[Job], Coroutine[Any, Any, TargetResult]], job: Job) -> TargetResult:
    """Run a step; an error becomes a result, so that the other targets continue."""
    place = target(account=job["account"], region=job["region"], role_arn=job["role_arn"] or None)
    try:
        with place:
            return asyncio.run(work(job))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - one target's error is its result and must not end the worker
        return {"status": TargetStatus.FAILED, "error": error_text(error)}
