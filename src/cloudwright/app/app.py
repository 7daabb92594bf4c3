"""An app: a name, a stage, a program, and the operations that plan, deploy, change and destroy it.

Everything the command line does is a plain async method here that never prompts and never prints.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from cloudwright.app.rules import RuleEvaluator
from cloudwright.errors import NoProgram, ProgramError
from cloudwright.lazy_dataclass import replace
from cloudwright.plan.options import PlanOptions
from cloudwright.program.awaitable import awaitable
from cloudwright.program.cli_overrides import asked
from cloudwright.program.run import caller

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
    from types import FrameType

    from cloudwright.app.plan import PlannedProgram
    from cloudwright.app.runtime import RunSettings, Runtime
    from cloudwright.app.state_admin import StateKeeper
    from cloudwright.engine.journal_inspection import JournalInspection
    from cloudwright.engine.outcome import Event, Observer, Result
    from cloudwright.permissions.model import AccountPermissions, Purpose
    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.drift import DriftReport
    from cloudwright.plan.findings import Rule
    from cloudwright.plan.model import Finding, Plan
    from cloudwright.program.source import Source
    from cloudwright.provider.port import Provider
    from cloudwright.state.model import Lease, Snapshot
    from cloudwright.state.store import StateStore

F = TypeVar("F", bound="Callable[[], Any]")
R = TypeVar("R", bound="Rule")
V = TypeVar("V")


async def _always(plan: Plan) -> bool:
    del plan
    return True


def _nobody(event: Event) -> None:
    del event


class App:
    """A named program, and its deployments, one for each stage. App and stage together name one state.

    Attributes:
        name: Names the app.
        tags: Tags for every taggable resource.
        read_early: What the program's top level has read of `stage` and `local`; it is not run again when the command
            line says otherwise.
    """

    def __init__(
        self,
        name: str,
        *,
        stage: str | None = None,
        state: str | None = None,
        local: bool = False,
        tags: Mapping[str, str] | None = None,
        strict_values: bool = False,
        owner_tag: bool = False,
        providers: Sequence[Provider[Any]] = (),
    ) -> None:
        """Name an app; nothing is read or written.

        Args:
            name: Names the app; part of the state's name.
            stage: The stage; by default `$CLOUDWRIGHT_STAGE`, `$USER`, `dev`, in this order.
            state: URL of the state; by default a file in `.cloudwright` beside the program.
            local: Use the embedded cloud.
            tags: Tags for every taggable resource; a resource's own tags win.
            strict_values: The schemas' limits on values (patterns, lengths, enums) are errors instead of warnings.
            owner_tag: Give every taggable resource the tag `cloudwright:owner` with the app and stage, so that no app
                of another store adopts it; a tag of that name in `tags` or of a resource's own wins.
            providers: What makes the resources whose types are written in Python.
        """
        if not name or not name.isprintable() or "/" in name:
            raise ProgramError(f"{name!r} is no name for an app: it is a printable text without '/'")
        self.name = name
        self.tags: dict[str, str] = dict(tags or {})
        told = asked()
        self._stage, self._local = told.stage or stage, local if told.local is None else told.local
        self._state, self._strict_values, self._owner_tag = state, strict_values, owner_tag
        self.read_early: dict[str, object] = {}
        self._file = Path(caller().file or ".")
        self._function: Callable[[], Any] | None = None
        self._runtime: Callable[[RunSettings], Awaitable[Runtime]] | None = None
        self._interrupt: Any = None
        self._judge = RuleEvaluator()
        self._providers = tuple(providers)

    # -- the program

    def program(self, function: F) -> F:
        """Register the function that declares the app's resources; plain or `async`, without parameters.

        Raises:
            ProgramError: The app has one already.
        """
        if self._function is not None:
            raise ProgramError(f"app {self.name!r} has two programs: {self._function.__name__} and {function.__name__}")
        self._function = function
        self._file = Path(function.__code__.co_filename) if hasattr(function, "__code__") else self._file
        return function

    def rule(self, function: R) -> R:
        """Register a rule: a plain function from the plan to findings, run on every plan.

        Args:
            function: See `cloudwright.plan.findings`, which helps to make findings.
        """
        self._judge.rules.append(function)
        return function

    def silence(self, rule_id: str, reason: str) -> None:
        """Silence a rule's findings in the whole app; they are kept, with the reason.

        Args:
            rule_id: Such as `IB103`.
            reason: Why; shown wherever the finding would be.
        """
        self._judge.silence(rule_id, reason)

    @property
    def has_program(self) -> bool:
        """Whether a function was decorated with `@app.program`."""
        return self._function is not None

    @property
    def stage(self) -> str:
        """The stage: given, `$CLOUDWRIGHT_STAGE`, `$USER`, `dev`.

        For a target of a fleet, whose state is named `prod@111122223333.eu-west-1`, it is `prod`: names that a program
        derives from it are the same everywhere.
        """
        return self._noted("stage", self.state_stage.partition("@")[0], sys._getframe(1))  # noqa: SLF001 - who reads it

    @property
    def state_stage(self) -> str:
        """The stage in the state's name; for a target of a fleet with account and Region."""
        return self._stage or os.environ.get("CLOUDWRIGHT_STAGE") or os.environ.get("USER") or "dev"

    @property
    def local(self) -> bool:
        """Whether the embedded cloud is used."""
        return self._noted("local", self._local, sys._getframe(1))  # noqa: SLF001 - who reads it

    def configure(
        self,
        *,
        stage: str | None = None,
        local: bool | None = None,
        state: str | None = None,
        strict_values: bool | None = None,
        runtime: Callable[[RunSettings], Awaitable[Runtime]] | None = None,
    ) -> Self:
        """Override the constructor's arguments; `None` keeps one.

        Args:
            stage: The stage.
            local: Use the embedded cloud.
            state: URL of the state.
            strict_values: Value limits are errors.
            runtime: Creates the runtime of each run; tests pass their own stores, clouds and clocks.
        """
        self._stage = stage or self._stage
        self._state = state or self._state
        self._local = self._local if local is None else local
        self._strict_values = self._strict_values if strict_values is None else strict_values
        self._runtime = runtime or self._runtime
        return self

    # -- the verbs

    @awaitable
    async def plan(self, options: PlanOptions | None = None) -> Plan:
        """What a deploy would do; reads, never writes.

        Args:
            options: The switches.

        Raises:
            CloudwrightError: The program can't be planned.
        """
        async with self._opened() as runtime:
            asked = options or PlanOptions()
            looked = await self._look(runtime, asked.chosen)
            return (await self._planned(runtime, looked, asked)).plan

    @awaitable
    async def validate(self) -> Plan:
        """Check the program by itself, against schemas and rules; needs no account, no network and no state.

        Returns:
            The plan of a first deploy with its findings; partial where the program computes with what only a deploy
            makes known.

        Raises:
            CloudwrightError: The program can't be planned.
            NeedsAws: It declares a type whose schema only AWS has.
        """
        from cloudwright.app.validation import validate
        from cloudwright.plan.options import PlanOptions

        options = self._strict(PlanOptions())
        return await validate(
            self._program(), self.name, self.state_stage, self._judge, options, self.tags, self._providers
        )

    @awaitable
    async def ask_service(self, plan: Plan) -> Plan:
        """The plan with AWS's own answers among its findings, from the dry runs of Image Builder; creates nothing.

        Args:
            plan: From `plan`.

        Raises:
            CloudwrightError: The state can't be opened.
        """
        from cloudwright.app.ask_service import ask_service
        from cloudwright.plan.findings import merge
        from cloudwright.services.imagebuilder import DryRuns
        from cloudwright.services.port import RatedPort

        async with self._opened() as runtime:
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
    ) -> Result:
        """Create and update everything that is declared, and delete what is no longer declared.

        Args:
            plan: A saved plan; refused if the state or the program changed since.
            options: The switches.
            observer: Receives the events.
            concurrency: Maximum of concurrent steps.
            approve: Called for every plan before it is applied; a program that computes with unknown values has
                several. Without it every plan is applied.
            allow_findings: Deploy despite findings of severity error.

        Raises:
            CloudwrightError: The program can't be planned, or the stage is locked.
            FindingsStop: A rule found an error in what would change.
        """
        asked = options or PlanOptions()
        return await self._applied(
            lambda runtime, looked: self._planned(runtime, looked, asked, judge=self._judge.of_changes),
            self._program(),
            observer=observer,
            concurrency=concurrency,
            approve=approve,
            saved=plan,
            chosen=asked.chosen,
            allow_findings=allow_findings,
        )

    @awaitable
    async def permissions(
        self, purpose: Purpose | None = None, options: PlanOptions | None = None
    ) -> tuple[AccountPermissions, ...]:
        """The IAM permissions that a run needs, for each account; plans, never writes.

        Args:
            purpose: Which run; a deploy by default.
            options: The switches of its plan.

        Raises:
            CloudwrightError: The program can't be planned.
        """
        from cloudwright.app.permissions import needed_permissions
        from cloudwright.permissions.model import Purpose

        async with self._opened() as runtime:
            asked = options or PlanOptions()
            looked = await self._look(runtime, asked.chosen)
            planned = await self._planned(runtime, looked, asked)
            return needed_permissions(planned.plan, runtime, self.settings, purpose or Purpose.DEPLOY)

    @awaitable
    async def plan_destroy(self, options: PlanOptions | None = None) -> Plan:
        """What a destroy would do; the program is not run.

        Args:
            options: The switches.
        """
        async with self._opened() as runtime:
            looked = await self._look(runtime)
            return (await self._planned_destroy(runtime, looked, options or PlanOptions())).plan

    @awaitable
    async def destroy(
        self,
        *,
        options: PlanOptions | None = None,
        observer: Observer | None = None,
        concurrency: int | None = None,
        approve: Callable[[Plan], Awaitable[bool]] | None = None,
    ) -> Result:
        """Delete everything that the state holds; the program is not run.

        Args:
            options: The switches.
            observer: Receives the events.
            concurrency: Maximum of concurrent steps.
            approve: Called before anything is deleted. Without it the plan is applied.

        Raises:
            CloudwrightError: Something is protected, or the stage is locked.
        """
        asked = options or PlanOptions()
        return await self._applied(
            lambda runtime, looked: self._planned_destroy(runtime, looked, asked),
            None,
            observer=observer,
            concurrency=concurrency,
            approve=approve,
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
        """Bind an existing resource to a declared key; includes what it depends on, changes nothing else.

        Args:
            key: The declared key.
            identifier: Cloud Control's primary identifier: parts joined by `|`, or its JSON form.
            force: Adopt it even if CloudFormation manages it or another owner's tag claims it.
            observer: Receives the events.
            approve: Called before anything is recorded. Without it the plan is applied.

        Raises:
            CloudwrightError: It is managed already, does not exist, or differs where no update can change it.
        """
        options = PlanOptions(imports=((key, identifier),), targets=(key,), force=force)
        return await self.deploy(options=options, observer=observer, approve=approve, allow_findings=True)

    @awaitable
    async def drift(self, keys: Iterable[str] = ()) -> DriftReport:
        """Read the live documents and report what differs from the last deploy; the program is not run.

        Args:
            keys: Compare only these; everything by default.

        Raises:
            CloudwrightError: The state holds no such key, or AWS can't be reached.
        """
        from cloudwright.app.drift import find_drift

        async with self._opened() as runtime:
            return await find_drift(runtime, keys)

    @awaitable
    async def outputs(self) -> dict[str, Any]:
        """The outputs of the last deploy; secrets are `Secret` objects."""
        from cloudwright.app.outputs import unseal_outputs

        async with self._opened() as runtime:
            snapshot = await runtime.services.store.read()
            return unseal_outputs(snapshot.outputs, runtime.services.sealing)

    @awaitable
    async def snapshot(self) -> Snapshot:
        """Everything that the state holds."""
        async with self._store() as store:
            return await store.read()

    @awaitable
    async def holder(self) -> Lease | None:
        """The holder of the lease on this stage, if there is one."""
        async with self._store() as store:
            return await store.holder()

    @awaitable
    async def in_progress(self) -> Lease | None:
        """The lease of the run in progress on this stage, if there is one."""
        async with self._store() as store:
            return await store.live_lease()

    @awaitable
    async def unlock(self, lease_id: str) -> None:
        """Break a lease, so that its run can't write any more.

        Args:
            lease_id: From `holder()`.
        """
        async with self._store() as store:
            await store.break_lease(lease_id)

    def interrupt(self, signal: int) -> None:
        """First call: start nothing new. Second: stop at once; the journal holds what is still running.

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
    def keeper(self) -> StateKeeper:
        """Administration of the state: moving, removing and reading records, rotating the sealing key."""
        from cloudwright.app.state_admin import StateKeeper

        return StateKeeper(self.settings, self._store)

    @property
    def settings(self) -> RunSettings:
        """The settings of this app."""
        from cloudwright.app.runtime import RunSettings

        notebook = self._file.name.startswith("<") or not self._file.suffix
        folder = Path.cwd() if notebook else self._file.resolve().parent
        state = self._state or os.environ.get("CLOUDWRIGHT_STATE")
        return RunSettings(self.name, self.state_stage, folder, state, self._local)

    def _noted(self, name: str, value: V, reader: FrameType) -> V:
        if reader.f_code.co_name == "<module>":
            self.read_early[name] = value
        return value

    def _program(self) -> Callable[[], Any]:
        if self._function is None:
            raise NoProgram(f"app {self.name!r} has no program", hint="decorate one function with @app.program")
        return self._function

    @contextlib.asynccontextmanager
    async def _store(self) -> AsyncIterator[StateStore]:
        from cloudwright.app.runtime import open_state

        if self._runtime is not None:
            async with self._opened() as runtime:
                yield runtime.services.store
            return
        store = open_state(self.settings)
        try:
            yield store
        finally:
            await store.close()

    @contextlib.asynccontextmanager
    async def _opened(self) -> AsyncIterator[Runtime]:
        from cloudwright.app.runtime import open_runtime

        runtime = await (self._runtime or open_runtime)(self.settings)
        try:
            if self._providers:
                from cloudwright.app.providers import add_providers, teach_types

                teach_types(runtime.services.catalog, self._providers)
                add_providers(runtime, self._providers)
            yield runtime
        finally:
            await runtime.close()

    async def _applied(
        self,
        plan_once: Callable[[Runtime, JournalInspection], Awaitable[PlannedProgram]],
        function: Callable[[], Any] | None,
        *,
        observer: Observer | None,
        concurrency: int | None,
        approve: Callable[[Plan], Awaitable[bool]] | None,
        saved: Plan | None = None,
        chosen: frozenset[str] = frozenset(),
        allow_findings: bool = True,
    ) -> Result:
        """One run that writes, from its lease to its result."""
        from cloudwright.app.deploy import Deployment
        from cloudwright.app.interrupt import Interrupt
        from cloudwright.app.runtime import recall_key

        self._interrupt = Interrupt()
        async with self._opened() as runtime:
            if saved is not None:
                await recall_key(runtime, saved)
            return await Deployment(
                runtime=runtime,
                plan_once=lambda looked: plan_once(runtime, looked),
                function=function,
                approve=approve or _always,
                read=self._read_outputs,
                observe=observer or _nobody,
                interrupt=self._interrupt,
                concurrency=concurrency,
                saved=saved,
                chosen=chosen,
                allow_findings=allow_findings,
            ).run()

    async def _look(self, runtime: Runtime, chosen: frozenset[str] = frozenset()) -> JournalInspection:
        from cloudwright.app.concurrent_read import read_beside
        from cloudwright.app.type_registry import learn_recorded, without_types
        from cloudwright.engine.journal_inspection import JournalInspection, inspect_journal

        reading = await read_beside(runtime.services.store)
        snapshot = reading.snapshot
        kept = await learn_recorded(runtime.services, (*snapshot.records, *snapshot.journal))
        snapshot = replace(snapshot, journal=without_types(snapshot, kept).journal)
        if reading.lease is not None:
            return JournalInspection(replace(snapshot, journal=()), beside=reading.notes)
        return await inspect_journal(snapshot, runtime.services, chosen)

    async def _planned(
        self,
        runtime: Runtime,
        looked: JournalInspection,
        options: PlanOptions,
        *,
        judge: Callable[[Plan], tuple[Finding, ...]] | None = None,
    ) -> PlannedProgram:
        from cloudwright.app.plan import context_for, plan_program

        function = self._program()
        context = await context_for(runtime, looked, self._strict(options), self._default_tags(looked))
        planned = await plan_program(runtime, function, context, self._read_outputs, judge or self._judge)
        return await self._with_names(planned, runtime, looked)

    async def _planned_destroy(
        self, runtime: Runtime, looked: JournalInspection, options: PlanOptions
    ) -> PlannedProgram:
        from cloudwright.app.plan import context_for, plan_destruction
        from cloudwright.app.state_admin import notes_on_users

        context = await context_for(runtime, looked, options, self.tags)
        planned = plan_destruction(replace(context, sources=await self._sources(context)))
        notes = await notes_on_users(runtime.services.store, self.name, self.state_stage)
        planned = replace(planned, plan=replace(planned.plan, notes=(*planned.plan.notes, *notes)))
        return await self._with_names(planned, runtime, looked)

    async def _with_names(self, planned: PlannedProgram, runtime: Runtime, looked: JournalInspection) -> PlannedProgram:
        """With a note on the app's and the stage's names if nothing was ever deployed under them."""
        if looked.snapshot.serial:
            return planned
        from cloudwright.app.state_admin import notes_on_names

        notes = await notes_on_names(runtime.services.store, looked.snapshot)
        return replace(planned, plan=replace(planned.plan, notes=(*notes, *planned.plan.notes)))

    def _default_tags(self, looked: JournalInspection) -> dict[str, str]:
        from cloudwright.plan.owner_tag import owner_tag

        owner = owner_tag(looked.snapshot.app, looked.snapshot.stage) if self._owner_tag else {}
        return {**owner, **self.tags}

    async def _sources(self, context: PlanContext) -> dict[str, Source]:
        """The lines of protected declarations; without any protected record the program is not run."""
        from cloudwright.app.declared_lines import declared_at

        protected = any(record.protect for record in context.snapshot.records)
        if not protected or self._function is None:
            return {}
        return await declared_at(self._function, self.name, self.stage)

    def _strict(self, options: PlanOptions) -> PlanOptions:
        return replace(options, strict_values=options.strict_values or self._strict_values)

    async def _read_outputs(self, app: str, stage: str, state: str | None) -> Mapping[str, object]:
        from cloudwright.app.runtime import outputs_of, read_outputs

        if self._runtime is None:
            return await read_outputs(self.settings, app, stage, state)
        other = await self._runtime(replace(self.settings, app=app, stage=stage, state=state or self.settings.state))
        try:
            return outputs_of(await other.services.store.read(), other.services.sealing)
        finally:
            await other.close()
