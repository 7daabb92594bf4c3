"""What the operations of an app share: its open runtime, its planner, its state, and the frame of a run that writes."""

from __future__ import annotations

import contextlib
import copy
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from cloudwright.app.definition import AppDefinition
from cloudwright.call_errors import checked
from cloudwright.lazy_dataclass import replace
from cloudwright.program.awaitable import awaitable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
    from contextlib import AbstractAsyncContextManager

    from cloudwright.app.asset_admin import AssetAdmin
    from cloudwright.app.images.deployed import BuildObserver
    from cloudwright.app.plan import PlannedProgram
    from cloudwright.app.planning import AppPlanner
    from cloudwright.app.runtime import Runtime
    from cloudwright.app.state_admin import StateAdmin
    from cloudwright.app.takeover import MakeDriver
    from cloudwright.engine.journal_inspection import JournalInspection
    from cloudwright.engine.outcome import Event, Observer, Result
    from cloudwright.plan.model import Finding, Plan
    from cloudwright.plan.options import PlanOptions
    from cloudwright.state.leases.lease import Lease
    from cloudwright.state.snapshot import Snapshot
    from cloudwright.state.store import StateStore
    from cloudwright.tracing.run import Tracing


class Callbacks(NamedTuple):
    """What a run that writes calls; `None`: nobody."""

    observer: Observer | None
    approve: Callable[[Plan], Awaitable[bool]] | None
    builds: BuildObserver | None = None


async def _always(plan: Plan) -> bool:
    del plan
    return True


def _nobody(event: Event) -> None:
    del event


async def _prepare(runtime: Runtime, saved: Plan | None, answers: Mapping[str, object], *, creates: bool) -> None:
    """Take over what a saved plan has fixed, and begin what the requests of a first deploy need."""
    from cloudwright.app.runtime import recall_key

    if saved is not None:
        await recall_key(runtime, saved)
    runtime.saved_answers = answers
    if creates and runtime.empty and runtime.head_start is not None:
        runtime.head_start.prepare_default()


