"""How often a resource is read after a write, and what several reads prove."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright.control.model import Operation
from cloudwright.engine.convergence import Convergence
from cloudwright.engine.read_back import read_back
from cloudwright.local.faults import Fault
from cloudwright.testing.loop import VirtualClock
from dead_runs import HERE, TOPIC, entry_of, put, record, running

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

A, B = ("A",), ("B",)
MISSING, REACHED = Convergence(missing=("/A",)), Convergence()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, clock=VirtualClock())


async def seen(world: World, *reads: Convergence) -> tuple[Convergence, float, int]:
    """The evaluation after these reads, of which the last one repeats; the seconds; and the number of reads."""
    topic, left = record(identifier=put(world, TOPIC, {"TopicName": "a"})), list(reads)
    count = 0

    def judge(live: Mapping[str, Any]) -> Convergence:
        nonlocal count
        count += 1
        assert live["TopicName"] == "a"
        return left.pop(0) if len(left) > 1 else left[0]

    async with running(world) as run:
        began = run.services.control.now(HERE)
        _, end = await read_back(run, entry_of(Operation.UPDATE, topic, run.services), topic.identifier, judge)
        return end, run.services.control.now(HERE) - began, count


@pytest.mark.parametrize(
    ("reads", "seconds", "count"),
    [
        ([REACHED], 0.0, 1),
        ([MISSING, REACHED], 1.0, 2),
        ([MISSING], 4.0, 3),
        ([Convergence(absent=(A,))], 4.0, 3),
        ([Convergence(absent=(A,), evident=False)], 20.0, 4),
        ([Convergence(differing=("/A",))], 1.0, 2),
    ],
)
async def test_a_read_is_repeated_while_it_may_be_older_than_the_write(
    world: World, reads: list[Convergence], seconds: float, count: int
) -> None:
    _, waited, number = await seen(world, *reads)

    assert waited == pytest.approx(seconds, abs=0.001)
    assert number == count


@pytest.mark.parametrize(
    ("reads", "absent"),
    [
        ([Convergence(absent=(A,))], (A,)),
        ([Convergence(absent=(A,)), Convergence(absent=(A, B))], (A,)),
        ([Convergence(absent=(A,), differing=("/C",))], ()),
        ([Convergence(absent=(A,), kept=("/C",))], ()),
    ],
)
async def test_a_path_is_absent_only_if_no_read_returns_it_and_the_last_one_is_up_to_date(
    world: World, reads: list[Convergence], absent: tuple[object, ...]
) -> None:
    assert (await seen(world, *reads))[0].absent == absent


@pytest.mark.parametrize(("code", "shown"), [("AccessDeniedException", True), ("InvalidRequestException", False)])
async def test_only_a_missing_permission_is_the_users_to_know(world: World, code: str, *, shown: bool) -> None:
    topic = record(identifier=put(world, TOPIC, {"TopicName": "a"}))
    world.cloud.faults.add(Fault("refuse", operation="GetResource", options={"code": code, "message": "no"}))
    async with running(world) as run:
        live, end = await read_back(
            run, entry_of(Operation.UPDATE, topic, run.services), topic.identifier, lambda _: Convergence()
        )

    assert live is None
    assert bool(end.denied) == shown
