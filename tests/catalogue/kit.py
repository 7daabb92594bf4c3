"""What the tests of the catalogue have in common: one resource, a pitfall that is switched on, and what must hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cloudwright import Resource
from cloudwright.local.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from app_kit import World
    from cloudwright.control.model import Reply
    from cloudwright.engine.outcome import Outcome, Result
    from cloudwright.local.call_log import CallRecord
    from cloudwright.plan.model import Step

ACCOUNT, REGION = "000000000000", "us-east-1"


def one(type_name: str, properties: dict[str, Any], **options: Any) -> Callable[[], None]:
    """A program with a single resource, called `one`."""

    def declare() -> None:
        Resource("one", type=f"AWS::{type_name}", properties=properties, **options)

    return declare


def nothing() -> None:
    """A program that declares nothing."""


def switch(world: World, name: str, **fields: Any) -> None:
    """Switch a pitfall on; `count`, `operation` and `type_name` narrow it, everything else is its own option."""
    own = {field: fields.pop(field) for field in ("count", "operation", "type_name", "probability") if field in fields}
    world.cloud.faults.add(Fault(name, options=fields, **own))


def live(world: World) -> dict[str, Any]:
    """The document of the one live resource."""
    (found,) = world.cloud.resources()
    return dict(found.properties)


def operations(world: World) -> list[str]:
    """What the service was asked to do, oldest first."""
    return [request.operation for request in world.cloud.requests()]


def patches(world: World) -> list[list[dict[str, Any]]]:
    """Where every patch that is sent from now on will be found, oldest first."""
    found: list[list[dict[str, Any]]] = []

    def note(record: CallRecord, body: bytes, reply: Reply) -> None:
        del reply
        if record.action == "UpdateResource":
            found.append(json.loads(json.loads(body)["PatchDocument"]))

    world.cloud.listen(note)
    return found


def only_step(result: Result) -> Step:
    """The one step of the one plan that did something."""
    (plan,) = result.plans
    (step,) = plan.changes
    return step


def failed(result: Result) -> Outcome:
    """The one outcome that is not a success."""
    (outcome,) = result.failed
    return outcome


async def holds_still(world: World, program: Callable[[], None]) -> None:
    """A second deploy sends nothing, a look finds no change, and there is no drift."""
    assert (await world.deploy(program)).calls == 0
    plan = await world.plan(program, refresh=True)
    assert [(step.action, step.changes) for step in plan.changes] == []
    assert (await world.app(program).drift()).drifted == ()


async def changed(world: World, before: Callable[[], None], after: Callable[[], None]) -> Result:
    """A deploy of one program, then of another; both go well."""
    first = await world.deploy(before)
    assert first.ok, first.failed
    second = await world.deploy(after, allow_replace=("one",))
    assert second.ok, second.failed
    return second
