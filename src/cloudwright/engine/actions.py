"""Runs one action: journals the intent, calls the user's function, records how that ended.

Order of events: write the record as running with its token, confirm the lease, call, write the outcome. A process that
dies in between leaves the record as running: the next plan runs an at-least-once action again, and asks the user about
an at-most-once one. So recovery needs neither the program nor a plan.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.engine.audit import action_run
from cloudwright.engine.deviation import check_values
from cloudwright.engine.outcome import Outcome, Status
from cloudwright.engine.redaction import SHORTEST
from cloudwright.engine.step_reports import template
from cloudwright.errors import ActionFailed
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.plan.actions import (
    decide_action,
    doubtful_finding,
    final_result,
    recorded_news,
    recorded_result,
    resolved_action,
    result_place,
    version_of,
)
from cloudwright.plan.model import Action
from cloudwright.plan.sealed_values import seal_value
from cloudwright.program.action import ActionContext, WrongArgument
from cloudwright.program.shape import WrongValue, plain
from cloudwright.program.user_code import Rejected, watched
from cloudwright.secret import MASK, Secret
from cloudwright.services.port import RatedPort
from cloudwright.state.action_records import ActionRecord, ActionStatus
from cloudwright.state.changes import DropAction, PutAction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cloudwright.engine.run import DeployRun
    from cloudwright.plan.actions import PlannedAction, ResolvedAction, RunCause
    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.model import Plan, Step
    from cloudwright.plan.planner import Planner
    from cloudwright.program.declaration import Declaration
    from cloudwright.program.document import Lookup
    from cloudwright.program.reference import Ref
    from cloudwright.program.shape import FieldType
    from cloudwright.state.records import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedAction:
    """An action of this run that has ended well, or did not have to run.

    Attributes:
        record: As recorded in the state; `None` if it was left out and has never run.
        result: What it returned, with `Secret` objects.
    """

    subject: ResolvedAction
    record: ActionRecord | None
    result: Any = field(repr=False)


@dataclass(slots=True, kw_only=True)
class ActionRunner:
    """Runs the actions of one apply pass.

    Attributes:
        planner: The decisions of the plan pass; read-only.
        value: Returns the value of an attribute of what is deployed.
        deployed: Returns the record of a deployed resource; `None` for what is only read.
        simulated: Whether the cloud is the local one, so that only those run that say so.
        finished: What has ended, by key.
    """

    run: DeployRun
    context: PlanContext
    planner: Planner
    value: Lookup
    deployed: Callable[[str], Record | None]
    simulated: bool
    finished: dict[str, FinishedAction] = field(default_factory=dict)

    async def carry_out(self, step: Step, declaration: Declaration) -> Outcome:
        """Run an action if that is still needed now that everything is known.

        Raises:
            PlanDeviation: An argument differs from the plan.
            ActionFailed: It did not complete, or must not be called.
        """
        planned = self.planner.actions[step.key]
        spec = planned.subject.spec
        subject = resolved_action(declaration, spec, step.target, self.value, self.context)
        check_values(step, subject, lambda ref: self.planner.value(ref) != self.value(ref))
        record = planned.record
        causes = (
            () if step.action is Action.NONE else decide_action(subject, record, self._news(subject, record)).causes
        )
        if step.action is Action.NONE and planned.step.action is not Action.NONE:
            # `--target` or `--exclude` left it out; nothing that is deployed uses its result.
            return replace(template(step), status=Status.UNCHANGED)
        if not causes:
            result = recorded_result(record, self.context) if record is not None else None
            self.finished[step.key] = FinishedAction(subject=subject, record=record, result=result)
            return replace(template(step), status=Status.UNCHANGED)
        if record is not None and record.doubtful:
            raise _doubtful(planned)
        await self.run.services.control.verify(step.target)
        self.finished[step.key] = await self._run(replace(subject, declaration=declaration), record)
        notes = ("it was not called on the local cloud: its result is invented",) if self._invents(subject) else ()
        return replace(template(step), status=Status.DONE, notes=notes)

    def value_of(self, ref: Ref) -> Any:
        """A part of the result of an action that has ended.

        Args:
            ref: The result, or a part of it.

        Raises:
            InvalidProperties: It has no such part.
        """
        finished = self.finished[ref.key]
        return final_result(ref, finished.subject, finished.result)

    def _news(self, subject: ResolvedAction, record: ActionRecord | None) -> Iterator[RunCause]:
        for key in subject.spec.after:
            yield from recorded_news(subject, record, self._present(key), key)

    def _present(self, key: str) -> Record | ActionRecord | None:
        finished = self.finished.get(key)
        return finished.record if finished is not None else self.deployed(key)

    def _invents(self, subject: ResolvedAction) -> bool:
        return self.simulated and not subject.spec.runs_locally

    # -- one run

    async def _run(self, subject: ResolvedAction, before: ActionRecord | None) -> FinishedAction:
        opened = self._opened(subject, before)
        await self.run.commit(PutAction(opened))
        await self.run.services.store.confirm(self.run.lease)
        try:
            result = await self._called(subject, opened)
        except _Incomplete as failed:
            retry = failed.nothing_done or not opened.once
            status = ActionStatus.FAILED if retry else ActionStatus.UNCLEAR
            text = _redacted(str(failed), subject.arguments)
            await self._ended(replace(opened, status=status, note=text))
            raise ActionFailed(text, hint=None if retry else _settle(subject.key)) from failed.__cause__
        kept = {} if subject.spec.result is None else {"value": self._sealed(subject.key, result)}
        now = self.run.services.control.now(subject.target)
        done = replace(opened, status=ActionStatus.DONE, result=kept, succeeded_at=now)
        await self._ended(done)
        return FinishedAction(subject=subject, record=done, result=result)

    async def _ended(self, record: ActionRecord) -> None:
        await self.run.commit(PutAction(record), action_run(record, await self.run.made(record.target)))

    def _opened(self, subject: ResolvedAction, before: ActionRecord | None) -> ActionRecord:
        """The record of a run that is about to be called."""
        present = {key: self._present(key) for key in subject.spec.after}
        followed = {key: version_of(found) for key, found in present.items() if found is not None}
        return ActionRecord(
            key=subject.key,
            status=ActionStatus.RUNNING,
            once=subject.spec.once,
            target=subject.target,
            token=self._token(subject, followed, before),
            arguments=subject.masked,
            followed=followed,
            result=before.result if before is not None else {},
            started_at=self.run.services.control.now(subject.target),
            succeeded_at=before.succeeded_at if before is not None else 0.0,
            secret_result=subject.spec.result is not None and bool(subject.spec.result.secrets),
        )

    def _token(self, subject: ResolvedAction, followed: Mapping[str, object], before: ActionRecord | None) -> str:
        """The token of an earlier run for the same cause that did not complete, otherwise a new one."""
        if before is not None and before.status is not ActionStatus.DONE and before.token:
            same = before.arguments in (subject.masked, *subject.former) and before.followed == followed
            if same:
                return before.token
        return self.run.services.token()

    def _sealed(self, key: str, result: Any) -> Any:
        return seal_value(result, result_place(key), self.run.services.sealing)

    async def _called(self, subject: ResolvedAction, opened: ActionRecord) -> Any:
        """What the function returns, as JSON and secrets.

        Raises:
            _Incomplete: It raised, took too long, or returned something else than it declares.
        """
        shape = subject.spec.result
        if self._invents(subject):
            return invented(shape, subject.key) if shape is not None else None
        port = RatedPort(self.run.services.control)
        context = ActionContext(token=opened.token, target=subject.target, services=port)
        limit = subject.declaration.options.timeout
        name = f"the action {subject.key!r}"
        try:
            async with asyncio.timeout(limit) as timer:
                returned = await watched(subject.spec.call(context, subject.arguments), name)
        except Rejected as refused:
            raise _Incomplete(f"{name} did nothing: {refused}", nothing_done=True) from refused
        except WrongArgument as wrong:
            raise _Incomplete(f"{name} was not called: {wrong}", nothing_done=True) from None
        except Exception as error:
            if isinstance(error, TimeoutError) and timer.expired():
                raise _Incomplete(f"{name} did not end within {limit:g} s and was cancelled") from error
            cause = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            raise _Incomplete(f"{name} raised {cause}") from error
        return None if shape is None else _checked(plain(returned), shape, name)


class _Incomplete(Exception):
    """A run that did not complete; `nothing_done` says that it certainly has had no effect."""

    def __init__(self, text: str, *, nothing_done: bool = False) -> None:
        super().__init__(text)
        self.nothing_done = nothing_done


def _checked(value: object, shape: FieldType, name: str) -> Any:
    try:
        shape.read(value, "the result")
        _refuse_formless(value, "the result")
    except WrongValue as wrong:
        raise _Incomplete(f"{name} ran, but its result can't be used: {wrong}") from None
    return value


def _refuse_formless(value: object, place: str) -> None:
    if type(value) is dict and all(type(name) is str for name in value):
        for name, member in value.items():
            _refuse_formless(member, f"{place}.{name}")
    elif type(value) is list:
        for number, item in enumerate(value):
            _refuse_formless(item, f"{place}[{number}]")
    elif isinstance(value, float) and not math.isfinite(value):
        raise WrongValue(f"{place} is {value}, which is not a JSON number")
    elif type(value) not in {str, int, float, bool, type(None), Secret}:
        raise WrongValue(f"{place} is a {type(value).__name__}, which has no JSON form")


def _redacted(text: str, arguments: object) -> str:
    """A message without the secrets among the arguments."""
    for value in _secrets(arguments):
        if len(value) >= SHORTEST:
            text = text.replace(value, MASK)
    return text


def _secrets(value: object) -> Iterator[str]:
    if isinstance(value, Secret):
        yield from _secrets_in(value.reveal())
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inside:
        yield from _secrets(one)


def _secrets_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inside:
        yield from _secrets_in(one)


async def forget_actions(run: DeployRun, plan: Plan) -> list[Outcome]:
    """Drop what the state holds about actions that the program no longer declares.

    Returns:
        One outcome for each.
    """
    steps = [step for step in plan.steps if step.action is Action.FORGET and step.is_action]
    await run.commit_all([DropAction(step.key) for step in steps])
    return [replace(template(step), status=Status.DONE) for step in steps]


def invented(shape: FieldType, key: str) -> Any:
    """A result that the local cloud invents for an action that it does not call.

    Args:
        shape: The type of the result.
        key: The action's key; texts contain it.
    """
    value = _example(shape.schema, key.replace("/", "-"))
    for path in shape.secrets:
        value = _secret_at(value, path)
    return value


def _example(schema: Any, name: str) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            members = schema.get("properties", {})
            return {one: _example(members[one], f"{name}-{one}") for one in members if one in schema["required"]}
        case "array":
            return []
        case "integer" | "number":
            return 1
        case "boolean":
            return True
    return name


def _secret_at(value: Any, path: tuple[str, ...]) -> Any:
    if not path:
        return Secret(value)
    if isinstance(value, dict) and path[0] in value:
        return {**value, path[0]: _secret_at(value[path[0]], path[1:])}
    return value


def _doubtful(planned: PlannedAction) -> ActionFailed:
    found = doubtful_finding(planned)
    return ActionFailed(found.text, hint=found.fix)


def _settle(key: str) -> str:
    from shlex import quote

    name = quote(key)
    return (
        f"it may run at most once: look at what it works on. If it is done: `cloudwright actions confirm {name} FILE`; "
        f"if not: `cloudwright actions rerun {name} FILE`"
    )
