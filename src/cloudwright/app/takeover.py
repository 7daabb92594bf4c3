"""Takes resources over from another tool: binds them to declarations, writes the state, and shows what differs.

Nothing is sent but reads. A first plan finds what each declaration means; what could be bound is recorded by a deploy
that may do nothing else; a plan with `refresh` shows what still differs.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from cloudwright.app.physical_ids import ResourceGone, find_by_physical_id
from cloudwright.app.plan import PlanDriver
from cloudwright.errors import PlanError
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.adoption import adoption, claimed_by, stack_of
from cloudwright.plan.model import Action
from cloudwright.plan.options import PlanOptions
from cloudwright.plan.takeover import leftovers
from cloudwright.state.records import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from cloudwright.app.plan import PlannedProgram, ReadOutputs
    from cloudwright.app.runtime import Runtime
    from cloudwright.engine.outcome import Result
    from cloudwright.plan.model import Plan
    from cloudwright.plan.physical_ids import PhysicalId
    from cloudwright.plan.planner import Planner
    from cloudwright.plan.resolved import ResolvedResource
    from cloudwright.plan.takeover import RemainingDifference
    from cloudwright.program.declaration import Declaration
    from cloudwright.state.records import Record
    from cloudwright.target import Target

    MakeDriver = Callable[[Runtime, Planner, ReadOutputs], PlanDriver]

_ONLY_READS = frozenset({Action.IMPORT, Action.NONE, Action.READ})
_PASSES = 20
"""Maximum of rounds; each one makes values known that the program computes with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeoverRequest:
    """What is taken over.

    Attributes:
        ids: Key -> what the other tool calls the resource.
        claims: Key -> which tool manages it, for the state: `stack:ARN`, `terraform:ADDRESS`, ...
        consent: Adopt what carries the tags of a CloudFormation stack or of another app.
    """

    ids: Mapping[str, PhysicalId]
    claims: Mapping[str, str]
    consent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Takeover:
    """What was taken over, and the proof.

    Attributes:
        adopted: Key -> Cloud Control's identifier.
        refused: Key -> why it was not adopted.
        gone: Those of the refused whose resource does not exist.
        plan: The plan with `refresh` after it.
        leftovers: What that plan would still do; empty if nothing differs.
    """

    adopted: Mapping[str, str]
    refused: Mapping[str, str]
    gone: frozenset[str]
    plan: Plan
    leftovers: tuple[RemainingDifference, ...]


@dataclass(slots=True)
class _Findings:
    """What the passes of a plan found out.

    Attributes:
        stacks: Key -> the stack whose tags its resource carries, without consent.
    """

    refused: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    stacks: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class TakeoverDriver(PlanDriver):
    """Plans the program, with each declaration bound to the resource of the other tool."""

    asked: TakeoverRequest = field(default_factory=lambda: TakeoverRequest(ids={}, claims={}))
    findings: _Findings = field(default_factory=_Findings)

    async def adopt(self, declaration: Declaration, target: Target, records: Sequence[Record]) -> None:
        """Find what the declaration means in the other tool; what can't be bound is left out, with the reason."""
        physical = self.asked.ids.get(declaration.key)
        if physical is None:
            await PlanDriver.adopt(self, declaration, target, records)
            return
        if any(record.status is not RecordStatus.DOUBTFUL for record in records):
            return
        subject = self.planner.probe(declaration, target)
        if subject is None:
            return
        try:
            await self._bind(declaration, subject, physical)
        except PlanError as error:
            fix = f" ({error.hint})" if error.hint else ""
            if isinstance(error, ResourceGone):
                self.findings.gone.add(declaration.key)
            self.findings.refused[declaration.key] = error.message.removeprefix(f"{declaration.key}: ") + fix

    async def _bind(self, declaration: Declaration, subject: ResolvedResource, physical: PhysicalId) -> None:
        key, context = declaration.key, self.planner.context
        found = await find_by_physical_id(self.runtime.services.control, subject, physical)
        stack = stack_of(subject.kind, found.properties)
        if stack and not self.asked.consent:
            self.findings.stacks[key] = stack
            return
        others = [record for record in context.snapshot.records if record.key != key]
        claimed = claimed_by(others, subject, found.identifier)
        if claimed is not None:
            raise PlanError(f"{found.identifier} is managed already, as {claimed.key}")
        await self._refuse_owned_elsewhere(declaration, subject, found.identifier)
        owner = f"{context.snapshot.app}/{context.snapshot.stage}"
        adoption(subject, found, force=self.asked.consent and bool(stack), owner=owner)
        self.planner.found[key] = found


