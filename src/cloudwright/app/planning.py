"""Plans of one app: inspects the journal, runs the program, and adds what is known about the app's names and users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from cloudwright.app.plan import PlanDriver, PlannedProgram, ReadOutputs
    from cloudwright.app.runtime import RunSettings, Runtime
    from cloudwright.engine.journal_inspection import JournalInspection
    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.model import Finding, Plan
    from cloudwright.plan.options import PlanOptions
    from cloudwright.plan.planner import Planner
    from cloudwright.program.source import Source


@dataclass(frozen=True, slots=True)
class GroupContext:
    """The apps that are planned, deployed or destroyed together with this one.

    Attributes:
        names: They and this app, as `app/stage`.
        read: Returns the outputs of one of them by app, stage and store; `None` if it is none of them.
    """

    names: frozenset[str] = frozenset()
    read: Callable[[str, str, str | None], Awaitable[Mapping[str, object] | None]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppPlanner:
    """Plans an app in one runtime.

    Attributes:
        settings: The app's settings.
        stage: The stage as the program reads it.
        function: The program; `None` if there is none, which only a destroy allows.
        tags: Tags for every taggable resource.
        owner_tag: Whether to add the owner tag.
        opened: Opens the runtime of another app; `None`: by its settings.
        companions: The apps that are part of the same run.
    """

    runtime: Runtime
    settings: RunSettings
    stage: str
    function: Callable[[], Any] | None
    tags: Mapping[str, str]
    owner_tag: bool
    opened: Callable[[RunSettings], Awaitable[Runtime]] | None
    companions: GroupContext = GroupContext()

    async def inspect(self, chosen: frozenset[str] = frozenset()) -> JournalInspection:
        """Read the state and find out what became of the requests of a dead run.

        Args:
            chosen: Keys whose resource the user has named or wants to adopt.
        """
        from cloudwright.app.concurrent_read import read_concurrently
        from cloudwright.app.type_registry import learn_recorded, without_types
        from cloudwright.engine.journal_inspection import JournalInspection, inspect_journal

        reading = await read_concurrently(self.runtime.services.store)
        snapshot = reading.snapshot
        kept = await learn_recorded(self.runtime.services, (*snapshot.records, *snapshot.journal))
        snapshot = replace(snapshot, journal=without_types(snapshot, kept).journal)
        if reading.lease is not None:
            return JournalInspection(replace(snapshot, journal=()), concurrent=reading.notes)
        return await inspect_journal(snapshot, self.runtime.services, chosen)

    async def plan(
        self,
        function: Callable[[], Any],
        inspection: JournalInspection,
        options: PlanOptions,
        judge: Callable[[Plan], tuple[Finding, ...]],
        driver: Callable[[Runtime, Planner, ReadOutputs], PlanDriver] | None = None,
    ) -> PlannedProgram:
        """Plan a deploy.

        Args:
            function: The program.
            inspection: From `inspect`.
            options: The options.
            judge: Returns the rules' findings about a plan.
            driver: Creates the driver of each run; by default that of a plan.
        """
        from cloudwright.app.plan import PlanDriver, plan_program
        from cloudwright.app.plan_context import context_for

        context = await context_for(self.runtime, inspection, options, self._default_tags(inspection))
        made = driver or PlanDriver
        planned = await plan_program(self.runtime, function, context, self.read_outputs, judge, made)
        return await self._with_names(planned, inspection)

    async def plan_destroy(self, inspection: JournalInspection, options: PlanOptions) -> PlannedProgram:
        """Plan a destroy; the program runs only to find the lines of protected resources.

        Args:
            inspection: From `inspect`.
            options: The options.
        """
        from cloudwright.app.plan import plan_destruction
        from cloudwright.app.plan_context import context_for
        from cloudwright.app.state_admin import notes_on_users

        context = await context_for(self.runtime, inspection, options, dict(self.tags))
        planned = plan_destruction(replace(context, sources=await self._sources(context)))
        notes = await notes_on_users(
            self.runtime.services.store, self.settings.app, self.settings.stage, leaving=self.companions.names
        )
        planned = replace(planned, plan=replace(planned.plan, notes=(*planned.plan.notes, *notes)))
        return await self._with_names(planned, inspection)

    async def read_outputs(self, app: str, stage: str, state: str | None) -> Mapping[str, object]:
        """The outputs of another app.

        Args:
            app: The other app.
            stage: Its stage.
            state: The URL of its store; `None`: this app's own.
        """
        from cloudwright.app.outputs import outputs_of, read_outputs

        if self.companions.read and (found := await self.companions.read(app, stage, state)) is not None:
            return found
        if self.opened is None:
            return await read_outputs(self.settings, app, stage, state)
        other = await self.opened(replace(self.settings, app=app, stage=stage, state=state or self.settings.state))
        try:
            return outputs_of(await other.services.store.read(), other.services.sealing)
        finally:
            await other.close()

    async def _with_names(self, planned: PlannedProgram, inspection: JournalInspection) -> PlannedProgram:
        """With a note on the app's and the stage's names if nothing was ever deployed under them.

        Raises:
            ProgramError: They are those of another state, but for case or their Unicode form.
        """
        if inspection.snapshot.serial:
            return planned
        from cloudwright.app.state_admin import notes_on_names

        notes = await notes_on_names(self.runtime.services.store, inspection.snapshot)
        return replace(planned, plan=replace(planned.plan, notes=(*notes, *planned.plan.notes)))

    def _default_tags(self, inspection: JournalInspection) -> dict[str, str]:
        from cloudwright.plan.owner_tag import owner_tag

        owner = owner_tag(inspection.snapshot.app, inspection.snapshot.stage) if self.owner_tag else {}
        return {**owner, **self.tags}

    async def _sources(self, context: PlanContext) -> dict[str, Source]:
        """The lines of protected declarations; without any protected record the program is not run."""
        from cloudwright.app.declared_lines import declared_at

        protected = any(record.protect for record in context.snapshot.records)
        if not protected or self.function is None:
            return {}
        return await declared_at(self.function, self.settings.app, self.stage)
