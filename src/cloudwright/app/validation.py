"""Checking a program by itself: no account, no network, no state."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from cloudwright.app.plan import PlanDriver, plan_program
from cloudwright.app.plan_context import context_for
from cloudwright.app.runtime import RunSettings, compose
from cloudwright.engine.journal_inspection import JournalInspection
from cloudwright.errors import NeedsAws
from cloudwright.program.reference import PlanningEnds, Ref
from cloudwright.schema.catalog import Catalog
from cloudwright.state.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cloudwright.app.runtime import Runtime
    from cloudwright.control.model import Call, Reply
    from cloudwright.plan.model import Finding, Plan
    from cloudwright.plan.options import PlanOptions
    from cloudwright.program.declaration import Declaration
    from cloudwright.program.question import LookupQuestion
    from cloudwright.provider.port import Provider
    from cloudwright.state.records import Record
    from cloudwright.target import Target


class ValidationDriver(PlanDriver):
    """Plans the program without asking what exists."""

    async def take_existing(self, declaration: Declaration, target: Target) -> None:
        """Leave a resource that the program only refers to unknown."""
        self.planner.add_unread(declaration, target)

    async def adopt(self, declaration: Declaration, target: Target, records: Sequence[Record]) -> None:
        """Take what the program would adopt for something new."""

    def ask(self, question: LookupQuestion) -> None:
        """Nothing is looked up."""

    async def answer(self, question: LookupQuestion) -> NoReturn:
        """End the plan: what a lookup answers is unknown here."""
        raise PlanningEnds(Ref(question.title))


class OfflineTransport:
    """The transport of a run that may reach nothing."""

    async def send(self, call: Call) -> Reply:
        """Refuse the call.

        Raises:
            NeedsAws: Always.
        """
        raise NeedsAws(
            f"the program calls AWS ({call.action}), but `validate` makes no calls",
            hint="`cloudwright plan FILE` checks such a program; with --local it needs no account",
        )

    async def close(self) -> None:
        """Nothing is open."""


async def validate(
    function: Callable[[], Any],
    app: str,
    stage: str,
    judge: Callable[[Plan], tuple[Finding, ...]],
    options: PlanOptions,
    tags: Mapping[str, str],
    providers: Sequence[Provider[Any]] = (),
) -> Plan:
    """The plan of a first deploy, made from the program alone.

    Args:
        function: The program.
        app: The app's name.
        stage: The stage.
        judge: What the rules have to say about a plan.
        options: The options of the plan.
        tags: The app's default tags.
        providers: The app's own; none of their methods is called.

    Returns:
        The plan with its findings; partial where the program computes with what only a deploy makes known.

    Raises:
        CloudwrightError: The program can't be planned.
        NeedsAws: The program declares a type whose schema is not bundled.
    """
    with tempfile.TemporaryDirectory() as folder:
        runtime = await _unplugged(RunSettings(app, stage, Path(folder), local=True), providers)
        try:
            inspection = JournalInspection(await runtime.services.store.read())
            context = await context_for(runtime, inspection, options, tags)
            return (await plan_program(runtime, function, context, _unread, judge, ValidationDriver)).plan
        finally:
            await runtime.close()


async def _unplugged(settings: RunSettings, providers: Sequence[Provider[Any]]) -> Runtime:
    """A runtime with an empty state that can't reach AWS."""
    store = MemoryStore(settings.app, settings.stage)
    runtime = compose(
        settings,
        await store.read(),
        store,
        catalog=await asyncio.to_thread(Catalog.bundled),
        transport=OfflineTransport(),
        environ={"CLOUDWRIGHT_KEY_FILE": str(settings.folder / "key")},
    )
    if providers:
        from cloudwright.app.providers import teach_types

        teach_types(runtime.services.catalog, providers)
    return runtime


async def _unread(app: str, stage: str, state: str | None) -> NoReturn:
    """What another app deployed is unknown here, so the plan ends where the program needs it."""
    raise PlanningEnds(Ref(f"{app}/{stage}" if state is None else f"{app}/{stage}@{state}"))
