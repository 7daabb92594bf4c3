"""What actions did, and what must hold about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cloudwright.plan.model import Action
from cloudwright.provider import Rejected
from cloudwright.state.action_records import ActionStatus
from cloudwright.state.changes import DropAction, PutAction
from simulation.programs import ACTION, Asked, To

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudwright.program.action import ActionContext
    from cloudwright.state.action_records import ActionRecord
    from cloudwright.state.changes import StateChange
    from cloudwright.state.records import Record
    from cloudwright.state.snapshot import Snapshot
    from simulation.machine import Machine
    from simulation.programs import Program, Spec
    from simulation.world import World


class ActionBroke(Exception):
    """The function of an action fails after it did its work."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that an action did.

    Attributes:
        token: Of the call.
        key: Of the action.
        what: Tells its arguments.
        at: Seconds since the epoch, by the cloud's clock.
    """

    token: str
    key: str
    what: str
    at: float


@dataclass(slots=True)
class Deeds:
    """Everything that actions did in a world.

    Attributes:
        done: In the order in which it happened.
        accounted: Tokens of calls whose end is in the state, or was settled by the user.
    """

    done: list[Deed] = field(default_factory=list)
    accounted: set[str] = field(default_factory=set)

    def of(self, key: str) -> list[Deed]:
        """What the action of a key did."""
        return [deed for deed in self.done if deed.key == key]

    def note(self, changes: Iterable[StateChange]) -> None:
        """Learn from a commit which calls have a known end."""
        for change in changes:
            if isinstance(change, PutAction) and change.action.status is ActionStatus.DONE:
                self.accounted.add(change.action.token)
            elif isinstance(change, DropAction):
                self.accounted.update(deed.token for deed in self.of(change.key))


async def act(machine: Machine, context: ActionContext, spec: Spec, what: str) -> str:
    """What an action does: two points, and between them the deed.

    Raises:
        Rejected: It fails before the deed.
        ActionBroke: It fails after the deed.
    """
    world = machine.world
    # The lease is confirmed right before this, as for requests.
    if await machine.point("before an action", may_sleep=False):
        raise Rejected("the action has done nothing")
    machine.check_lease(f"the action {spec.id}")
    if not any(s.key == spec.id and s.action is Action.RUN for plan in machine.approved for s in plan.steps):
        world.violated(f"the action {spec.id} ran, but no approved plan holds it")
    if spec.options["once"]:
        _check_once(world, context.token, spec.id, what)
    world.deeds.done.append(Deed(context.token, spec.id, what, world.clock.now()))
    world.say(f"    the action {spec.id} does {what}, token {context.token[:6]}")
    if await machine.point("after an action"):
        raise ActionBroke("the connection broke")
    return what


def _check_once(world: World, token: str, key: str, what: str) -> None:
    """No second call for the same cause, and none while nobody knows how the one before ended."""
    before = world.deeds.of(key)
    if any(deed.token == token for deed in before):
        world.violated(f"the action {key} ran twice for {what}")
    elif any(deed.token not in world.deeds.accounted for deed in before):
        world.violated(f"the action {key} ran again for {what}, but nobody knows whether it ran before")


def check_actions(world: World, snapshot: Snapshot, program: Program) -> None:
    """After a whole deploy that went well, every declared action has run for what is there now."""
    declared = {spec.id: spec for spec in program if spec.type == ACTION}
    if sorted(declared) != [action.key for action in snapshot.actions]:
        world.violated(f"actions are recorded for {[action.key for action in snapshot.actions]}")
        return
    records = {record.key: record for record in snapshot.records}
    for action in snapshot.actions:
        _check_ended(world, action)
        _check_arguments(world, action, declared[action.key], snapshot)
        for key in sorted(declared[action.key].follows):
            _check_followed(world, declared[action.key], key, records.get(key))


def check_always(world: World, program: Program, since: int) -> None:
    """An action that runs at every deploy did so in this one.

    Args:
        world: After a whole deploy that went well.
        program: What was deployed.
        since: How many deeds there were before.
    """
    did = {deed.key for deed in world.deeds.done[since:]}
    for spec in program:
        if spec.type == ACTION and spec.options["when"] == "always" and spec.id not in did:
            world.violated(f"{spec.id} runs at every deploy, but did not in this one")


def _check_ended(world: World, action: ActionRecord) -> None:
    did = [deed.what for deed in world.deeds.of(action.key) if deed.token == action.token]
    wanted = f"{action.arguments['note']} {action.arguments['of']}"
    if action.status is not ActionStatus.DONE or wanted not in did or action.result != {"value": wanted}:
        world.violated(f"{action.key} is {action.status} with {dict(action.result)} after {did} for {wanted}")


def _check_arguments(world: World, action: ActionRecord, spec: Spec, snapshot: Snapshot) -> None:
    """What runs after a change of its arguments ran with those that are declared."""
    if spec.options["when"] != "changed":
        return
    for name, value in spec.properties.items():
        wanted = _value(value, snapshot)
        if action.arguments[name] != wanted:
            world.violated(f"{action.key} ran with {name}={action.arguments[name]}, but {wanted} is declared")


def _value(value: object, snapshot: Snapshot) -> object:
    """The present value of an argument, by the state."""
    if isinstance(value, Asked):
        return f"{value.text}{_answer(snapshot.lookups, value.fact)}"
    if not isinstance(value, To):
        return value
    results = {action.key: action.result.get("value") for action in snapshot.actions}
    records = {record.key: record for record in snapshot.records}
    return results[value.id] if value.id in results else records[value.id].declared[value.attribute]


def _answer(lookups: Mapping[str, object], fact: str) -> object:
    found = [kept for question, kept in lookups.items() if f'"{fact}"' in question]
    return found[0]["answer"] if found and isinstance(found[0], dict) else None


def _check_followed(world: World, spec: Spec, key: str, record: Record | None) -> None:
    """It ran after every change of what it follows that was applied."""
    last = max((deed.at for deed in world.deeds.of(spec.id)), default=0.0)
    operations = {"CREATE"} if spec.options["when"] == "created" else {"CREATE", "UPDATE"}
    if spec.options["when"] == "always":
        return
    changes = [
        request.event_time
        for request in world.cloud.requests()
        if record is not None
        and (request.type_name, request.identifier) == (record.type, record.identifier)
        and (request.status, request.operation in operations) == ("SUCCESS", True)
    ]
    changes += [deed.at for deed in world.deeds.of(key)]
    if changes and last < max(changes):
        world.violated(f"{spec.id} ran last at {last}, but {key} changed at {max(changes)}")