class AppSession(AppDefinition):
    """An app whose runtime and state can be opened."""

    @awaitable
    async def outputs(self) -> dict[str, Any]:
        """The outputs of the last deploy; secrets are `Secret` objects."""
        from cloudwright.app.outputs import stored_outputs, unseal_outputs

        if self._runtime is None:
            return await stored_outputs(self.settings)
        async with self._opened() as runtime:
            snapshot = await runtime.services.store.read()
            return unseal_outputs(snapshot.outputs, runtime.services.sealing)

    @awaitable
    async def snapshot(self) -> Snapshot:
        """The whole content of the state."""
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
    async def unlock(self, lease_id: str, *, command: str = "unlock") -> None:
        """Break a lease, so that its run can't write any more. The audit records who broke it.

        Args:
            lease_id: From `holder()`.
            command: The command that breaks it, for the audit.
        """
        from cloudwright.app.lease_holder import holder
        from cloudwright.clock import SystemClock
        from cloudwright.state.edit_audit import editor, unlocked

        async with self._store() as store:
            lease = await store.holder()
            if lease is not None and lease.id == lease_id:
                by = editor(holder(SystemClock().now()), command)
                await store.break_lease(lease_id, [unlocked(lease, by)])

    @property
    def state_admin(self) -> StateAdmin:
        """Administration of the state: moving, removing and reading records, rotating the sealing key."""
        from cloudwright.app.state_admin import StateAdmin

        return StateAdmin(self.settings, self._store)

    @property
    def asset_admin(self) -> AssetAdmin:
        """The bucket for assets: lists its objects and their users, and deletes unused ones."""
        from cloudwright.app.asset_admin import AssetAdmin

        return AssetAdmin(self._opened, self._store_of)

    def _store_of(self, app: str, stage: str) -> AbstractAsyncContextManager[StateStore]:
        """The store of another state in the place of this one."""
        other = copy.copy(self).configure(stage=stage)
        other.name = app
        return other.state_admin.opened()

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

    @checked("app.traced")
    @contextlib.contextmanager
    def traced(self, command: str) -> Iterator[Tracing | None]:
        """The span of a run; nothing is imported unless somebody asks for traces, and then `None` is given.

        Args:
            command: What runs, such as `deploy`.
        """
        if self._tracer_provider is None and not any(name.startswith("OTEL_") for name in os.environ):
            yield None
            return
        from cloudwright.tracing.setup import open_tracing

        tracing = open_tracing(self._tracer_provider, {**os.environ, **self._trace.parent})
        about = {"cloudwright.app": self.name, "cloudwright.stage": self.state_stage, **self._trace.attributes}
        with contextlib.nullcontext() if tracing is None else tracing.run(command, about):
            yield tracing

    @contextlib.asynccontextmanager
    async def _running(self, command: str) -> AsyncIterator[Runtime]:
        """The runtime of one run, which is traced."""
        with self.traced(command) as tracing:
            async with self._opened(tracing) as runtime:
                yield runtime

    @contextlib.asynccontextmanager
    async def _opened(self, tracing: Tracing | None = None) -> AsyncIterator[Runtime]:
        from cloudwright.app.runtime import open_runtime

        runtime = await (self._runtime or open_runtime)(self.settings)
        runtime.tracing = tracing
        try:
            if tracing is not None:
                runtime.services.control.divert(tracing.transport)
            if self._providers:
                from cloudwright.app.providers import add_providers, teach_types

                teach_types(runtime.services.catalog, self._providers)
                add_providers(runtime, self._providers)
            yield runtime
        finally:
            await runtime.close()

    def _planner(self, runtime: Runtime) -> AppPlanner:
        from cloudwright.app.planning import AppPlanner, GroupContext

        return AppPlanner(
            runtime=runtime,
            settings=self.settings,
            stage=self.state_stage.partition("@")[0],
            function=self._function,
            tags=self.tags,
            owner_tag=self._owner_tag,
            opened=self._runtime,
            companions=self._companions or GroupContext(),
        )

    async def _planned_once(self, runtime: Runtime, asked: PlanOptions) -> PlannedProgram:
        if runtime.head_start is not None and runtime.empty:
            runtime.head_start.find_account()
        planner = self._planner(runtime)
        return await self._planned(planner, await planner.inspect(asked.chosen), asked)

    async def _planned(
        self,
        planner: AppPlanner,
        inspection: JournalInspection,
        options: PlanOptions,
        *,
        judge: Callable[[Plan], tuple[Finding, ...]] | None = None,
    ) -> PlannedProgram:
        return await planner.plan(self._program(), inspection, self._strict(options), judge or self._judge)

    async def _planned_with(self, driver: MakeDriver, options: PlanOptions) -> PlannedProgram:
        async with self._running("plan") as runtime:
            planner = self._planner(runtime)
            inspection = await planner.inspect(options.chosen)
            return await planner.plan(self._program(), inspection, self._strict(options), self._judge, driver)

    def _strict(self, options: PlanOptions) -> PlanOptions:
        return replace(options, strict_values=options.strict_values or self._strict_values)

    async def _applied(
        self,
        plan_once: Callable[[AppPlanner, JournalInspection], Awaitable[PlannedProgram]],
        function: Callable[[], Any] | None,
        callbacks: Callbacks,
        *,
        concurrency: int | None,
        saved: Plan | None = None,
        chosen: frozenset[str] = frozenset(),
        allow_findings: bool = True,
        answers: Mapping[str, object] | None = None,
    ) -> Result:
        """One run that writes, from its lease to its result."""
        from cloudwright.app.deploy import Deployment
        from cloudwright.app.interrupt import Interrupt

        self._interrupt = Interrupt()
        observe = callbacks.observer or _nobody
        async with self._running("destroy" if function is None else "deploy") as runtime:
            await _prepare(runtime, saved, answers or {}, creates=function is not None)
            planner, tracing = self._planner(runtime), runtime.tracing
            result = await Deployment(
                runtime=runtime,
                plan_once=lambda inspection: plan_once(planner, inspection),
                function=function,
                approve=callbacks.approve or _always,
                read=planner.read_outputs,
                observe=observe if tracing is None else tracing.observer(observe),
                interrupt=self._interrupt,
                concurrency=concurrency,
                saved=saved,
                chosen=chosen,
                allow_findings=allow_findings,
                builds=callbacks.builds,
            ).run()
            if tracing is not None:
                tracing.ended(result)
            return result
