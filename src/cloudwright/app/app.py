"""An app: what a program defines, and the operations that plan, deploy, change and destroy it.

Everything the command line does is a plain async method here that never prompts and never prints.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from cloudwright.app.session import AppSession, Callbacks
from cloudwright.call_errors import checked
from cloudwright.lazy_dataclass import replace
from cloudwright.plan.lookups import saved_answers
from cloudwright.plan.options import PlanOptions
from cloudwright.program.awaitable import awaitable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
    from pathlib import Path

    from cloudwright.app.doctor import Check
    from cloudwright.app.images.api import Images
    from cloudwright.app.images.deployed import BuildObserver
    from cloudwright.app.images.session import ImageSession
    from cloudwright.app.plan import PlannedProgram
    from cloudwright.app.takeover import MakeDriver, Takeover, TakeoverRequest
    from cloudwright.engine.outcome import Observer, Result
    from cloudwright.permissions.model import AccountPermissions, Purpose
    from cloudwright.plan.drift import DriftReport
    from cloudwright.plan.model import PinnedAnswer, Plan
    from cloudwright.state.records import Record


class App(AppSession):
    """A named program and its deployments, one for each stage. App and stage together name a state.

    Attributes:
        name: The app's name.
        tags: Tags for every taggable resource.
        read_early: What the program's top level has read of `stage` and `local`; it is not run again when the command
            line says otherwise.
    """

    @awaitable
    async def plan(self, options: PlanOptions | None = None) -> Plan:
        """Plan a deploy. Reads, but never writes.

        Args:
            options: The options of the plan.

        Raises:
            CloudwrightError: The program can't be planned.
        """
        return (await self.planned(options)).plan

    @awaitable
    async def planned(self, options: PlanOptions | None = None) -> PlannedProgram:
        """The plan of a deploy, with values that only this process may see, such as outputs in clear.

        Args:
            options: The options of the plan.

        Raises:
            CloudwrightError: The program can't be planned.
        """
        async with self._running("plan") as runtime:
            return await self._planned_once(runtime, options or PlanOptions())

    @awaitable
    async def validate(self) -> Plan:
        """Check the program against schemas and rules. Needs no account, no network and no state.

        Returns:
            The plan of a first deploy with its findings; partial where the program computes with what only a deploy
            makes known.

        Raises:
            CloudwrightError: The program can't be planned.
            NeedsAws: The program declares a type whose schema is not bundled.
        """
        from cloudwright.app.validation import validate
        from cloudwright.plan.options import PlanOptions

        options = self._strict(PlanOptions())
        return await validate(
            self._program(), self.name, self.state_stage, self._judge, options, self.tags, self._providers
        )

    @awaitable
    async def ask_service(self, plan: Plan) -> Plan:
        """Check a plan with Image Builder's dry runs, and add the answers to its findings. Creates nothing.

        Args:
            plan: From `plan`.

        Raises:
            CloudwrightError: The state can't be opened.
        """
        from cloudwright.app.ask_service import ask_service
        from cloudwright.plan.findings import merge
        from cloudwright.services.imagebuilder import DryRuns
        from cloudwright.services.port import RatedPort

        async with self._running("dry runs") as runtime:
            who = "the local cloud" if runtime.local else "AWS"
            answers = await ask_service(DryRuns(RatedPort(runtime.services.control)), plan, who)
        return replace(plan, findings=merge((*plan.findings, *self._judge.quieted(plan, answers)), ()))

    @awaitable
    async def deploy(
        self,
        plan: Plan | None = None,
        *,
        options: PlanOptions | None = None,
        observer: Observer | None = None,
        concurrency: int | None = None,
        approve: Callable[[Plan], Awaitable[bool]] | None = None,
        allow_findings: bool = False,
        answers: Iterable[PinnedAnswer] = (),
        builds: BuildObserver | None = None,
    ) -> Result:
        """Create and update the declared resources, and delete those that are no longer declared.

        Args:
            plan: A saved plan; refused if the state or the program changed since.
            options: The options of the plan.
            observer: Called with each event of the run.
            concurrency: Maximum number of parallel steps.
            approve: Called for every plan before it is applied; a program that computes with unknown values has
                several. Without it every plan is applied.
            allow_findings: Deploy despite findings of severity error.
            answers: The answers of lookups in this run, such as those of a plan that was approved earlier.
            builds: Is shown how far each `ImageBuilder.Image` is that this run builds; takes a few calls to Image
                Builder while such a build runs, and none otherwise.

        Raises:
            CloudwrightError: The program can't be planned, or the stage is locked.
            FindingsStop: A resource that would change has a finding of severity error.
        """
        asked = options or PlanOptions()
        return await self._applied(
            lambda planner, inspection: self._planned(planner, inspection, asked, judge=self._judge.of_changes),
            self._program(),
            Callbacks(observer, approve, builds),
            concurrency=concurrency,
            saved=plan,
            chosen=asked.chosen,
            allow_findings=allow_findings,
            answers=saved_answers(answers if plan is None else plan.lookups),
        )

    @awaitable
    async def permissions(
        self, purpose: Purpose | None = None, options: PlanOptions | None = None, *, plan: Plan | None = None
    ) -> tuple[AccountPermissions, ...]:
        """List the IAM permissions that a run needs, for each account. Plans, but never writes.

        Args:
            purpose: The kind of run; a deploy by default.
            options: The options of its plan.
            plan: The run's plan, if there is one already.

        Raises:
            CloudwrightError: The program can't be planned.
        """
        from cloudwright.app.permissions import needed_permissions
        from cloudwright.permissions.model import Purpose

        async with self._running("permissions") as runtime:
            if plan is None:
                asked = options or PlanOptions()
                planner = self._planner(runtime)
                plan = (await self._planned(planner, await planner.inspect(asked.chosen), asked)).plan
            return await needed_permissions(plan, runtime, self.settings, purpose or Purpose.DEPLOY)

    @awaitable
    async def check_permissions(self, plan: Plan, needed: Iterable[AccountPermissions] | None = None) -> Plan:
        """Simulate the caller's permissions with IAM, and add a finding to the plan for each missing one.

        Args:
            plan: From `plan`.
            needed: From `permissions`; by default what a deploy of the plan needs.

        Raises:
            CloudwrightError: The state can't be opened.
        """
        from cloudwright.app.permission_check import check_permissions
        from cloudwright.plan.findings import merge
        from cloudwright.services.iam import Simulator
        from cloudwright.services.port import RatedPort

        wanted = tuple(needed) if needed is not None else await self.permissions(plan=plan)
        async with self._running("check permissions") as runtime:
            control = runtime.services.control
            found = await check_permissions(control, Simulator(RatedPort(control)), plan, wanted)
        return replace(plan, findings=merge((*plan.findings, *self._judge.quieted(plan, found)), ()))

    @awaitable
    async def plan_destroy(self, options: PlanOptions | None = None) -> Plan:
        """Plan a destroy. The program is not run.

        Args:
            options: The options of the plan.
        """
        async with self._running("plan destroy") as runtime:
            planner = self._planner(runtime)
            return (await planner.plan_destroy(await planner.inspect(), options or PlanOptions())).plan

    @awaitable
    async def destroy(
        self,
        *,
        options: PlanOptions | None = None,
        observer: Observer | None = None,
        concurrency: int | None = None,
        approve: Callable[[Plan], Awaitable[bool]] | None = None,
    ) -> Result:
        """Delete every resource in the state. The program is not run.

        Args:
            options: The options of the plan.
            observer: Called with each event of the run.
            concurrency: Maximum number of parallel steps.
            approve: Called with the plan before anything is deleted. Without it, the plan is applied.

        Raises:
            CloudwrightError: A resource is protected, or the stage is locked.
        """
        asked = options or PlanOptions()
        return await self._applied(
            lambda planner, inspection: planner.plan_destroy(inspection, asked),
            None,
            Callbacks(observer, approve),
            concurrency=concurrency,
        )

    @awaitable
    async def import_(
        self,
        key: str,
        identifier: str,
        *,
        force: bool = False,
        observer: Observer | None = None,
        approve: Callable[[Plan], Awaitable[bool]] | None = None,
    ) -> Result:
        """Adopt an existing resource under a declared key, with those that it depends on. Changes nothing else.

        Args:
            key: The declared key.
            identifier: Cloud Control's primary identifier: parts joined by `|`, or its JSON form.
            force: Adopt it even if CloudFormation manages it or another owner's tag claims it.
            observer: Called with each event of the run.
            approve: Called with the plan before anything is recorded. Without it, the plan is applied.

        Raises:
            CloudwrightError: It is managed already, does not exist, or differs where no update can change it.
        """
        options = PlanOptions(imports=((key, identifier),), targets=(key,), force=force)
        return await self.deploy(options=options, observer=observer, approve=approve, allow_findings=True)

    @awaitable
    async def take_over(self, asked: TakeoverRequest) -> Takeover:
        """Adopt resources that another tool manages. Only writes the state, and reports the differences.

        Args:
            asked: The resources to take over, and whether they may have a stack's tags.

        Raises:
            PlanError: A resource carries the tags of a stack, and nobody consented.
            CloudwrightError: The program can't be planned.
        """
        from cloudwright.app.takeover import take_over

        return await take_over(_Takeovers(self), asked)

    @awaitable
    async def check_handover(self, terraform: Path | None = None) -> tuple[Check, ...]:
        """Check whether other tools have released the adopted resources, and end the claims of those that have.

        Args:
            terraform: Terraform's state, as `terraform show -json` prints it.

        Returns:
            A check for each resource that was claimed.

        Raises:
            CloudwrightError: The state can't be opened, or AWS can't be reached.
        """
        from cloudwright.app.handover import check_handover, evidence_of, released

        async with self._running("doctor handover") as runtime:
            snapshot = await runtime.services.store.read()
            checks = await check_handover(runtime, snapshot, evidence_of(self.settings.folder, terraform))
        if any(check.ok for _, check in checks):
            await self.state_admin.change(
                lambda now: released(now, checks), serial=snapshot.serial, command="doctor --handover"
            )
        return tuple(check for _, check in checks)

    @awaitable
    async def drift(self, keys: Iterable[str] = ()) -> DriftReport:
        """Read the live resources and report the differences from the last deploy. The program is not run.

        Args:
            keys: Compare only these; everything by default.

        Raises:
            CloudwrightError: The state has no such key, or AWS can't be reached.
        """
        from cloudwright.app.drift import find_drift

        async with self._running("drift") as runtime:
            return await find_drift(runtime, keys)

    @checked("app.interrupt")
    def interrupt(self, signal: int) -> None:
        """Interrupt the run. The first call starts nothing new; the second one stops at once.

        Args:
            signal: The signal's number.
        """
        if self._interrupt is not None:
            self._interrupt.strike(signal)

    def cli(self) -> None:
        """Run the command line on this app: `python infra.py plan|deploy|destroy|...`."""
        from importlib.metadata import entry_points

        (command,) = entry_points(group="cloudwright.cli", name="main")
        command.load()(app=self, file=str(self._file))

    # -- parts

    @property
    def images(self) -> Images:
        """The images that the program delivers: run, follow, promote, roll back, retire and compare them."""
        if self._images is None:
            from cloudwright.app.images.api import Images

            self._images = Images(self._image_session)
        found: Images = self._images
        return found

    @contextlib.asynccontextmanager
    async def _image_session(self, command: str) -> AsyncIterator[ImageSession]:
        from cloudwright.app.images.api import refuse_partial
        from cloudwright.app.images.session import ImageSession

        async with self._running(f"images {command}") as runtime:
            planner = self._planner(runtime)
            planned = await self._planned(planner, await planner.inspect(), PlanOptions(), judge=lambda _: ())
            yield refuse_partial(ImageSession(runtime, planned.plan, await runtime.services.store.read()))


class _Takeovers:
    """What a takeover does with an app."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def plan_with(self, driver: MakeDriver, options: PlanOptions) -> PlannedProgram:
        """See `AppRuns.plan_with`."""
        return await self.app._planned_with(driver, options)  # noqa: SLF001 - the other half of the same class

    async def plan(self, options: PlanOptions) -> Plan:
        """See `AppRuns.plan`."""
        found: Plan = await self.app.plan(options)
        return found

    async def record(self, options: PlanOptions, approve: Callable[[Plan], Awaitable[bool]]) -> Result:
        """See `AppRuns.record`."""
        found: Result = await self.app.deploy(options=options, approve=approve, allow_findings=True)
        return found

    async def records(self) -> tuple[Record, ...]:
        """See `AppRuns.records`."""
        return tuple((await self.app.snapshot()).records)
