"""The output of `--json`: one JSON object per line, a `version` line first. `contract` declares the lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cloudwright import __version__
from cloudwright.engine.outcome import Event, Outcome, Result, RunNotice, StepFinished, StepProgress, StepStarted
from cloudwright.errors import CloudwrightError
from cloudwright.plan.lookups import differing
from cloudwright.program.frames import user_frames
from cloudwright.render.contract import command as command_lines
from cloudwright.render.contract import run, store
from cloudwright.render.plan.access_changes import broadenings
from cloudwright.render.terminal.symbols import SYMBOLS
from cloudwright.render.values import masked
from cloudwright.state.audit import AuditAction, AuditOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.plan.drift import DriftReport, PathDrift
    from cloudwright.plan.model import Change, Finding, Partial, PinnedAnswer, Plan, Step
    from cloudwright.render.contract import line as contract
    from cloudwright.state.action_records import ActionRecord
    from cloudwright.state.audit import AuditLine
    from cloudwright.state.history import PastCommit, RecordChange
    from cloudwright.state.journal import JournalEntry
    from cloudwright.state.leases.lease import Lease
    from cloudwright.state.records import Record
    from cloudwright.state.snapshot import Snapshot
    from cloudwright.target import Target

FORMAT = "1.0"
"""Version of the lines. A new field or type raises the second number, anything else the first."""

Line = dict[str, Any]
"""One object of the stream."""


def encode(line: Line) -> str:
    """One line of the stream: pure ASCII, so that no value can control a terminal."""
    return json.dumps(line, ensure_ascii=True, separators=(",", ":"), default=str)


def version_line(command: str) -> Line:
    """The first line of every stream."""
    return command_lines.VersionLine(format=FORMAT, cloudwright=__version__, command=command).as_object()


def plan_lines(plan: Plan) -> Iterator[Line]:
    """A plan: a `plan` line, then a line for each lookup, step, broadening of access and finding."""
    yield run.PlanLine(
        app=plan.app,
        stage=plan.stage,
        serial=plan.serial,
        digest=plan.digest,
        destroy=plan.destroy,
        refreshed=plan.refreshed,
        targeted=plan.targeted,
        partial=_partial(plan.partial),
        counts={symbol.noun: plan.count(action) for action, symbol in SYMBOLS.items()},
        consents=[run.ConsentPart(keys=consent.keys, text=consent.text, fix=consent.fix) for consent in plan.consents],
        notes=list(plan.notes),
        outputs=masked(plan.outputs),
    ).as_object()
    yield from map(_lookup, plan.lookups)
    yield from (_step(step) for step in plan.steps)
    yield from (run.BroadeningLine(key=b.key, resource=b.type, text=b.text).as_object() for b in broadenings(plan))
    yield from (finding_line(finding) for finding in plan.findings)


def _lookup(pinned: PinnedAnswer) -> Line:
    return run.LookupLine(
        label=pinned.label,
        question=pinned.question,
        place=pinned.place,
        answer=masked(pinned.answer),
        before=masked(pinned.before),
        recorded=pinned.recorded,
        changed=differing(pinned),
        effects=list(pinned.effects),
        file=pinned.source.file,
        line=pinned.source.line,
    ).as_object()


def _step(step: Step) -> Line:
    return run.StepLine(
        key=step.key,
        resource=step.type,
        action=step.action,
        generation=step.generation,
        identifier=step.identifier,
        order=step.order,
        target=_target(step.target),
        depends_on=list(step.depends_on),
        changes=[_change(change) for change in step.changes],
        desired=masked(step.desired),
        maybe=step.maybe,
        may_replace=step.may_replace,
        needs_consent=step.needs_consent,
        superseded=step.superseded,
        moved_from=step.moved_from,
        reasons=list(step.reasons),
        file=step.source.file,
        line=step.source.line,
    ).as_object()


def _partial(partial: Partial | None) -> run.PartialPart | None:
    if partial is None:
        return None
    return run.PartialPart(reason=partial.reason, file=partial.source.file, line=partial.source.line)


def _change(change: Change) -> run.ChangePart:
    return run.ChangePart(
        path=change.path,
        kind=change.kind,
        old=masked(change.old),
        new=masked(change.new),
        rule=change.rule,
        forces=change.forces,
        reason=change.reason,
    )


def _target(target: Target) -> run.TargetPart:
    return run.TargetPart(account=target.account, region=target.region, partition=target.partition)


def finding_line(finding: Finding) -> Line:
    """A finding of a rule or a value check."""
    return run.FindingLine(
        id=finding.id,
        severity=finding.severity,
        key=finding.key,
        path=finding.path,
        text=finding.text,
        fix=finding.fix,
        origin=finding.origin,
        silenced=finding.silenced,
        file=finding.source.file,
        line=finding.source.line,
    ).as_object()


def event_line(event: Event) -> Line:
    """One event of a run; `at` is in seconds on the run's own clock."""
    at = round(event.at, 3)
    match event:
        case StepStarted():
            line: contract.Line = run.StartedLine(
                key=event.key, resource=event.type, action=event.action, expected=event.expected, at=at
            )
        case StepProgress():
            line = run.ProgressLine(key=event.key, text=event.text, at=at)
        case StepFinished():
            line = run.FinishedLine(**_outcome(event.outcome), at=at)
        case RunNotice():
            line = run.NoticeLine(text=event.text, at=at)
    return line.as_object()


