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
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbos import DBOS, WorkflowSerializationFormat

from cloudwright.aws.session import Sessions
from cloudwright.errors import LockHeld, ProgramError
from cloudwright.fleet.consent import Consent
from cloudwright.fleet.model import WORKFLOW, Decision, TargetStatus, Verb
from cloudwright.fleet.program import check_files
from cloudwright.fleet.programs import ProgramKey, Programs
from cloudwright.fleet.verbs import HANDLERS, PLANNED, about
from cloudwright.plan.options import PlanOptions
from cloudwright.plan.saved import plan_from
from cloudwright.runs.runtime import open_runtime, state_address
from cloudwright.state.open import public
from cloudwright.target import target

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator

    from cloudwright.app import App
    from cloudwright.engine.outcome import Result
    from cloudwright.fleet.store import FleetStore
    from cloudwright.fleet.verbs import TargetResult
    from cloudwright.plan.model import Plan
    from cloudwright.runs.runtime import Runtime, Settings

    Job = dict[str, Any]

PATIENCE = 90.0
"""Seconds to wait for the lease of another run on the same target."""

_PAUSE = 2.0

_BEYOND = (
    "replacements or deletes are needed that the first plan did not show; --yes does not cover them "
    "(cloudwright fleet retry RUN; its plan then begins with them)"
)


class WorkerContext:
    """What the steps of one process share: the fleet's facts, and the programs that were loaded.

    Attributes:
        stopped: The runs in which too much has failed, as of the worker's last look.
    """

    def __init__(self, store: FleetStore) -> None:
        """Take the store."""
        self.store = store
        self.stopped: frozenset[str] = frozenset()
        self._sessions = Sessions()
        self._programs = Programs()

    @contextlib.contextmanager
    def app(self, job: Job) -> Iterator[App]:
        """A copy of the program's app for one target; the program is loaded once a process and stage.

        Raises:
            ProgramError: The program is not the one that the run was made from, or the state would be another one.
        """
        key = ProgramKey(job["program"], tuple(sorted(job["files"].items())), job["stage"], job["local"])
        with self._programs.using(key, lambda: program_of(job)) as loaded:
            app = copy.copy(loaded).configure(stage=job["target"])
            check_state(app, job)
            yield app if job["local"] else app.configure(runtime=self._opened)

    async def _opened(self, settings: Settings) -> Runtime:
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
    run = _contexts[0].store.run(job["run"])
    if run.decision is Decision.CANCELLED:
        return TargetStatus.CANCELLED
    if run.decision is Decision.PAUSED or run.id in _contexts[0].stopped:
        return TargetStatus.HELD
    agreed = run.spec.yes or run.approved.get(job["target"]) == digest
    return TargetStatus.RUNNING if agreed else TargetStatus.WAITING


@DBOS.step(name="apply")
def apply_step(job: Job, agreed: dict[str, Any]) -> TargetResult:
    """Do to one target what was planned, as far as the agreed plan goes."""
    return _result_of(functools.partial(_apply, agreed=plan_from(agreed)), job)


@DBOS.workflow(name=WORKFLOW, serialization_type=WorkflowSerializationFormat.PORTABLE)
def run_target(job: Job) -> TargetResult:
    """One attempt at one target; an error or a finding of severity error ends it before anything is changed."""
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
    with _contexts[0].app(job) as app:
        return await HANDLERS[Verb(job["verb"])].look(app, _options(job))


async def _apply(job: Job, agreed: Plan) -> TargetResult:
    apply = HANDLERS[Verb(job["verb"])].apply
    assert apply is not None, "who only looks comes to no approval"
    consent = Consent(agreed, yes=job["yes"])
    with _contexts[0].app(job) as app:
        result = await _patiently(app, lambda: apply(app, _options(job), consent))
    failed = "; ".join(f"{one.key}: {one.message or one.status}" for one in result.failed)
    if failed:
        return {"status": TargetStatus.FAILED, "error": failed}
    if consent.beyond is None:
        return {"status": TargetStatus.DONE}
    if job["yes"]:
        return {"status": TargetStatus.FAILED, "error": _BEYOND, **about(consent.beyond)}
    return {"status": TargetStatus.WAITING, **about(consent.beyond)}


def _options(job: Job) -> PlanOptions:
    return PlanOptions(refresh=job["refresh"])


async def _patiently(app: App, apply: Callable[[], Awaitable[Result]]) -> Result:
    """Apply; a lease of a worker that is gone is broken, any other one is waited for."""
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE
    while True:
        try:
            return await apply()
        except LockHeld:
            if not await _broken(app):
                if loop.time() > until:
                    raise
                await asyncio.sleep(_PAUSE)


async def _broken(app: App) -> bool:
    lease = await app.holder()
    if lease is None:
        return True
    gone = {(one.host, one.pid) for one in _contexts[0].store.workers() if one.gone}
    if (lease.holder.host, lease.holder.pid) not in gone:
        return False
    await app.unlock(lease.id)
    return True


def _result_of(work: Callable[[Job], Coroutine[Any, Any, TargetResult]], job: Job) -> TargetResult:
    """Run a step; an error becomes a result, so that the other targets go on."""
    place = target(account=job["account"], region=job["region"], role_arn=job["role_arn"] or None)
    try:
        with place:
            return asyncio.run(work(job))
    except Exception as error:  # noqa: BLE001 - one target's error is its own result, never the worker's end
        hint = getattr(error, "hint", None)
        return {
            "status": TargetStatus.FAILED,
            "error": f"{error}" + (f" ({hint})" if hint and hint not in str(error) else ""),
        }
