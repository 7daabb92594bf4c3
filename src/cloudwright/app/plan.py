"""The plan pass: runs the program and decides every declaration as soon as something needs it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from shlex import quote
from typing import TYPE_CHECKING, Any

from cloudwright.app.adoption import find_by_identifier, find_by_name
from cloudwright.app.planned_outputs import FutureOutputs, planned_outputs
from cloudwright.app.providers import refuse_unprovided
from cloudwright.app.type_registry import learn_type
from cloudwright.engine.other_owners import OtherOwners
from cloudwright.errors import LookupFailed, PlanError, ProgramError, ServiceError
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.plan.adoption import claimed_by
from cloudwright.plan.assembly import assemble_plan, refuse_misspelt_aliases
from cloudwright.plan.asset_places import assets_in
from cloudwright.plan.dependency_order import edges_of, ordered
from cloudwright.plan.duplicates import refuse_duplicates
from cloudwright.plan.findings import merge
from cloudwright.plan.model import Partial, Plan
from cloudwright.plan.moves import found_moves, refuse_claims
from cloudwright.plan.planner import Planner
from cloudwright.plan.replacement_teardown import found_teardown
from cloudwright.plan.validation import owners_unread, refuse
from cloudwright.program.document import Unknown, resolve
from cloudwright.program.run import ProgramRun, running
from cloudwright.state.address import public
from cloudwright.state.records import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cloudwright.app.pinned_answers import LookupAnswer, PinnedAnswers
    from cloudwright.app.runtime import Runtime
    from cloudwright.control.model import ResourceDescription
    from cloudwright.engine.other_owners import Claims
    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.model import Finding
    from cloudwright.plan.resolved import ResolvedResource
    from cloudwright.program.declaration import Declaration
    from cloudwright.program.question import LookupQuestion
    from cloudwright.program.reference import Ref
    from cloudwright.state.records import Record
    from cloudwright.target import Target

ReadOutputs = Callable[[str, str, str | None], Awaitable[Mapping[str, object]]]
"""Returns the outputs of an app and stage, in another store if its URL is given."""


_PASSES = 5
"""Maximum of runs until moves and teardowns, which depend on all declarations, no longer change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedProgram:
    """A plan, with what applying it needs.

    Attributes:
        outputs: The program's return value, resolved.
        uses: The apps whose outputs the program read, as `app/stage`, with `@URL` for those in another store.
        answers: What the program looked up.
        unanswered: The questions of lookups that have no answer; the program may have done without.
    """

    plan: Plan
    planner: Planner
    context: PlanContext
    declarations: Mapping[str, Declaration]
    outputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    uses: tuple[str, ...] = ()
    answers: tuple[LookupAnswer, ...] = ()
    unanswered: frozenset[str] = frozenset()


