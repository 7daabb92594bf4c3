"""What somebody else changes in declared values once a story is over: drift reports it, and a refreshed run repairs it.

No dice: every suitable resource is changed, so that a replayed story ends in the same way.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cloudwright.plan.options import PlanOptions
from simulation import invariants
from simulation.invariants import of_record
from simulation.programs import To
from simulation.world import MARK

if TYPE_CHECKING:
    from cloudwright.plan.drift import DriftReport
    from cloudwright.state.records import Record
    from simulation.machine import Report
    from simulation.programs import Program, Spec
    from simulation.story import Story
    from simulation.world import World

_EDITED = ("DisplayName", "Description")
"""Properties whose edit has nothing to do with a resource's tags."""

_MOVED = "-moved"


@dataclass(frozen=True, slots=True)
class Lost:
    """A declared value that somebody removed: the key of its resource, and the property's name."""

    key: str
    name: str


async def tell_aftermath(story: Story, program: Program) -> None:
    """Remove declared values and change attributes outside, make an unrelated edit, then look and repair.

    Args:
        story: One whose program is deployed and converged, in calm.
        program: What is deployed.
    """
    world = story.world
    moved = _move_attributes(world, program)
    lost = _remove_values(world, moved)
    if not (lost or moved):
        return
    keys = {one.key for one in lost}
    edited = tuple(_edited(spec) if spec.id in keys else spec for spec in program)
    await story.deploy(edited)
    check_reported(world, lost, await story.machine().drift())
    report = await _refreshed(story, edited)
    if not report.ok:
        world.violated(f"a refreshed deploy ended so: {report}")
        return
    invariants.check_converged(world, edited, report)
    check_repaired(world, lost)
    check_received(world, edited, moved)


async def _refreshed(story: Story, program: Program) -> Report:
    """A deploy that repairs; again while an operation outlasts the time for which a run follows it."""
    report = await story.deploy(program, options=PlanOptions(refresh=True))
    for _ in range(2):
        if report.ok or "no end of the request is known yet" not in str(report):
            break
        report = await story.deploy(program, options=PlanOptions(refresh=True))
    return report


def check_reported(world: World, lost: tuple[Lost, ...], report: DriftReport) -> None:
    """Every declared value that is still missing is drift."""
    shown = {
        (d.key, path.path.split("/")[1]) for d in report.drifted for path in d.paths if path.kind != "unobservable"
    }
    for one in _missing(world, lost):
        if (one.key, one.name) not in shown:
            world.violated(f"/{one.name} of {one.key} was removed outside, but drift does not report it")


def check_repaired(world: World, lost: tuple[Lost, ...]) -> None:
    """Nothing that is declared is missing after a refreshed run."""
    for one in _missing(world, lost):
        world.violated(f"/{one.name} of {one.key} was removed outside, and a refreshed run did not repair it")


def check_received(world: World, program: Program, moved: dict[str, str]) -> None:
    """What refers to an attribute holds the value that it has now."""
    live, records = world.live(), {record.key: record for record in world.snapshot().records}
    for spec in program:
        for name, value in spec.properties.items():
            if isinstance(value, To) and value.attribute == "Arn" and value.id in moved:
                found = live[of_record(records[spec.id])].properties.get(name)
                if found != f"{value.text}{moved[value.id]}":
                    world.violated(f"/{name} of {spec.id} is {found}, but the Arn of {value.id} changed outside")


def _missing(world: World, lost: tuple[Lost, ...]) -> list[Lost]:
    live, records = world.live(), {record.key: record for record in world.snapshot().records}
    return [one for one in lost if one.name not in live[of_record(records[one.key])].properties]


def _move_attributes(world: World, program: Program) -> dict[str, str]:
    """Change the Arn of what a parameter's text refers to and is not identified by; the new ones by key."""
    named = {v.id for spec in program for v in spec.properties.values() if isinstance(v, To) and v.text}
    moved: dict[str, str] = {}
    for record in world.snapshot().records:
        properties = world.live()[of_record(record)].properties
        if record.key in named and "Arn" in properties and properties["Arn"] != record.identifier:
            moved[record.key] = f"{properties['Arn']}{_MOVED}"
            _modify(world, record, "Arn", moved[record.key])
    return moved


def _remove_values(world: World, moved: dict[str, str]) -> tuple[Lost, ...]:
    """Remove the tags of all that has some of ours alone."""
    lost: list[Lost] = []
    for record in world.snapshot().records:
        tags = world.live()[of_record(record)].properties.get("Tags")
        if record.key not in moved and record.declared.get("Tags") and tags and MARK not in json.dumps(tags):
            _modify(world, record, "Tags", None)
            lost.append(Lost(record.key, "Tags"))
    return tuple(lost)


def _modify(world: World, record: Record, name: str, value: str | None) -> None:
    type_name, account, region, identifier = of_record(record)
    world.say(f"  others change {type_name} {identifier}: /{name} is {value}")
    world.cloud.modify(account, region, type_name, identifier, {name: value})


def _edited(spec: Spec) -> Spec:
    texts = {name: f"{spec.properties[name]}, edited" for name in _EDITED if name in spec.properties}
    return replace(spec, properties={**spec.properties, **texts})
