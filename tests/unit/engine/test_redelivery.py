"""What happens to a request that meets another one, and how long its bytes may be delivered."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from cloudwright.control.model import Operation
from cloudwright.control.verdict import VerdictKind
from cloudwright.engine.operations import (
    REDELIVERIES,
    RESEND_AGE,
    UNSENT_LIMIT,
    RequestRunner,
    _Guard,
    _keep_quiet,
)
from cloudwright.errors import IntentTooOld, NotSent, ServiceError, TransportError
from dead_runs import HERE, TOPIC, VPC, VPC_DOCUMENT, entry_of, put, record, sent, vpc_create

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from app_kit import World
    from cloudwright.engine.evidence import JudgedRequest
    from cloudwright.engine.run import DeployRun
    from cloudwright.state.journal import JournalEntry


def busy(token: str = "", *, unanswered: bool = False) -> ServiceError:
    words = f"RequestToken {token}" if token else "another request"
    error = ServiceError("ConcurrentOperationException", f"at work: {words}")
    error.unanswered = unanswered
    return error


def answers(monkeypatch: pytest.MonkeyPatch, run: DeployRun, *errors: Exception) -> list[bytes]:
    """AWS refuses every delivery; the last refusal repeats. Gives the bodies that are delivered."""
    left, bodies = list(errors), []

    async def mutate(target: object, operation: object, body: bytes, **_: object) -> None:
        bodies.append(body)
        raise left.pop(0) if len(left) > 1 else left[0]

    monkeypatch.setattr(run.services.control, "mutate", mutate)
    return bodies


async def timed(run: DeployRun, entry: JournalEntry) -> tuple[JudgedRequest, float]:
    runner, clock = RequestRunner(run), asyncio.get_running_loop()
    opened, began = await runner.open(entry), clock.time()
    judged = await runner.perform(opened, opened.body.encode(), timeout=600.0)
    return judged, clock.time() - began


async def test_an_intent_is_sent_until_exactly_the_end_of_its_time(run: DeployRun) -> None:
    boot, now = run.services.clock.boot(), run.services.control.now(HERE)
    await _Guard(run, boot - UNSENT_LIMIT)()
    await _Guard(run, boot, vpc_create(run, created_at=now - RESEND_AGE))()

    for late in (
        _Guard(run, boot - UNSENT_LIMIT - 1.0),
        _Guard(run, boot, vpc_create(run, created_at=now - RESEND_AGE - 1.0)),
    ):
        with pytest.raises(IntentTooOld):
            await late()


async def test_a_create_that_may_meet_itself_is_sent_again_after_growing_pauses(
    run: DeployRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = answers(monkeypatch, run, busy(unanswered=True))
    judged, seconds = await timed(run, vpc_create(run))

    assert judged.verdict.kind is VerdictKind.RUNNING
    assert len(bodies) == 1 + REDELIVERIES
    assert len(set(bodies)) == 1
    assert seconds == pytest.approx(1 + 2 + 4 + 8 + 16 + 32)


async def test_a_create_that_may_meet_itself_is_sent_again_once_the_other_request_has_ended(
    run: DeployRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = vpc_create(run)
    event = await sent(first, run.services)
    await asyncio.sleep(10.0)
    bodies = answers(
        monkeypatch, run, busy(event.request_token or "", unanswered=True), ServiceError("AccessDenied", "no")
    )
    _, seconds = await timed(run, first)

    assert len(bodies) == 2
    assert seconds < 1.0


@pytest.mark.parametrize(
    "error", [busy(), ServiceError("ServiceInternalErrorException", "sorry", status=500)], ids=["busy", "unclear"]
)
async def test_a_request_that_cannot_have_met_itself_is_not_sent_again(
    run: DeployRun, monkeypatch: pytest.MonkeyPatch, error: ServiceError
) -> None:
    bodies = answers(monkeypatch, run, error)
    _, seconds = await timed(run, vpc_create(run))

    assert (len(bodies), seconds) == (1, 0.0)


async def test_a_repeated_delivery_that_does_not_arrive_leaves_the_first_one_open(
    run: DeployRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, run, busy(unanswered=True), NotSent("no connection"))
    with pytest.raises(TransportError):
        await timed(run, vpc_create(run))

    assert len((await run.services.store.read()).journal) == 1


async def test_a_request_of_somebody_else_is_awaited_if_aws_knows_it(
    world: World, run: DeployRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = record(identifier=put(world, TOPIC, {"TopicName": "a"}))
    entry = entry_of(Operation.UPDATE, topic, run.services, attempted=("/DisplayName",))
    other = await sent(
        entry_of(Operation.UPDATE, topic, run.services, attempted=("/DisplayName",), client_token="b"), run.services
    )
    await asyncio.sleep(10.0)
    for token, waited in (
        (other.request_token or "", 0.0),
        ("00000000-0000-0000-0000-000000000000", 2.0),
    ):  # a poll and a pause
        answers(monkeypatch, run, busy(token))
        judged, seconds = await timed(run, entry)

        assert judged.verdict.kind is VerdictKind.WAIT
        assert seconds == pytest.approx(waited, abs=0.5)


@dataclass
class Watched:
    """Accompanies creates of VPCs."""

    types: frozenset[str] = frozenset({VPC})
    learned: Mapping[str, object] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def accompany(self, entry: JournalEntry) -> AsyncIterator[Callable[[str], None]]:
        self.begun.append(f"{entry.operation} {entry.type}")
        yield lambda _: None


async def test_only_creates_of_watched_types_are_accompanied(world: World, run: DeployRun) -> None:
    run.companion = watched = Watched()
    topic = record(identifier=put(world, TOPIC, {"TopicName": "a"}))
    vpc = record(VPC, put(world, VPC, VPC_DOCUMENT), key="c")
    await timed(run, entry_of(Operation.DELETE, vpc, run.services))
    await timed(run, entry_of(Operation.CREATE, record(key="d", declared={"TopicName": "d"}), run.services))
    await timed(run, entry_of(Operation.DELETE, topic, run.services))
    assert watched.begun == []

    await timed(run, vpc_create(run))
    assert watched.begun == [f"{Operation.CREATE} {VPC}"]


async def test_a_write_that_was_stopped_or_failed_stays_quiet() -> None:
    async def fail() -> None:
        raise ValueError

    stopped, failed = asyncio.create_task(asyncio.sleep(10.0)), asyncio.create_task(fail())
    stopped.cancel()
    await asyncio.wait({stopped, failed})

    _keep_quiet(stopped)
    _keep_quiet(failed)
    assert isinstance(failed.exception(), ValueError)
