"""A value that AWS makes changes, and another resource uses it: a plan with fresh reads must say so."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from cloudwright import Resource, target
from sweep.steps import NotApplicable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudwright.plan.model import Plan
    from cloudwright.schema.resource_type import ResourceType
    from sweep.life import Life

USER = "AWS::SSM::Parameter"
"""The type of the resource that uses the value: it takes any text."""


async def live_through_a_new_value(life: Life) -> None:
    """Let a parameter hold an attribute of the life's resource, change the attribute, and deploy with fresh reads.

    Raises:
        NotApplicable: The type has no such attribute.
        AssertionError: The parameter does not get the new value, or the plan does not show it.
    """
    (live,) = life._live()
    name = _attribute(life.kind, live.properties)
    if name is None or life.kind.name == USER:
        raise NotApplicable("no read-only text outside of its identifier")
    old, new = str(live.properties[name]), f"{live.properties[name]}-2"
    program = _with_a_user(life, name)
    await _deployed(life, program)
    life.modify({name: new})
    changes = _changes(await life.world.plan(program, refresh=True, allow_replace=("one",)))
    if changes != [("user", "/Value")]:
        raise AssertionError(f"{name} became {new!r}, and the plan of its user shows {changes}")
    await _deployed(life, program, refresh=True)
    held = next(found for found in life.world.cloud.resources() if found.type_name == USER).properties["Value"]
    if held != new:
        raise AssertionError(f"{name} became {new!r}, and its user holds {held!r}")
    life.modify({name: old})
    await life._deployed(refresh=True)


def _attribute(kind: ResourceType, live: Mapping[str, Any]) -> str | None:
    named = {path[0] for path in kind.identifiers}
    return next(
        (
            name
            for name, value in live.items()
            if isinstance(value, str)
            and name not in named
            and kind.read_only.covers((name,))
            # Given at create, and read-only from then on.
            and not kind.create_only.covers((name,))
        ),
        None,
    )


def _with_a_user(life: Life, name: str) -> Callable[[], None]:
    def program() -> None:
        with target(region=life.region):
            one = Resource("one", type=life.kind.name, properties=copy.deepcopy(life.document))
            Resource("user", type=USER, properties={"Name": "user", "Type": "String", "Value": getattr(one, name)})

    return program


async def _deployed(life: Life, program: Callable[[], None], **options: Any) -> None:
    result = await life.world.deploy(program, allow_replace=("one",), **options)
    if not result.ok:
        raise AssertionError("; ".join(f"{one.action} {one.status}: {one.message}" for one in result.failed))


def _changes(plan: Plan) -> list[tuple[str, str]]:
    return [(step.key, change.path) for step in plan.changes for change in step.changes]
