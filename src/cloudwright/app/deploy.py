"""A run that writes: take the lease, recover, plan, get approval, apply, and repeat until the plan is complete."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING, Any

from cloudwright.app.lease_holder import LEASE_TTL, holder
from cloudwright.app.outputs import seal_outputs, unseal_outputs
from cloudwright.app.type_registry import learn_recorded, without_types
from cloudwright.app.unsent_changes import observed_changes, unsent_changes
from cloudwright.engine.executor import ended_well
from cloudwright.engine.journal_inspection import inspect_journal
from cloudwright.engine.outcome import Outcome, Result, RunNotice, Status, broken, deviated, one_a_step
from cloudwright.engine.run import DeployRun
from cloudwright.engine.timeline import Recorder
from cloudwright.errors import PlanDeviation, ResourceFailed, StateError
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.plan.asset_places import assets_in
from cloudwright.plan.claims import refuse_claimed
from cloudwright.plan.consent import refuse_unconsented
from cloudwright.plan.findings import blocking, refuse
from cloudwright.plan.model import Action
from cloudwright.program.document import holds_unknown, resolve
from cloudwright.program.run import ProgramRun
from cloudwright.state.changes import PutLearned, PutOutputs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from cloudwright.app.images.deployed import BuildObserver
    from cloudwright.app.interrupt import Interrupt
    from cloudwright.app.plan import PlannedProgram
    from cloudwright.app.runtime import Runtime
    from cloudwright.engine.apply_pass import ApplyDriver
    from cloudwright.engine.executor import Executor
    from cloudwright.engine.journal_inspection import JournalInspection
    from cloudwright.engine.outcome import Event
    from cloudwright.plan.model import Plan
    from cloudwright.program.question import LookupQuestion
    from cloudwright.state.journal import JournalEntry
    from cloudwright.state.leases.lease import Lease
    from cloudwright.state.snapshot import Snapshot


KEY_FILE_NOTE = (
    "the state's secrets are sealed with this user's key file: no other machine can open them; "
    "to share, set CLOUDWRIGHT_PASSPHRASE or CLOUDWRIGHT_KMS_KEY (docs/secrets.md)"
)

_IMAGE = "AWS::ImageBuilder::Image"
_UNSENT = frozenset({Action.MOVE, Action.FORGET})
"""What changes the state alone."""

_STAGES = 50
"""Maximum of plans in one deploy; each stage provides values that the next one computes with."""


@dataclass(slots=True, kw_only=True)
class Deployment:
    """One run that writes.

    Attributes:
        plan_once: Computes the plan from an inspected state.
        function: The program; `None` for a destroy.
        approve: Called for every plan before it is applied.
        allow_findings: Whether findings of severity error are ignored.
        chosen: Keys whose resource the user has named or wants to adopt.
        builds: Is shown the images that are built; `None`: nobody watches them.
        cut: Whether a signal ended the run before its last stage.
    """

    runtime: Runtime
    plan_once: Callable[[JournalInspection], Awaitable[PlannedProgram]]
    function: Callable[[], Any] | None
    approve: Callable[[Plan], Awaitable[bool]]
    read: Callable[[str, str, str | None], Awaitable[Mapping[str, object]]]
    observe: Callable[[Event], None]
    interrupt: Interrupt
    allow_findings: bool = False
    chosen: frozenset[str] = frozenset()
    concurrency: int | None = None
    builds: BuildObserver | None = None
    saved: Plan | None = None
    plans: list[Plan] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    planned: PlannedProgram | None = None
    kept_before: Mapping[str, object] = field(default_factory=dict)
    outputs: dict[str, object] = field(default_factory=dict)
    cut: bool = False
    recorder: Recorder = field(init=False)

    def __post_init__(self) -> None:
        """Record the times of all steps."""
        self.recorder = Recorder(self.observe)

    async def run(self) -> Result:
        """Take the lease and repeat until nothing is left to do.

        Raises:
            LockHeld: Another run is in progress on this stage.
            CloudwrightError: The program can't be planned.
        """
        loop = asyncio.get_running_loop()
        self.interrupt.task = asyncio.current_task()
        async with self._leased() as run:
            started = loop.time()
            before = self.runtime.services.control.calls
            snapshot = await run.services.store.read()
            self.kept_before = snapshot.sealing
            for _ in range(_STAGES):
                if not await self._stage(run, snapshot):
                    break
                snapshot = await run.services.store.read()
            await self._keep_learned(run)
            await self._refresh_fingerprints(run)
            self._warn_of_key_file(run)
            self._report_late_interrupt()
            return Result(
                plans=tuple(self.plans),
                outcomes=tuple(self.outcomes),
                outputs=self.outputs,
                interrupted=self._interrupted(),
                calls=self.runtime.services.control.calls - before,
                seconds=loop.time() - (self.runtime.services.control.first_call_at or started),
            )

    @contextlib.asynccontextmanager
    async def _leased(self) -> AsyncIterator[DeployRun]:
        services = self.runtime.services
        lease = await services.store.acquire(holder(services.clock.now()), ttl=LEASE_TTL)
        try:
            yield DeployRun(services=services, lease=lease, observe=self.recorder)
        finally:
            await self._release(lease)

    async def _release(self, lease: Lease) -> None:
        with contextlib.suppress(StateError):
            await asyncio.shield(self.runtime.services.store.release(lease))

    async def _stage(self, run: DeployRun, snapshot: Snapshot) -> bool:
        """One plan and its application; returns whether another one must follow."""
        inspection = await self._inspected(run, snapshot)
        planned = await self.plan_once(inspection)
        plan = self._checked(planned.plan)
        self.planned = planned
        self._watch_builds(run, plan, inspection)
        if plan.empty and not inspection.resumes:
            await self._finish_quietly(run, planned, inspection.snapshot)
            # Its findings were reported when it was computed; a deploy that changes nothing prints none.
            self.plans.append(replace(plan, findings=()))
            return False
        refuse_claimed(plan, inspection.snapshot.records)
        if not await self._approved(plan):
            return False
        self.plans.append(plan)
        run.plan = plan.digest
        await run.commit_all(inspection.abandoned)
        if inspection.resumes:
            return await self._resume(run, inspection)
        return await self._apply(run, planned, plan, inspection.snapshot)

    async def _inspected(self, run: DeployRun, snapshot: Snapshot) -> JournalInspection:
        """What became of the requests of a run that died, written to the state where they have ended."""
        run.kept = snapshot.sealing
        run.journal = {entry.id: entry for entry in snapshot.journal}
        kept = await learn_recorded(run.services, (*snapshot.records, *snapshot.journal))
        snapshot = replace(snapshot, journal=without_types(snapshot, kept).journal)
        inspection = await inspect_journal(snapshot, run.services, self.chosen)
        await run.commit_all(inspection.changes)
        for note in inspection.notes:
            self._notice(note)
        if inspection.changes:
            inspection.snapshot = replace(await run.services.store.read(), journal=inspection.snapshot.journal)
        run.set_records(inspection.snapshot.records)
        inspection.ran = frozenset(one.key for one in self.outcomes if one.action is Action.RUN)
        return inspection

    async def _approved(self, plan: Plan) -> bool:
        if self.runtime.head_start is not None:
            self.runtime.head_start.prepare(step.target for step in plan.changes if step.action not in _UNSENT)
        if not await self.approve(plan):
            self.planned = None
            return False
        refuse_unconsented(plan)
        if not self.allow_findings:
            refuse(plan, blocking(plan))
        return True

    def _watch_builds(self, run: DeployRun, plan: Plan, inspection: JournalInspection) -> None:
        """Load what follows the builds of images, if somebody watches and this stage builds any."""
        types = {*(step.type for step in plan.changes), *(entry.type for entry in inspection.resumes.values())}
        if self.builds is None or _IMAGE not in types:
            return
        from cloudwright.app.images.deployed import DeployedImages

        learned = inspection.snapshot.learned
        run.companion = DeployedImages.of(plan, learned, self.runtime, self.builds, self._notice)

    def _checked(self, plan: Plan) -> Plan:
        """The saved plan, if there is one and it is still valid."""
        saved, self.saved = self.saved, None
        if saved is None:
            return plan
        from cloudwright.plan.saved import refuse_stale

        refuse_stale(saved, plan)
        return saved

    async def _resume(self, run: DeployRun, inspection: JournalInspection) -> bool:
        """Complete all open requests of earlier runs, concurrently."""
        from cloudwright.engine.executor import WorkItem

        executor = self._executor()
        run.journal |= {entry.id: entry for entry in inspection.resumes.values()}
        for entry in inspection.resumes.values():
            template = Outcome(
                key=entry.key, type=entry.type, action=Action.RESUME, status=Status.DONE, generation=entry.generation
            )
            resume = partial(_resumed, run, entry, inspection.snapshot, template)
            executor.add(WorkItem(id=entry.id, needs=frozenset(), run=resume, template=template))
        self.outcomes += await executor.drain()
        return all(outcome.status is Status.DONE for outcome in self.outcomes) and self._may_continue()

    def _executor(self) -> Executor:
        from cloudwright.engine.executor import Executor

        return self.interrupt.watch(Executor(concurrency=self.concurrency, of_types=self.runtime.at_once))

    def _may_continue(self) -> bool:
        """Whether another stage may follow this one."""
        self.cut = bool(self.interrupt.signal)
        return not self.cut

    async def _apply(self, run: DeployRun, planned: PlannedProgram, plan: Plan, snapshot: Snapshot) -> bool:
        from cloudwright.engine.deletes import Deletions

        await run.commit_all(observed_changes(planned, snapshot))
        await self._keep_answers(run, planned, plan, snapshot)
        await self._upload(planned, plan)
        applying = self._applying(run, planned, plan)
        error = await self._run_program(applying, planned)
        await applying.executor.drain()
        if self.function is not None and error is None and (not self.interrupt.signal or applying.clean()):
            applying.check_complete()
        self.outcomes += [*one_a_step(applying.executor.outcomes), *map(deviated, applying.deviations)]
        if error is not None and self.function is not None:
            self.outcomes.append(broken(self.function, error))
            return False
        if not applying.clean():
            return False
        if plan.partial is not None:
            return self._may_continue()
        finale = Deletions(run, planned.context, self._executor())
        self.outcomes += await finale.delete_leftovers(plan, applying.records)
        self.outcomes += await self._forget_actions(run, plan, snapshot)
        if ended_well(self.outcomes):
            await self._keep_outputs(run, planned, snapshot)
        return False

    async def _forget_actions(self, run: DeployRun, plan: Plan, snapshot: Snapshot) -> list[Outcome]:
        """Drop the actions that the plan forgets."""
        if not snapshot.actions:
            return []
        from cloudwright.engine.actions import forget_actions

        return await forget_actions(run, plan)

    def _applying(self, run: DeployRun, planned: PlannedProgram, plan: Plan) -> ApplyDriver:
        from cloudwright.engine.apply_pass import ApplyDriver

        executor = self._executor()
        return ApplyDriver(
            run=run,
            plan=plan,
            context=planned.context,
            planned=planned.declarations,
            planner=planned.planner,
            executor=executor,
            read=self.read,
            look=partial(self._look_up, planned.context.snapshot),
            unanswered=planned.unanswered,
            local=self.runtime.local,
        )

    async def _look_up(self, snapshot: Snapshot, question: LookupQuestion) -> Any:
        """The answer that the plan pass got; beyond the end of a partial plan a new one."""
        return (await self.runtime.lookups(snapshot).answer(question)).value

    async def _upload(self, planned: PlannedProgram, plan: Plan) -> None:
        """Upload the assets of what is created or changed, before anything is sent that refers to them."""
        if any(any(assets_in(declaration.document)) for declaration in planned.declarations.values()):
            from cloudwright.app.asset_uploads import upload_assets

            await upload_assets(self.runtime, planned.declarations, plan, self._notice)

    def _notice(self, text: str) -> None:
        self.observe(RunNotice(text=text, at=asyncio.get_running_loop().time()))

    async def _keep_answers(self, run: DeployRun, planned: PlannedProgram, plan: Plan, snapshot: Snapshot) -> None:
        """Record what the program looked up before anything is sent that depends on it."""
        if planned.answers or snapshot.lookups:
            from cloudwright.app.pinned_answers import recording

            await run.commit_all(recording(plan, planned.answers, snapshot, run.services.sealing))

    async def _run_program(self, applying: ApplyDriver, planned: PlannedProgram) -> Exception | None:
        """The apply pass; an exception of the program is returned, so that running steps end and are reported first."""
        if self.function is None:
            return None
        run = ProgramRun(planned.plan.app, planned.plan.stage, applying, self.runtime.local)
        try:
            result = await run.run(self.function)
            await applying.executor.drain()
            if isinstance(result, dict) and applying.clean():
                self.outputs = self._known(resolve(result, applying.value), planned.context.snapshot)
        except (ResourceFailed, PlanDeviation):
            return None
        except Exception as error:  # noqa: BLE001 - the program's own error becomes its outcome
            return error
        return None

    async def _finish_quietly(self, run: DeployRun, planned: PlannedProgram, snapshot: Snapshot) -> None:
        """Apply a plan without steps: edges, options and outputs may still have changed."""
        if self.function is not None:
            await run.commit_all(unsent_changes(planned, snapshot))
            self.outputs = self._known(planned.outputs, snapshot)
            await self._keep_answers(run, planned, planned.plan, snapshot)
        await self._keep_outputs(run, planned, snapshot)

    def _known(self, outputs: Mapping[str, Any], snapshot: Snapshot) -> dict[str, Any]:
        """The outputs; those of resources that `--target` or `--exclude` skipped keep their values."""
        if not any(holds_unknown(value) for value in outputs.values()):
            return dict(outputs)
        before = unseal_outputs(snapshot.outputs, self.runtime.services.sealing)
        known = {name: before.get(name) if holds_unknown(value) else value for name, value in outputs.items()}
        return {name: value for name, value in known.items() if value is not None}

    async def _keep_outputs(self, run: DeployRun, planned: PlannedProgram, snapshot: Snapshot) -> None:
        services = run.services
        if unseal_outputs(snapshot.outputs, services.sealing) == self.outputs and snapshot.uses == planned.uses:
            return
        await run.commit(PutOutputs(seal_outputs(self.outputs, services.sealing), planned.uses))

    async def _refresh_fingerprints(self, run: DeployRun) -> None:
        """After a rotation of the sealing key, a complete deploy leaves nothing under the earlier one."""
        planned, sealing = self.planned, run.services.sealing
        if planned is None or self.function is None or not sealing.document.get("former"):
            return
        if not ended_well(self.outcomes) or self.cut or planned.plan.targeted or planned.plan.partial:
            return
        from cloudwright.app.key_rotation import refreshed as renewed
        from cloudwright.state.sealing.sealer import Sealer

        if isinstance(sealing, Sealer):
            subjects = [each.subject for each in planned.planner.planned.values()]
            await run.commit_all(renewed(await run.services.store.read(), subjects, sealing))

    def _interrupted(self) -> int:
        """The signal that stopped something; 0 if it arrived when nothing was left to stop."""
        return self.interrupt.signal if self.cut or not ended_well(self.outcomes) else 0

    def _report_late_interrupt(self) -> None:
        if self.interrupt.signal and not self._interrupted():
            self._notice("the interrupt arrived after the last step had started: the deploy is complete")

    def _warn_of_key_file(self, run: DeployRun) -> None:
        """Warn once, when a state is first sealed with a key file, that other machines can't open it."""
        if not self.runtime.local and run.kept != self.kept_before and run.kept.get("kind") == "file":
            self._notice(KEY_FILE_NOTE)

    async def _keep_learned(self, run: DeployRun) -> None:
        services = run.services
        if services.control.calls:
            timeline = self.recorder.learned(self.plans, services.clock.now(), asyncio.get_running_loop().time())
            phases = run.companion.learned if run.companion is not None else {}
            calls = {**services.tracker.durations.learned(), **services.control.limiter.learned()}
            learned = {**calls, **timeline, **phases}
            with contextlib.suppress(StateError):
                await run.commit_all([PutLearned(learned)])


async def _resumed(run: DeployRun, entry: JournalEntry, snapshot: Snapshot, template: Outcome) -> Outcome:
    from cloudwright.engine import recovery
    from cloudwright.engine.executor import failure
    from cloudwright.engine.failures import StillRunning

    try:
        done = await recovery.resume(run, entry, snapshot)
    except StillRunning as error:
        return replace(failure(template, error), status=Status.RUNNING)
    return replace(template, identifier=done.record.identifier if done.record else None, notes=done.notes)
