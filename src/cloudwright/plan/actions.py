"""The steps of actions: whether one runs, why, and what its result will be. Pure; both passes use it."""

from __future__ import annotations

from dataclasses import field
from shlex import quote
from typing import TYPE_CHECKING, Any

from cloudwright.errors import InvalidProperties
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.model import Action, Change, Finding, Step
from cloudwright.plan.sealed_values import unseal_value
from cloudwright.program.declaration import ActionSpec
from cloudwright.program.document import Unknown, encode, holds_unknown, resolve
from cloudwright.schema.pointer import format_pointer, get
from cloudwright.schema.suggest import did_you_mean
from cloudwright.secret import Secret
from cloudwright.state.action_records import ActionRecord, ActionStatus
from cloudwright.state.records import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.sealed_values import Opens
    from cloudwright.program.declaration import Declaration
    from cloudwright.program.document import Lookup
    from cloudwright.program.reference import Ref
    from cloudwright.schema.pointer import Path
    from cloudwright.target import Target

DOUBTFUL = "action:doubtful"
"""The id of the finding about an action that may have run and must not run twice."""

_MADE = {Action.CREATE: "is created", Action.REPLACE: "is replaced", Action.IMPORT: "is adopted"}
_MISSING = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedAction:
    """One declared action with its arguments.

    Attributes:
        arguments: Resolved; may hold `Unknown` and `Secret`.
        masked: The same as it may be stored and shown.
        former: The same under earlier sealing keys.
        moves: Former key by new key of resources whose key changes.
        ran: Whether an earlier plan of the same deploy has run it.
    """

    declaration: Declaration
    spec: ActionSpec
    target: Target
    arguments: Mapping[str, Any] = field(repr=False)
    masked: Mapping[str, Any] = field(repr=False)
    former: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    moves: Mapping[str, str] = field(default_factory=dict)
    ran: bool = False

    @property
    def key(self) -> str:
        """The action's key."""
        return self.declaration.key