@dataclass(slots=True)
class PlanDriver:
    """The driver of a plan pass."""

    runtime: Runtime
    planner: Planner
    read: ReadOutputs
    declarations: dict[str, Declaration] = field(default_factory=dict)
    uses: dict[str, None] = field(default_factory=dict)
    answers: dict[str, LookupAnswer] = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _claims: Claims | None = None

    def declared(self, declaration: Declaration) -> None:
        """Receive a declaration; it is decided when something needs it."""
        self.declarations[declaration.key] = declaration

    async def ensure(self, key: str) -> None:
        """Decide a resource and everything that it depends on."""
        async with self._turn:
            for needed in self._upstream(key):
                await self._decide(self.declarations[needed])

    def value(self, ref: Ref) -> Any:
        """What an attribute will be worth."""
        return self.planner.value(ref)

    async def output(self, app: str, stage: str, state: str | None) -> Mapping[str, object]:
        """The outputs of another app; recorded as a dependency on it."""
        found = await self.read(app, stage, state)
        self.uses[f"{app}/{stage}@{public(state)}" if state else f"{app}/{stage}"] = None
        if isinstance(found, FutureOutputs):
            return found.read_by(running().table, self.planner.outside)
        return found

    def ask(self, question: LookupQuestion) -> None:
        """Begin to look for an answer, beside what the program does."""
        self._lookups().begin(question)

    async def answer(self, question: LookupQuestion) -> Any:
        """The answer of a lookup; part of the plan."""
        try:
            found = await self._lookups().answer(question)
        except LookupFailed:
            self.unanswered.add(question.text)
            raise
        self.answers.setdefault(found.key, found)
        return found.value

    def _lookups(self) -> PinnedAnswers:
        context = self.planner.context
        return self.runtime.lookups(context.snapshot, frozen=context.options.frozen)

    async def decide_all(self) -> None:
        """Decide the steps that are still undecided."""
        for key in edges_of(self.declarations):
            await self._decide(self.declarations[key])

    def _upstream(self, key: str) -> list[str]:
        edges: dict[str, tuple[str, ...]] = {}
        waiting = [key]
        while waiting:
            here = waiting.pop()
            if here in edges or self._decided(here):
                continue
            if here not in self.declarations:
                raise ProgramError(
                    f"{key!r} is awaited, but {here!r}, which it depends on, is not declared yet",
                    hint="declare it before the await",
                )
            edges[here] = self.declarations[here].depends_on
            waiting.extend(edges[here])
        return ordered({one: self.declarations[one] for one in edges})

    def _decided(self, key: str) -> bool:
        return key in self.planner.planned or key in self.planner.existing or key in self.planner.actions

    async def _decide(self, declaration: Declaration) -> None:
        if self._decided(declaration.key):
            return
        records = self.planner.context.records(declaration.key)
        target = await self.runtime.places.resolve(declaration.target, records or self.planner.context.snapshot.records)
        if declaration.action is not None:
            self.planner.add_action(declaration, declaration.action, target)
            return
        refuse_unprovided(declaration, self.runtime.services.catalog)
        await learn_type(self.runtime.services, declaration.type, target)
        if declaration.existing is not None:
            await self.take_existing(declaration, target)
            return
        await self.adopt(declaration, target, records)
        self.planner.add(declaration, target)

    async def take_existing(self, declaration: Declaration, target: Target) -> None:
        """Read a resource that the program only refers to."""
        self.planner.add_existing(declaration, target, await self._existing(declaration, target))

    async def adopt(self, declaration: Declaration, target: Target, records: Sequence[Record]) -> None:
        """Find what an adopting declaration adopts, unless the state records it already."""
        context = self.planner.context
        bound = dict(context.options.imports).get(declaration.key)
        owned = [record for record in records if record.status is not RecordStatus.DOUBTFUL]
        if owned and bound is not None:
            raise PlanError(
                f"{declaration.key} is managed already: it is {owned[0].identifier}",
                hint=f"`cloudwright state rm {quote(declaration.key)} FILE` forgets that one; or rename the other",
            )
        wanted = bound or declaration.options.adopt or declaration.key in context.options.adopt
        if owned or not wanted or declaration.key in context.resumes:
            return
        subject = self.planner.probe(declaration, target)
        if subject is None:
            return
        control = self.runtime.services.control
        if isinstance(wanted, str):
            found: ResourceDescription | None = await find_by_identifier(control, subject, wanted)
        elif records:
            found = await self._find_doubtful(subject, records[0])
        else:
            found = await find_by_name(control, subject)
        if found is None:
            return
        others = [record for record in context.snapshot.records if record.key != declaration.key]
        claimed = claimed_by(others, subject, found.identifier)
        if claimed is not None:
            self.planner.claimed[declaration.key] = claimed
        else:
            await self._refuse_owned_elsewhere(declaration, subject, found.identifier)
            self.planner.found[declaration.key] = found

    async def _refuse_owned_elsewhere(
        self, declaration: Declaration, subject: ResolvedResource, identifier: str
    ) -> None:
        claims = await self._neighbours_claims()
        owner = claims.owner(subject.kind.name, subject.target, identifier)
        if owner is not None:
            raise PlanError(
                f"{declaration.key}: {identifier} belongs to {owner.app}/{owner.stage} in the same store, where it is "
                f"{owner.key}; if two states own a resource, either can delete it",
                hint=owner.advice,
            )
        if claims.unread:
            self.planner.findings.append(owners_unread(declaration, identifier, claims.unread))

    async def _neighbours_claims(self) -> Claims:
        if self._claims is None:
            self._claims = await OtherOwners(self.runtime.services.store).claims()
        return self._claims

    async def _find_doubtful(self, subject: ResolvedResource, record: Record) -> ResourceDescription:
        try:
            return await find_by_identifier(self.runtime.services.control, subject, record.identifier)
        except PlanError as error:
            error.hint = (
                f"`cloudwright state rm {quote(record.key)} FILE` forgets it; the next deploy then recreates it"
            )
            raise

    async def _existing(self, declaration: Declaration, target: Target) -> ResourceDescription:
        identifier = resolve(declaration.existing, self.planner.value)
        kind = self.planner.context.catalog.get(declaration.type)
        if isinstance(identifier, Unknown):
            raise PlanError(
                f"{declaration.key}: the identifier to read is known only after deploy",
                hint="await the resource that it comes from; the plan then continues when the value is known",
            )
        if isinstance(identifier, Mapping):
            parts = [identifier.get("/".join(path)) for path in kind.identifiers]
            if not all(isinstance(part, str) for part in parts):
                names = ", ".join("/".join(path) for path in kind.identifiers)
                raise ProgramError(f"{declaration.key}: the identifier of {kind.name} needs {names}")
            identifier = "|".join(str(part) for part in parts)
        await self.runtime.services.control.verify(target)
        try:
            return await self.runtime.services.control.get(target, declaration.type, str(identifier))
        except ServiceError as error:
            raise PlanError(
                f"{declaration.key}: {declaration.type} {identifier} can't be read: {error.message}",
                hint="check the identifier, the account and the Region",
            ) from error