class AppRuns(Protocol):
    """What a takeover does with an app."""

    async def plan_with(self, driver: MakeDriver, options: PlanOptions) -> PlannedProgram:
        """A plan whose driver decides what is adopted."""
        ...

    async def plan(self, options: PlanOptions) -> Plan:
        """A plan."""
        ...

    async def record(self, options: PlanOptions, approve: Callable[[Plan], Awaitable[bool]]) -> Result:
        """A deploy that is applied only if it is approved."""
        ...

    async def records(self) -> tuple[Record, ...]:
        """What the state holds."""
        ...


async def take_over(app: AppRuns, asked: TakeoverRequest) -> Takeover:
    """Adopt what another tool manages, and compare.

    Args:
        app: The converted program.
        asked: What is taken over.

    Raises:
        PlanError: A resource carries the tags of a stack, and nobody consented.
        CloudwrightError: The program can't be planned.
    """
    findings = _Findings()
    adopted: dict[str, str] = {}
    for _ in range(_PASSES):
        planned = await _planned(app, asked, findings)
        _refuse_stacks(findings)
        imports = _imports(planned, asked)
        if not imports.keys() - adopted.keys():
            break
        result = await _record(app, asked, planned, imports)
        adopted |= _recorded(result)
        if planned.plan.partial is None:
            break
    plan = await app.plan(PlanOptions(refresh=True, force=asked.consent))
    recorded = await _held(app, asked)
    refused = {key: why for key, why in findings.refused.items() if key not in recorded}
    return Takeover(
        adopted=recorded,
        refused=refused,
        gone=frozenset(findings.gone & refused.keys()),
        plan=plan,
        leftovers=leftovers(plan, refused),
    )


async def _planned(app: AppRuns, asked: TakeoverRequest, findings: _Findings) -> PlannedProgram:
    return await app.plan_with(
        lambda runtime, planner, read: TakeoverDriver(runtime, planner, read, asked=asked, findings=findings),
        PlanOptions(force=True),
    )


def _refuse_stacks(findings: _Findings) -> None:
    if not findings.stacks:
        return
    keys, stacks = ", ".join(findings.stacks), ", ".join(sorted(set(findings.stacks.values())))
    raise PlanError(
        f"{keys}: {'it carries' if len(findings.stacks) == 1 else 'they carry'} the tags of the CloudFormation stack "
        f"{stacks}; two tools that manage one resource undo each other's changes",
        hint="--allow-stack-tags adopts them; no deploy changes them until `doctor --handover` has found that the "
        "stack has released them",
    )


def _imports(planned: PlannedProgram, asked: TakeoverRequest) -> dict[str, str]:
    steps = (each.step for each in planned.planner.planned.values() if each.step.action is Action.IMPORT)
    return {step.key: step.identifier or "" for step in steps if step.key in asked.ids}


async def _record(app: AppRuns, asked: TakeoverRequest, planned: PlannedProgram, imports: Mapping[str, str]) -> Result:
    """A deploy that may only adopt; all other changes are left out."""
    steps = [each.step for each in planned.planner.planned.values()]
    others = tuple(step.key for step in steps if step.action not in _ONLY_READS)

    async def only_reads(plan: Plan) -> bool:
        return all(step.action in _ONLY_READS for step in plan.changes)

    options = PlanOptions(
        imports=tuple(imports.items()),
        excludes=others,
        claims=tuple((key, asked.claims.get(key, "")) for key in imports),
        force=True,
    )
    return await app.record(options, only_reads)


def _recorded(result: Result) -> dict[str, str]:
    return {one.key: one.identifier or "" for one in result.outcomes if one.action is Action.IMPORT}


async def _held(app: AppRuns, asked: TakeoverRequest) -> dict[str, str]:
    records = await app.records()
    return {record.key: record.identifier for record in records if record.key in asked.ids and record.current}