def _outcome(outcome: Outcome) -> dict[str, Any]:
    hint = outcome.error.hint if isinstance(outcome.error, CloudwrightError) else None
    return {
        "key": outcome.key,
        "resource": outcome.type,
        "action": outcome.action,
        "status": outcome.status,
        "generation": outcome.generation,
        "identifier": outcome.identifier,
        "seconds": round(outcome.seconds, 3),
        "waited_for": outcome.waited_for,
        "error": type(outcome.error).__name__ if outcome.error else None,
        "message": _without_hint(outcome),
        "hint": hint,
        "request_token": outcome.request_token,
        "notes": list(outcome.notes),
        "file": outcome.source.file,
        "line": outcome.source.line,
    }


def _without_hint(outcome: Outcome) -> str:
    """What went wrong; the hint has a field of its own, in which the program's file is inserted."""
    error = outcome.error
    if isinstance(error, CloudwrightError) and error.hint and outcome.message.startswith(error.message):
        return error.message
    return outcome.message


def result_line(result: Result, code: int) -> Line:
    """The last line of a deploy or a destroy."""
    return run.ResultLine(
        ok=result.ok,
        exit_code=code,
        interrupted=result.interrupted,
        calls=result.calls,
        seconds=round(result.seconds, 3),
        plans=len(result.plans),
        outcomes=len(result.outcomes),
        failed=len(result.failed),
    ).as_object()


def outcome_line(outcome: Outcome) -> Line:
    """The end of one step, as the result reports it (also of those that never started)."""
    return run.OutcomeLine(**_outcome(outcome)).as_object()


def outputs_line(values: Mapping[str, object]) -> Line:
    """The app's outputs; secrets are masked."""
    return run.OutputsLine(values=masked(values)).as_object()


def state_line(snapshot: Snapshot) -> Line:
    """The state that the next lines belong to."""
    return store.StateLine(app=snapshot.app, stage=snapshot.stage, serial=snapshot.serial).as_object()


def record_line(record: Record) -> Line:
    """A resource in the state."""
    return _record(record).as_object()


def _record(record: Record) -> store.RecordLine:
    return store.RecordLine(
        key=record.key,
        generation=record.generation,
        current=record.current,
        resource=record.type,
        identifier=record.identifier,
        status=record.status,
        target=_target(record.target),
        depends_on=list(record.depends_on),
        declared=masked(record.declared),
        observed=masked(record.observed),
        dirty=list(record.dirty),
        protect=record.protect,
        retain=record.retain,
        created_at=record.created_at,
        updated_at=record.updated_at,
        note=record.note,
        claim=record.claim,
    )