@dataclass(frozen=True, slots=True)
class RunCause:
    """Why an action runs.

    Attributes:
        text: A sentence without a period, such as `table is updated`.
        certain: Whether it stays a cause once everything is known.
    """

    text: str
    certain: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDecision:
    """Whether an action runs.

    Attributes:
        causes: Why; it does not run without any.
        changes: Its changed arguments.
    """

    causes: tuple[RunCause, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def maybe(self) -> bool:
        """Whether it may turn out that it does not run."""
        return not any(cause.certain for cause in self.causes)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAction:
    """One decided action.

    Attributes:
        record: What the state records about it.
    """

    subject: ResolvedAction
    step: Step
    record: ActionRecord | None = None


def resolved_action(
    declaration: Declaration, spec: ActionSpec, target: Target, lookup: Lookup, context: PlanContext
) -> ResolvedAction:
    """An action with its arguments, as far as they are known."""
    arguments: dict[str, Any] = resolve(declaration.document, lookup)
    keys = range(len(context.former("")))
    return ResolvedAction(
        declaration=declaration,
        spec=spec,
        target=target,
        arguments=arguments,
        masked=encode(arguments, context.fingerprint),
        former=tuple(encode(arguments, lambda value, n=n: context.former(value)[n]) for n in keys),  # type: ignore[misc]
        moves=context.moves,
        ran=declaration.key in context.ran,
    )


def decide_action(subject: ResolvedAction, record: ActionRecord | None, news: Iterable[RunCause]) -> ActionDecision:
    """Whether an action runs.

    Args:
        subject: The action, resolved.
        record: What the state records about it.
        news: What happened, or will happen, to what it follows.
    """
    if record is None:
        return ActionDecision(causes=(RunCause("it has never run"),))
    changes = tuple(_changed(subject, record)) if subject.spec.when == "changed" else ()
    if record.status is not ActionStatus.DONE:
        return ActionDecision(causes=(RunCause(_incomplete(record)),), changes=changes)
    always = (RunCause("it runs at every deploy"),) if subject.spec.when == "always" and not subject.ran else ()
    followed = () if subject.spec.when == "always" else tuple(news)
    return ActionDecision(causes=(*always, *followed, *map(_argument, changes)), changes=changes)


def _incomplete(record: ActionRecord) -> str:
    if record.doubtful:
        return "it is not known whether its last run did its work"
    return record.note or "its last run was interrupted"


def _changed(subject: ResolvedAction, record: ActionRecord) -> Iterator[Change]:
    for name in sorted({*subject.masked, *record.arguments}):
        old, new = record.arguments.get(name), subject.masked.get(name)
        if old not in (new, *(known.get(name) for known in subject.former)):
            kind = "add" if old is None else "remove" if new is None else "replace"
            rule = "unknown" if holds_unknown(subject.arguments.get(name)) else "changed"
            yield Change(format_pointer((name,)), kind, old, new, rule)


def _argument(change: Change) -> RunCause:
    name = change.path.removeprefix("/")
    if change.rule == "unknown":
        return RunCause(f"{name} may change", certain=False)
    return RunCause(f"{name} changed")


# -- what it follows


def planned_news(step: Step, when: str) -> Iterator[RunCause]:
    """What a planned step means for an action that follows its resource.

    Args:
        step: Of the resource, or of another action.
        when: As the action declares it.
    """
    if step.action in _MADE:
        yield RunCause(f"{step.key} {_MADE[step.action]}", certain=not step.maybe)
    elif step.action is Action.RUN:
        yield RunCause(f"{step.key} runs", certain=not step.maybe)
    elif step.action is Action.UPDATE and when == "changed":
        yield RunCause(f"{step.key} is updated", certain=not step.maybe)
    elif step.may_replace:
        yield RunCause(f"{step.key} may be replaced", certain=False)


def recorded_news(
    subject: ResolvedAction, record: ActionRecord | None, present: Record | ActionRecord | None, key: str
) -> Iterator[RunCause]:
    """What has happened to something that an action follows since the action last ran.

    Args:
        subject: The action.
        record: What the state records about it.
        present: What the state records about what it follows; `None` for what is only read.
        key: Of what it follows.
    """
    if record is None or present is None:
        return
    before = record.followed.get(key, record.followed.get(subject.moves.get(key, "")))
    if before is None:
        yield RunCause(f"it has not run since it follows {key}")
        return
    names = ("identifier", "created") if subject.spec.when == "created" else ("identifier", "created", "updated")
    now = version_of(present)
    if not isinstance(before, dict) or any(before.get(name) != now.get(name) for name in names):
        yield RunCause(f"{key} changed since it last ran")


def version_of(present: Record | ActionRecord) -> dict[str, object]:
    """What identifies the latest change of a resource or an action."""
    if isinstance(present, Record):
        return {"identifier": present.identifier, "created": present.created_at, "updated": present.updated_at}
    return {"identifier": present.token, "created": present.succeeded_at, "updated": present.succeeded_at}


# -- the result


def planned_result(ref: Ref, planned: PlannedAction, opens: Opens) -> Any:
    """The value of an action's result after the planned step: known, or an `Unknown`.

    Args:
        ref: The result, or a part of it.
        planned: The action.
        opens: Decrypts sealed secrets.

    Raises:
        InvalidProperties: It has no such result.
        CannotUnseal: It is sealed with another key.
    """
    check_result(ref, planned.subject)
    value = recorded_result(planned.record, opens) if planned.record is not None else _MISSING
    found = _part(value, ref.path)
    if planned.step.action is Action.RUN:
        return Unknown(ref, prior=None if found is _MISSING or isinstance(found, Secret) else found)
    return final_result(ref, planned.subject, value)


def final_result(ref: Ref, subject: ResolvedAction, value: Any) -> Any:
    """The value of a part of a result.

    Args:
        ref: The result, or a part of it.
        subject: The action.
        value: The whole result.

    Raises:
        InvalidProperties: It has no such part.
    """
    check_result(ref, subject)
    found = _part(value, ref.path)
    if found is _MISSING:
        raise InvalidProperties(
            f"{subject.key}: its recorded result has no {format_pointer(ref.path)}",
            hint=f"run it again: `cloudwright actions rerun {quote(subject.key)} FILE`, then deploy",
        )
    return found


def _part(value: Any, path: Path) -> Any:
    return get(value, path, _MISSING) if path else value


def recorded_result(record: ActionRecord, opens: Opens) -> Any:
    """What the last success returned; a marker that matches nothing if the state holds no result.

    Args:
        record: What the state records about the action.
        opens: Decrypts sealed secrets.
    """
    if not record.result:
        return _MISSING
    return unseal_value(record.result["value"], result_place(record.key), opens)


def result_place(key: str) -> str:
    """What a sealed result is bound to.

    Args:
        key: The action's key.
    """
    return f"actions/{key}"


def check_result(ref: Ref, subject: ResolvedAction) -> None:
    """Check that an action returns such a value.

    Raises:
        InvalidProperties: It doesn't; the message suggests a similar one.
    """
    shape = subject.spec.result
    if shape is None:
        raise InvalidProperties(f"the action {ref.key} returns nothing that could be used")
    node: Any = shape.schema
    for name in ref.path:
        known = node.get("properties") if isinstance(node, dict) else None
        if known is None:
            return
        if name not in known:
            near = did_you_mean(name, known)
            raise InvalidProperties(
                f"the result of {ref.key} has no {format_pointer(ref.path)}"
                + (f"; did you mean {near!r}?" if near else "")
            )
        node = known[name]


# -- steps


def action_step(subject: ResolvedAction, decision: ActionDecision) -> Step:
    """The step of an action."""
    return Step(
        key=subject.key,
        type=subject.spec.TYPE,
        action=Action.RUN if decision.causes else Action.NONE,
        target=subject.target,
        changes=decision.changes,
        depends_on=subject.declaration.depends_on,
        desired=subject.masked,
        maybe=bool(decision.causes) and decision.maybe,
        reasons=tuple(cause.text for cause in decision.causes),
        source=subject.declaration.source,
    )


def forgotten_actions(context: PlanContext, declared: Mapping[str, Declaration]) -> Iterator[Step]:
    """The steps of actions that the program no longer declares: they leave the state."""
    for record in context.snapshot.actions:
        if record.key not in declared or declared[record.key].action is None:
            yield Step(
                key=record.key,
                type=ActionSpec.TYPE,
                action=Action.FORGET,
                target=record.target,
                superseded=record.key in declared,
            )


def doubtful_finding(planned: PlannedAction) -> Finding:
    """The finding that stops a deploy before an action that may have run and must not run twice."""
    key, record = quote(planned.subject.key), planned.record
    why = (record.note if record is not None else "") or "the deploy that called it was interrupted"
    return Finding(
        id=DOUBTFUL,
        severity="error",
        key=planned.subject.key,
        text=f"it may run at most once, and it is not known whether it has done its work: {why}",
        fix=f"look at what it works on. If it is done: `cloudwright actions confirm {key} FILE`; if not: "
        f"`cloudwright actions rerun {key} FILE`. `--exclude {key}` deploys what does not depend on it",
        source=planned.subject.declaration.source,
    )


def present_of(context: PlanContext) -> Callable[[str], Record | ActionRecord | None]:
    """Returns what the state holds about a key: the newest generation of a resource, or an action."""
    actions = {record.key: record for record in context.snapshot.actions}

    def present(key: str) -> Record | ActionRecord | None:
        records = context.records(key)
        return records[0] if records else actions.get(key)

    return present
