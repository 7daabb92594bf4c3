"""What must hold after every run, whatever went wrong."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from cloudwright.control.model import Operation
from cloudwright.engine.operations import LAST_ARRIVAL
from cloudwright.plan.model import Action
from cloudwright.schema.override import override_for
from cloudwright.secret import SECRET_MARKER
from cloudwright.state.audit import AuditAction, AuditOutcome
from cloudwright.state.records import RecordStatus
from simulation.deeds import check_actions
from simulation.facts import check_answers
from simulation.programs import ACTION
from simulation.world import MARK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.state.audit import AuditLine
    from cloudwright.state.journal import JournalEntry
    from cloudwright.state.records import Record
    from cloudwright.state.snapshot import Snapshot
    from simulation.machine import Report
    from simulation.programs import Program
    from simulation.world import Physical, World


def check(world: World) -> None:
    """The invariants that hold at every moment at which no request of ours is under way."""
    snapshot = world.snapshot()
    for released in sorted((world.released & world.ours().keys()) - {of_record(record) for record in snapshot.records}):
        world.remove_by_hand(released)
    for adopted in world.adoptable & {of_record(record) for record in snapshot.records}:
        world.foreign.pop(adopted, None)
    _check_owned(world, snapshot)
    _check_unique(world, snapshot)
    _check_foreign(world, snapshot)
    _check_elements(world)
    _check_audit(world, snapshot)


def _check_owned(world: World, snapshot: Snapshot) -> None:
    """Every live physical resource that we made has exactly one record or journal entry."""
    recorded = Counter(of_record(record) for record in snapshot.records)
    journaled = _journaled(world, snapshot)
    for one in world.ours():
        known = recorded[one] + (journaled[one] if not recorded[one] else 0)
        if known != 1:
            world.violated(f"{one[0]} {one[3]} is live and has {known} records or entries")


def _journaled(world: World, snapshot: Snapshot) -> Counter[Physical]:
    tokens = {r.client_token: r for r in world.cloud.requests() if r.operation == "CREATE"}
    creates = [tokens.get(e.client_token) for e in snapshot.journal if e.operation is Operation.CREATE]
    return Counter((r.type_name, *r.place, r.identifier or "") for r in creates if r is not None)


def _check_unique(world: World, snapshot: Snapshot) -> None:
    """No two records share a type, a place and a canonical identifier."""
    seen = Counter((r.type, r.target.place, override_for(r.type).canonical(r.identifier)) for r in snapshot.records)
    for (type_name, _, identifier), count in seen.items():
        if count > 1:
            world.violated(f"{count} records name {type_name} {identifier}")


def _check_foreign(world: World, snapshot: Snapshot) -> None:
    live = world.live()
    for one, properties in world.foreign.items():
        if one not in live:
            world.violated(f"the foreign {one[0]} {one[3]} is gone")
        elif json.dumps(live[one].properties, sort_keys=True) != properties:
            world.violated(f"the foreign {one[0]} {one[3]} was changed")
    owned = {of_record(r) for r in snapshot.records if r.status is not RecordStatus.DOUBTFUL}
    for one in owned & world.foreign.keys():
        world.violated(f"a record owns the foreign {one[0]} {one[3]}")


def _check_elements(world: World) -> None:
    """What others added to a collection is there for as long as its resource is, unless an approved plan showed it."""
    live = world.live()
    for mark, one in list(world.added.items()):
        if one not in live or mark in world.shown:
            del world.added[mark]
        elif mark not in json.dumps(live[one].properties):
            world.violated(f"{mark}, which others added to {one[0]} {one[3]}, is gone")


def _check_audit(world: World, snapshot: Snapshot) -> None:
    """Each request has at most one line in the audit, and each record has one that says how it came to be."""
    lines = world.backend().audit()
    for token, count in Counter(line.request_token for line in lines if line.request_token).items():
        if count > 1:
            world.violated(f"{count} audit lines are about the request {token}")
    _check_outcomes(world, lines)
    came = {(line.type, line.account, line.region, line.identifier) for line in lines if line.action in _MADE}
    for record in snapshot.records:
        if of_record(record) not in came:
            world.violated(f"no audit line says how {record.key} came to be")


def _check_outcomes(world: World, lines: tuple[AuditLine, ...]) -> None:
    """A line says about a request what AWS said about it."""
    ends = {request.token: request.status for request in world.cloud.requests()}
    for line in lines:
        end = ends.get(line.request_token)
        if (end, line.outcome) in _LIES:
            world.violated(f"the audit says {line.outcome} of the {line.action} of {line.key}, which ended with {end}")


_LIES = {("SUCCESS", AuditOutcome.FAILED), ("FAILED", AuditOutcome.SUCCEEDED)}
_MADE = {AuditAction.CREATE, AuditAction.REPLACE, AuditAction.ADOPT}


def check_converged(world: World, program: Program, report: Report) -> None:
    """After a deploy that went well: what is declared is there, as declared, and nothing else of ours."""
    snapshot, live = world.snapshot(), world.live()
    keys = sorted(record.key for record in snapshot.records)
    if keys != sorted(spec.id for spec in program if spec.type != ACTION):
        world.violated(f"the records are {keys}")
    if left := [_named(entry) for entry in snapshot.journal if not _may_arrive(world, entry)]:
        world.violated(f"the journal still holds {left}")
    for record in snapshot.records:
        _check_live(world, record, live)
    _check_edges(world, snapshot, report)
    check_actions(world, snapshot, program)
    check_answers(world, program)


def _may_arrive(world: World, entry: JournalEntry) -> bool:
    """Whether a request of a dead run is one that a later run has found unanswered, and that may still take effect."""
    return entry.awaited and world.clock.now() - entry.created_at <= LAST_ARRIVAL


def _named(entry: JournalEntry) -> str:
    return f"{entry.operation} {entry.key}"


def _check_live(world: World, record: Record, live: Mapping[Physical, Any]) -> None:
    found = live.get(of_record(record))
    if found is None:
        world.violated(f"{record.key} is recorded as {record.identifier}, which does not exist")
    elif not fits(record.declared, found.properties):
        world.violated(f"{record.key} is declared as {dict(record.declared)}, but is {found.properties}")
    if record.status is not RecordStatus.LIVE or record.dirty or not record.current:
        world.violated(f"{record.key} is {record.status}, dirty {record.dirty}, current {record.current}")


def _check_edges(world: World, snapshot: Snapshot, report: Report) -> None:
    """The edges of the records are those of the last plan."""
    assert report.result is not None
    if not report.result.plans:
        return
    recorded = {record.key: tuple(record.depends_on) for record in snapshot.records}
    planned = {
        s.key: tuple(s.depends_on)
        for s in report.result.plans[-1].steps
        if s.action not in _LEAVING and not s.is_action
    }
    if recorded != planned:
        world.violated(f"the edges were planned as {planned} and recorded as {recorded}")


_LEAVING = {Action.DELETE, Action.FORGET}


def check_noop(world: World, program: Program, report: Report) -> None:
    """A deploy of what is there already asks nothing of the cloud, and runs only what runs at every deploy."""
    if not report.ok:
        world.violated(f"a deploy without changes ended so: {report}")
        return
    assert report.result is not None
    always = _running_always(program)
    steps = [step for plan in report.result.plans for step in plan.changes if step.key not in always]
    if report.calls or steps:
        changes = [f"{s.action} {s.key} {s.changes}" for s in steps]
        world.violated(f"a deploy without changes made {report.calls} calls and planned {changes}")


def _running_always(program: Program) -> set[str]:
    """Actions that run at every deploy, and what may change with their results."""
    always: set[str] = set()
    for spec in program:
        if spec.options.get("when") == "always" or spec.follows & always:
            always.add(spec.id)
    return always


def check_gone(world: World) -> None:
    """After a destroy nothing of ours is left anywhere."""
    snapshot = world.snapshot()
    left = [record.key for record in snapshot.records] + [_named(entry) for entry in snapshot.journal]
    left += [action.key for action in snapshot.actions]
    if left:
        world.violated(f"after the destroy the state still holds {left}")
    for one in world.ours():
        world.violated(f"after the destroy {one[0]} {one[3]} is still live")


def of_record(record: Record) -> Physical:
    """The physical resource of a record."""
    return (record.type, record.target.account, record.target.region, record.identifier)


def fits(declared: Any, live: Any) -> bool:
    """Whether a live value holds everything that was declared; lists in any order, beside what others added."""
    if isinstance(declared, dict) and SECRET_MARKER in declared:
        return True
    if isinstance(declared, dict):
        return isinstance(live, dict) and all(name in live and fits(v, live[name]) for name, v in declared.items())
    if isinstance(declared, list):
        if not isinstance(live, list):
            return False
        ours = [one for one in live if MARK not in json.dumps(one)]
        return len(ours) == len(declared) and all(any(fits(one, other) for other in ours) for one in declared)
    return bool(declared == live)