def drift_lines(report: DriftReport) -> Iterator[Line]:
    """A drift report: a `drift` line for each resource, then a `drift_result` line."""
    for resource in report.resources:
        yield run.DriftLine(
            key=resource.key,
            resource=resource.type,
            identifier=resource.identifier,
            target=_target(resource.target),
            condition=resource.condition,
            reason=resource.reason,
            paths=[_path(path) for path in resource.paths],
        ).as_object()
    from cloudwright.plan.drift import Condition

    counts = run.DriftCounts(
        as_declared=report.count(Condition.AS_DECLARED),
        changed=report.count(Condition.CHANGED),
        missing=report.count(Condition.MISSING),
        unreadable=report.count(Condition.UNREADABLE),
    )
    yield run.DriftResultLine(
        app=report.app,
        stage=report.stage,
        serial=report.serial,
        counts=counts,
        calls=report.calls,
        notes=list(report.notes),
    ).as_object()


def _path(path: PathDrift) -> run.PathPart:
    return run.PathPart(
        path=path.path,
        kind=path.kind,
        declared=masked(path.declared),
        live=masked(path.live),
        reason=path.reason,
    )


def entry_line(entry: JournalEntry) -> Line:
    """One request whose result is unknown; its body is left out."""
    return store.OperationLine(
        key=entry.key,
        generation=entry.generation,
        resource=entry.type,
        operation=entry.operation,
        identifier=entry.identifier,
        request_token=entry.request_token,
        created_at=entry.created_at,
        target=_target(entry.target),
    ).as_object()


def action_line(record: ActionRecord) -> Line:
    """An action that has run."""
    return store.ActionLine(
        key=record.key,
        status=record.status,
        delivery="at-most-once" if record.once else "at-least-once",
        doubtful=record.doubtful,
        started_at=record.started_at,
        succeeded_at=record.succeeded_at,
        target=_target(record.target),
        note=record.note,
    ).as_object()


def commit_line(commit: PastCommit) -> Line:
    """One commit of a state's history."""
    return store.CommitLine(
        serial=commit.serial,
        at=commit.at,
        author=commit.author,
        command=commit.command,
        touched=list(commit.touched),
    ).as_object()


def audit_line(line: AuditLine, app: str, stage: str) -> Line:
    """One line of a state's audit."""
    return store.AuditedLine(
        app=app,
        stage=stage,
        id=line.id,
        at=line.at,
        author=line.author,
        principal=line.principal,
        action=AuditAction(line.action),
        outcome=AuditOutcome(line.outcome),
        key=line.key,
        generation=line.generation,
        resource_type=line.type,
        identifier=line.identifier,
        account=line.account,
        region=line.region,
        plan=line.plan,
        request_token=line.request_token,
        error=line.error,
        command=line.command,
        detail=line.detail,
    ).as_object()


def difference_line(change: RecordChange) -> Line:
    """How one record differs between two serials; `before` and `after` are as `record` lines, or null."""
    return store.DifferenceLine(
        key=change.key,
        generation=change.generation,
        kind=change.kind,
        before=_record(change.before) if change.before else None,
        after=_record(change.after) if change.after else None,
    ).as_object()


def lease_line(lease: Lease) -> Line:
    """Who holds the lock."""
    holder = lease.holder
    return store.LeaseLine(
        id=lease.id,
        user=holder.user,
        host=holder.host,
        pid=holder.pid,
        command=holder.command,
        since=holder.since,
    ).as_object()


def error_line(error: BaseException, code: int) -> Line:
    """An error that ended the command."""
    own = isinstance(error, CloudwrightError)
    return command_lines.ErrorLine(
        error=type(error).__name__,
        message=error.message if isinstance(error, CloudwrightError) else str(error),
        hint=error.hint if isinstance(error, CloudwrightError) else None,
        exit_code=code,
        frames=[
            command_lines.FramePart(file=frame.file, line=frame.line, function=frame.function, text=frame.text)
            for frame in user_frames(error)[-1 if own else -8 :]
        ],
    ).as_object()