async def plan_program(
    runtime: Runtime,
    function: Callable[[], Any],
    context: PlanContext,
    read: ReadOutputs,
    judge: Callable[[Plan], tuple[Finding, ...]],
    driver: Callable[[Runtime, Planner, ReadOutputs], PlanDriver] = PlanDriver,
) -> PlannedProgram:
    """Run the program as often as its plan needs, and assemble the plan.

    Args:
        runtime: For reads and targets.
        function: The program.
        context: The state and the options.
        read: Returns the outputs of another app.
        judge: Returns the rules' findings about a plan.
        driver: Creates the driver of each run.

    Raises:
        CloudwrightError: The program can't be planned; nothing was sent.
    """
    ended = await _settled_run(runtime, function, context, read, judge, driver)
    planner = ended.driver.planner
    refuse_claims(planner)
    refuse_duplicates(planner.planned.values())
    outputs = planned_outputs(ended.result, planner.value)
    return PlannedProgram(
        plan=_plan_of(ended, outputs, judge),
        planner=planner,
        context=ended.context,
        declarations=dict(ended.driver.declarations),
        outputs=outputs,
        uses=tuple(ended.driver.uses),
        answers=tuple(ended.driver.answers.values()),
        unanswered=frozenset(ended.driver.unanswered),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _EndedRun:
    """The last run of a program, after which moves and teardowns no longer change."""

    driver: PlanDriver
    run: ProgramRun
    result: Any
    context: PlanContext


async def _settled_run(
    runtime: Runtime,
    function: Callable[[], Any],
    context: PlanContext,
    read: ReadOutputs,
    judge: Callable[[Plan], tuple[Finding, ...]],
    driver: Callable[[Runtime, Planner, ReadOutputs], PlanDriver],
) -> _EndedRun:
    for _ in range(_PASSES):
        planning = driver(runtime, Planner(context), read)
        run, result = await _one_pass(function, context, planning)
        if planning.planner.problems:
            raise refuse(planning.planner.problems, judge(_refused_plan(planning)))
        moves = found_moves(planning.planner, planning.declarations)
        teardown = found_teardown(planning.planner, planning.declarations)
        if moves == context.moves and teardown == context.teardown:
            break
        context = replace(context, moves=moves, teardown=teardown)
    return _EndedRun(driver=planning, run=run, result=result, context=context)


def _plan_of(ended: _EndedRun, outputs: Mapping[str, Any], judge: Callable[[Plan], tuple[Finding, ...]]) -> Plan:
    """The plan of a program's last run, with its lookups, the findings of the rules, and notes."""
    runtime, context, declarations = ended.driver.runtime, ended.context, ended.driver.declarations
    plan = _with_lookups(_assembled(ended, outputs), tuple(ended.driver.answers.values()), context, runtime)
    notes = (*plan.notes, *ended.run.transformations.notes, *_uploads(declarations, plan, context))
    sealing = dict(runtime.services.sealing.document)
    return replace(plan, findings=merge(judge(plan), plan.findings), sealing=sealing, notes=notes)


def _assembled(ended: _EndedRun, outputs: Mapping[str, Any]) -> Plan:
    planner, declarations, partial = ended.driver.planner, ended.driver.declarations, _partial(ended.run)
    if partial is None:
        refuse_misspelt_aliases(planner, declarations)
    return assemble_plan(planner, declarations, outputs=outputs, partial=partial)


def _with_lookups(plan: Plan, answers: Sequence[LookupAnswer], context: PlanContext, runtime: Runtime) -> Plan:
    if not answers:
        return plan
    from cloudwright.app.pinned_answers import pinned

    return replace(plan, lookups=pinned(answers, plan, context.snapshot, runtime.services.sealing))


def _uploads(declarations: Mapping[str, Declaration], plan: Plan, context: PlanContext) -> Iterable[str]:
    if not any(any(assets_in(declaration.document)) for declaration in declarations.values()):
        return ()
    from cloudwright.app.asset_uploads import upload_notes

    return upload_notes(declarations, plan, context.asset_bucket)


async def _one_pass(function: Callable[[], Any], context: PlanContext, planning: PlanDriver) -> tuple[ProgramRun, Any]:
    run = ProgramRun(context.snapshot.app, context.snapshot.stage, planning, planning.runtime.local)
    result = await run.run(function)
    if result is not None and not isinstance(result, dict):
        raise ProgramError(
            f"the program returns a {type(result).__name__}; outputs are a mapping",
            hint='return {"Name": value, ...} or nothing',
        )
    await planning.decide_all()
    return run, result


def _refused_plan(planning: PlanDriver) -> Plan:
    """What rules can check although the program can't be planned: the declarations as written."""
    snapshot = planning.planner.context.snapshot
    declared = tuple(planning.planner.declared.values())
    return Plan(app=snapshot.app, stage=snapshot.stage, serial=snapshot.serial, digest="", declared=declared)


def _partial(run: ProgramRun) -> Partial | None:
    if run.ended_at is None:
        return None
    needed = str(run.needed).removesuffix(":/")
    return Partial(f"the program computes with {needed}, which is known only after deploy", run.ended_at)


def plan_destruction(context: PlanContext) -> PlannedProgram:
    """The plan that deletes everything; the program is not run.

    Args:
        context: The state and the switches.

    Raises:
        PlanError: Something is protected.
    """
    planner = Planner(context)
    return PlannedProgram(
        plan=assemble_plan(planner, {}, destroy=True), planner=planner, context=context, declarations={}
    )
