"""Sequences that break naive engines: runs that die, sleep, or lose every answer.

Numbers are those of the scenario catalogue in docs/scenarios.md. They run in the simulation's world, which checks after
each run that nothing was lost, duplicated or touched without a lease.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.app.targets import LOCAL_REGION
from cloudwright.control.model import Operation, Reply
from cloudwright.local.cloud import DEFAULT_ACCOUNT
from cloudwright.local.faults import Fault
from cloudwright.plan.model import Action
from cloudwright.state.memory import MemoryDatabase
from simulation import invariants
from simulation import programs as p
from simulation.faults import Calm, Fate, Strike, Way
from simulation.story import TAKEOVER, Story
from simulation.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from cloudwright.control.model import Call
    from simulation.programs import Program

TOPIC: Program = (p.topic("one", "one"),)
EDITED: Program = (p.topic("one", "one", "b"),)


class StruckAt(Calm):
    """Something happens to the machine when it first comes to a point."""

    def __init__(self, label: str, strike: Strike = Strike.KILL) -> None:
        self._label, self._strike, self._done = label, strike, False

    def at(self, number: int, label: str) -> Strike:
        del number
        if self._done or label != self._label:
            return Strike.NOTHING
        self._done = True
        return self._strike


class Lossy(Calm):
    """The first answer to every create is lost on its way back, and the machine dies twice."""

    def __init__(self, kill_at: int) -> None:
        self._lost: set[bytes] = set()
        self._kill_at = kill_at

    def at(self, number: int, label: str) -> Strike:
        del label
        return Strike.KILL if number == self._kill_at else Strike.NOTHING

    def fate(self, call: Call) -> Fate:
        if call.action != "CreateResource" or call.body in self._lost:
            return Fate()
        self._lost.add(call.body)
        return Fate(way=Way.UNANSWERED)


@pytest.fixture
async def story() -> AsyncIterator[Story]:
    """A story in its own world, in which nothing may go wrong."""
    teller = Story(World())
    yield teller
    teller.world.closing = True
    teller.world.cloud.close()
    assert teller.world.violations == []


def sent(story: Story, operation: Operation) -> int:
    """Requests that the cloud accepted."""
    return sum(1 for request in story.world.cloud.requests() if request.operation == operation)


async def test_s7_a_delete_that_was_never_sent_is_never_sent_again(story: Story) -> None:
    await story.deploy(TOPIC)
    await story.deploy((), StruckAt("before DeleteResource"))
    assert [entry.operation for entry in story.world.snapshot().journal] == [Operation.DELETE]

    back = await story.deploy(TOPIC)

    invariants.check_converged(story.world, TOPIC, back)
    assert sent(story, Operation.DELETE) == 0


async def test_s8_an_update_without_an_answer_is_read_and_planned_again(story: Story) -> None:
    third = (p.topic("one", "one", "c"),)
    await story.deploy(TOPIC)
    await story.deploy(EDITED, StruckAt("after UpdateResource"))

    report = await story.deploy(third)

    invariants.check_converged(story.world, third, report)
    assert sent(story, Operation.UPDATE) == 2


def shown(story: Story) -> list[tuple[str, str, str]]:
    """What the audit says, oldest first."""
    return [(line.action, line.key, line.outcome) for line in story.world.backend().audit()]


POINTS = ("before CreateResource", "after CreateResource", "before GetResourceRequestStatus")


@pytest.mark.parametrize("point", POINTS)
async def test_a_killed_and_recovered_deploy_has_one_audit_line_for_each_change(story: Story, point: str) -> None:
    assert (await story.deploy(TOPIC, StruckAt(point))).killed
    await story.deploy(TOPIC)
    await story.deploy(EDITED, StruckAt(point.replace("Create", "Update")))
    await story.deploy(EDITED)
    await story.deploy((), StruckAt(point.replace("Create", "Delete")))
    await story.deploy(())

    once = [line for line in shown(story) if line[2] in {"succeeded", "found done"}]
    assert [action for action, _, _ in once] in (["create", "update", "delete"], ["create", "delete"])
    unanswered = point == "after CreateResource"
    assert once[-1] == ("delete", "one", "found done" if unanswered else "succeeded")
    tokens = [line.request_token for line in story.world.backend().audit() if line.request_token]
    assert len(tokens) == len(set(tokens)) >= 1
    assert {line.plan != "" and line.author != "" for line in story.world.backend().audit()} == {True}


@pytest.fixture
async def cut_off(story: Story) -> Story:
    """A create whose run died before it knew of an answer."""
    killed = await story.deploy(TOPIC, StruckAt("after CreateResource"))
    assert killed.killed
    return story


async def test_s9_an_edited_program_resumes_from_the_journals_own_bytes(cut_off: Story) -> None:
    machine = cut_off.machine()
    report = await machine.deploy(EDITED)

    await cut_off.checked(report)
    assert [[step.action for step in plan.changes] for plan in machine.approved] == [[Action.RESUME], [Action.UPDATE]]
    invariants.check_converged(cut_off.world, EDITED, report)
    assert sent(cut_off, Operation.CREATE) == 1


@pytest.mark.parametrize("named", [True, False])
async def test_a_create_of_a_dead_run_that_meets_its_own_first_delivery_is_not_made_twice(
    cut_off: Story, monkeypatch: pytest.MonkeyPatch, *, named: bool
) -> None:
    cloud, (first,) = cut_off.world.cloud, cut_off.world.cloud.requests()
    handle, bodies = cloud.handle, list[bytes]()

    def busy(service: str, action: str, body: bytes, *where: str) -> Reply:
        if action != "CreateResource":
            return handle(service, action, body, *where)
        bodies.append(body)
        token = f" with RequestToken {first.token}" if named else ""
        text = f"Another resource operation is currently being performed on this resource{token}"
        error = {"__type": "com.amazon.cloudapiservice#ConcurrentOperationException", "Message": text}
        return Reply(400, {"content-type": "application/x-amz-json-1.0"}, json.dumps(error).encode())

    monkeypatch.setattr(cloud, "handle", busy)
    met = await cut_off.deploy(TOPIC)
    kept = [entry.operation for entry in cut_off.world.snapshot().journal]
    assert bodies
    assert len(set(bodies)) == 1
    assert (met.ok, kept) == (False, [Operation.CREATE])
    monkeypatch.setattr(cloud, "handle", handle)

    report = await cut_off.deploy(TOPIC)

    invariants.check_converged(cut_off.world, TOPIC, report)
    assert sent(cut_off, Operation.CREATE) == 1


async def test_s9_what_the_program_no_longer_declares_is_finished_then_deleted(cut_off: Story) -> None:
    machine = cut_off.machine()
    await cut_off.checked(await machine.deploy(()))

    assert [[step.action for step in plan.changes] for plan in machine.approved] == [[Action.RESUME], [Action.DELETE]]
    assert (sent(cut_off, Operation.CREATE), cut_off.world.ours()) == (1, {})


async def test_s9_a_destroy_finishes_it_first_and_deletes_it(cut_off: Story) -> None:
    await cut_off.destroy()

    invariants.check_gone(cut_off.world)
    assert sent(cut_off, Operation.CREATE) == 1


async def test_s9_a_program_that_raises_leaves_the_journal_as_it_is(cut_off: Story) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    app = cut_off.machine().app
    app.program(broken)
    with pytest.raises(ZeroDivisionError):
        await app.deploy()

    assert [entry.key for entry in cut_off.world.snapshot().journal] == ["one"]
    report = await cut_off.deploy(TOPIC)
    invariants.check_converged(cut_off.world, TOPIC, report)
    assert sent(cut_off, Operation.CREATE) == 1


async def test_s12_a_machine_that_slept_two_days_over_its_intent_sends_nothing(story: Story) -> None:
    other = (p.topic("one", "other"),)

    schedule = StruckAt("before confirm", Strike.SLEEP)
    report = await story.asleep(TOPIC, lambda: other, schedule, before=600.0, after=172_800.0)

    assert not report.ok
    assert [one[3].rpartition(":")[2] for one in story.world.ours()] == ["other"]


async def test_s13_a_restored_backup_takes_no_old_success_for_a_new_one() -> None:
    nameless = (p.access_control("one", "one"),)
    world = World()
    backup, world.database = world.database, MemoryDatabase()
    await Story(world).machine().deploy(nameless)
    world.database = backup

    report = await Story(world).machine().deploy(nameless)

    assert report.ok
    tokens = {request.client_token for request in world.cloud.requests()}
    assert (len(tokens), len(world.live())) == (2, 2)
    world.cloud.close()


def _asked_by_others(world: World, number: int) -> None:
    wanted = json.dumps({"Name": f"/theirs{number}", "Type": "String", "Value": "x"})
    body = {"TypeName": p.PARAMETER, "DesiredState": wanted, "ClientToken": f"theirs{number}"}
    world.cloud.handle("cloudcontrolapi", "CreateResource", json.dumps(body).encode(), DEFAULT_ACCOUNT, LOCAL_REGION)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("refuse", operation="ListResourceRequests", options={"code": "AccessDeniedException"}),
        Fault("refuse", operation="ListResourceRequests", options={"code": "UnknownOperationException"}),
        Fault("CC85"),
    ],
    ids=["denied", "unknown", "fields missing"],
)
async def test_s32_a_list_of_requests_that_tells_nothing_costs_single_looks_and_no_resource(
    story: Story, fault: Fault
) -> None:
    for number in range(3_000):
        _asked_by_others(story.world, number)
    await story.world.settled()
    story.world.foreign |= {one: json.dumps(r.properties, sort_keys=True) for one, r in story.world.live().items()}
    story.world.cloud.faults.add(fault)
    program = tuple(p.topic(f"t{number}", f"t{number}") for number in range(20))

    report = await story.deploy(program)

    invariants.check_converged(story.world, program, report)


async def test_s34_a_hundred_creates_that_lose_their_answers_and_two_deaths_make_a_hundred(story: Story) -> None:
    program = tuple(p.access_control(f"c{number}", f"c{number}") for number in range(100))
    assert (await story.deploy(program, Lossy(kill_at=150))).killed
    assert (await story.deploy(program, Lossy(kill_at=250))).killed

    await story.converge(lambda: program)

    assert (len(story.world.ours()), len(story.world.snapshot().records)) == (100, 100)


@pytest.fixture
async def slow() -> AsyncIterator[Story]:
    """A story in a world whose operations take ten minutes."""
    teller = Story(World(operation_time=600.0))
    yield teller
    teller.world.closing = True
    teller.world.cloud.close()
    assert teller.world.violations == []


@pytest.fixture
async def updating(slow: Story) -> Story:
    """An update whose run died before it knew of an answer, and which continues; many others run at the same time."""
    teller = slow
    await teller.deploy(TOPIC)
    killed = await teller.machine(StruckAt("after UpdateResource")).deploy(EDITED)
    assert killed.killed
    for number in range(150):
        desired = json.dumps({"TopicName": f"other-{number}"})
        theirs = {"TypeName": "AWS::SNS::Topic", "DesiredState": desired, "ClientToken": f"theirs-{number}"}
        world = teller.world
        world.cloud.handle(
            "cloudcontrolapi", "CreateResource", json.dumps(theirs).encode(), DEFAULT_ACCOUNT, LOCAL_REGION
        )
    teller.world.clock.suspend(TAKEOVER)
    return teller


def topic_one(story: Story) -> Mapping[str, Any]:
    (found,) = [r.properties for r in story.world.cloud.resources() if r.properties.get("TopicName") == "one"]
    return found


async def test_a_running_update_is_found_behind_the_requests_of_others(updating: Story) -> None:
    machine = updating.machine()
    report = await machine.deploy(TOPIC)

    assert report.ok, report
    assert [step.action for step in machine.approved[0].changes] == [Action.RESUME]
    assert topic_one(updating)["DisplayName"] == "a"


@pytest.mark.parametrize("action", ["update", "delete"])
async def test_what_can_not_be_listed_may_still_run_and_is_looked_at_again(slow: Story, action: str) -> None:
    story = slow
    await story.deploy(TOPIC)
    schedule = StruckAt(f"after {action.capitalize()}Resource")
    assert (await story.machine(schedule).deploy(EDITED if action == "update" else ())).killed
    story.world.clock.suspend(TAKEOVER)
    story.world.cloud.faults.add(Fault("CC94", operation="ListResourceRequests"))

    first = await story.machine().deploy(TOPIC)
    assert [entry.operation for entry in story.world.snapshot().journal] == [action.upper()]
    assert first.ok, first
    await story.world.settled()
    story.world.cloud.faults.clear()
    await story.deploy(TOPIC)
    report = await story.deploy(TOPIC)

    invariants.check_converged(story.world, TOPIC, report)
    assert topic_one(story)["DisplayName"] == "a"


async def test_what_can_never_be_listed_has_ended_once_no_handler_may_take_so_long(story: Story) -> None:
    await story.deploy(TOPIC)
    story.world.cloud.faults.add(Fault("CC94", operation="ListResourceRequests"))
    await story.deploy(EDITED, StruckAt("after UpdateResource"))
    story.world.clock.suspend(3 * 3600.0)

    invariants.check_converged(story.world, EDITED, await story.deploy(EDITED))


class Crawling(Calm):
    """Mutations of one kind take long to arrive."""

    def __init__(self, action: str) -> None:
        self._action = action

    def fate(self, call: Call) -> Fate:
        return Fate(out=4.0) if call.action == self._action else Fate()


@pytest.mark.parametrize("action", ["UpdateResource", "DeleteResource"])
async def test_a_request_of_a_dead_run_that_arrives_late_is_waited_for(story: Story, action: str) -> None:
    await story.deploy(TOPIC)
    machine = story.machine(Crawling(action))
    run = asyncio.create_task(machine.deploy(EDITED if action == "UpdateResource" else ()))
    await asyncio.sleep(1.0)
    machine.kill("while its request is on the way")
    assert (await run).killed
    lease = story.world.backend().holder()
    assert lease is not None
    story.world.backend().break_lease(lease.id)

    report = await story.machine().deploy(TOPIC)
    await story.world.settled()

    invariants.check_converged(story.world, TOPIC, report)


FIVE: Program = tuple(p.topic(f"t{number}", f"t{number}") for number in range(5))


class Deaf(Calm):
    """No create arrives."""

    def fate(self, call: Call) -> Fate:
        return Fate(way=Way.LOST) if call.action == "CreateResource" else Fate()


@pytest.fixture
async def unsent(slow: Story) -> Story:
    """Five creates of a dead run that may have been sent; each takes ten minutes."""
    report = await slow.deploy(FIVE, Deaf())
    assert not report.ok
    assert len(slow.world.snapshot().journal) == 5
    return slow


async def test_what_an_earlier_run_left_is_taken_up_side_by_side(unsent: Story) -> None:
    began = unsent.world.clock.boot()

    invariants.check_converged(unsent.world, FIVE, await unsent.deploy(FIVE))

    assert unsent.world.clock.boot() - began < 2 * 600.0


async def test_an_interrupted_resume_begins_nothing_new(unsent: Story) -> None:
    machine = unsent.machine()
    run = asyncio.create_task(machine.deploy(FIVE, concurrency=2))
    await asyncio.sleep(60.0)
    machine.app.interrupt(2)
    report = await asyncio.wait_for(run, 900.0)

    assert report.result is not None
    assert sorted(outcome.status for outcome in report.result.outcomes) == ["done"] * 2 + ["skipped"] * 3
    assert (report.result.interrupted, len(unsent.world.snapshot().journal)) == (2, 3)
    invariants.check_converged(unsent.world, FIVE, await unsent.deploy(FIVE))


async def test_a_resumed_update_that_continues_past_its_deadline_is_still_running(slow: Story) -> None:
    await slow.deploy(TOPIC)
    slow.world.cloud.faults.add(Fault("CC71", options={"seconds": 10 * 86_400.0}))
    machine = slow.machine()
    run = asyncio.create_task(machine.deploy(EDITED))
    await asyncio.sleep(60.0)
    machine.kill("while it polls")
    assert (await run).killed
    slow.world.clock.suspend(TAKEOVER)

    report = await slow.machine().deploy(EDITED)

    assert report.result is not None
    assert [outcome.status for outcome in report.result.failed] == ["still running"]
