from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.control import wire
from cloudwright.control.limiter import Limiter
from cloudwright.control.model import Operation, OperationStatus, ProgressEvent, Reply
from cloudwright.control.polling.durations import FIRST_LOOK, Durations, next_poll
from cloudwright.control.polling.tracker import Tracker
from cloudwright.errors import CredentialsExpired, NotAnswered, ServiceError
from unit.control.fakes import EPOCH, PLACE, FakeCloud, error, make_client, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudwright.control.client import CloudControl
    from cloudwright.control.model import Call

TYPE = "AWS::Test::Thing"
IN_PROGRESS, SUCCESS = OperationStatus.IN_PROGRESS, OperationStatus.SUCCESS


@dataclass
class Deployment:
    """What a rush of independent creates came to."""

    makespan: float
    calls: int
    events: list[ProgressEvent]
    learned: dict[str, object]


def deploy(cloud: FakeCloud, count: int, *, read: bool = True, learned: dict[str, object] | None = None) -> Deployment:
    async def one(client: CloudControl, tracker: Tracker, number: int) -> ProgressEvent:
        body = wire.create_body(TYPE, {"Name": str(number)}, f"token-{number}")
        event = await client.mutate(PLACE, Operation.CREATE, body)
        event = await tracker.follow(PLACE, event, deadline=7200.0)
        if read and event.identifier:
            await client.get(PLACE, TYPE, event.identifier)
        return event

    async def main() -> Deployment:
        client = make_client(cloud, Limiter(learned))
        tracker = Tracker(client, Durations(learned))
        events = await asyncio.gather(*(one(client, tracker, number) for number in range(count)))
        known = {**tracker.durations.learned(), **client.limiter.learned()}
        return Deployment(asyncio.get_running_loop().time(), client.calls, events, known)

    return run(main())


def follow(cloud: FakeCloud, *, deadline: float = 7200.0, client: CloudControl | None = None) -> ProgressEvent:
    async def main() -> ProgressEvent:
        asking = client or make_client(cloud)
        event = await asking.mutate(PLACE, Operation.CREATE, wire.create_body(TYPE, {}, "t"))
        return await Tracker(asking).follow(PLACE, event, deadline=deadline)

    return run(main())


# -- schedule


@pytest.mark.parametrize("seconds", [1.3, 1.4, 3.5, 8.0, 16.0, 60.0, 600.0, 3600.0])
def test_an_operation_of_unknown_length_is_overshot_by_less_than_ten_percent(seconds: float) -> None:
    cloud = FakeCloud(operation_time=seconds)
    result = deploy(cloud, 1, read=False)

    overshoot = result.makespan - (seconds + 2 * cloud.latency)
    assert overshoot <= 0.1 * seconds + 0.1
    again = deploy(FakeCloud(operation_time=seconds), 1, read=False, learned=result.learned)
    assert again.makespan - (seconds + 2 * cloud.latency) <= 0.1 * seconds + 0.1
    assert again.calls <= 2 + 12


def test_an_operation_that_ends_before_the_first_poll_waits_for_no_other() -> None:
    cloud = FakeCloud(operation_time=0.5)

    result = deploy(cloud, 1, read=False)

    assert result.calls == 2
    assert result.makespan <= FIRST_LOOK + 2 * cloud.latency


def test_a_short_operation_of_unknown_length_needs_few_looks() -> None:
    assert deploy(FakeCloud(operation_time=3.0), 1).calls <= 2 + 6


def test_an_expectation_that_is_far_too_long_does_not_hide_an_early_end() -> None:
    learned = {f"duration/{TYPE}/CREATE": 600.0}

    assert deploy(FakeCloud(operation_time=3.0), 1, learned=dict(learned)).makespan <= 6.0


def test_durations_are_learned_by_type_and_operation_as_plain_data() -> None:
    durations = Durations({"duration/A/CREATE": 4.0, "rate/x": 3.0, "duration/B/CREATE": "text"})
    durations.observe("A", "DELETE", running=1.8, ended=2.0)

    assert durations.expect("A", "CREATE") == 4.0
    assert durations.expect("B", "CREATE") is None
    assert durations.learned() == {"duration/A/CREATE": 4.0, "duration/A/DELETE": 1.95}


def test_a_crowd_that_shared_one_expectation_counts_as_one_observation() -> None:
    durations = Durations({"duration/A/CREATE": 10.0})
    for _ in range(500):
        durations.observe("A", "CREATE", running=0.0, ended=10.3)

    assert durations.expect("A", "CREATE") == pytest.approx(9.9)


def test_a_poll_that_came_late_does_not_raise_an_expectation() -> None:
    durations = Durations({"duration/A/CREATE": 3.0})

    durations.observe("A", "CREATE", running=0.0, ended=4.0)
    late = durations.expect("A", "CREATE")
    durations.observe("A", "CREATE", running=3.9, ended=4.0)
    seen = durations.expect("A", "CREATE")

    assert late == 3.0
    assert seen == pytest.approx(3.4875)


@pytest.mark.parametrize("expected", [None, 0.01, 3.0, 600.0])
@pytest.mark.parametrize("elapsed", [0.0, 0.02, 2.999, 3.0, 5.0, 20.0, 599.99, 4000.0])
def test_the_next_look_is_always_later(elapsed: float, expected: float | None) -> None:
    assert next_poll(elapsed, expected) > elapsed


# -- targets


def test_a_hundred_creates_stay_near_the_critical_path_with_few_calls() -> None:
    first = deploy(FakeCloud(), 100)
    second = deploy(FakeCloud(), 100, learned=first.learned)

    assert {event.status for event in first.events} == {SUCCESS}
    assert first.makespan <= 1.15 * 3.10
    assert second.makespan <= 1.15 * 3.10
    assert first.calls / 100 <= 2.3
    assert second.calls / 100 <= 2.1


def test_a_thousand_creates_stay_within_their_target() -> None:
    result = deploy(FakeCloud(), 1000)

    assert result.makespan <= 1.6 * 3.10
    assert result.calls / 1000 <= 2.3


def test_of_a_crowd_of_unknown_length_a_few_are_polled_until_their_end_and_then_all() -> None:
    cloud = FakeCloud()
    result = deploy(cloud, 1000)

    before = [at for at, _ in cloud.calls("ListResourceRequests") if at < cloud.operation_time]
    assert before == []
    assert len(cloud.calls("ListResourceRequests")) <= 40
    assert result.calls / 1000 <= 2.07


@pytest.mark.parametrize("seconds", [2.0, 3.0, 8.0])
def test_deploys_of_a_crowd_become_no_slower_by_what_earlier_ones_learned(seconds: float) -> None:
    learned: dict[str, object] = {}
    spans = []
    for _ in range(6):
        result = deploy(FakeCloud(operation_time=seconds), 600, learned=learned)
        learned = result.learned
        spans.append(result.makespan)

    assert max(spans[1:]) <= 1.02 * spans[0]
    assert learned[f"duration/{TYPE}/CREATE"] == pytest.approx(seconds, rel=0.15)


@pytest.mark.parametrize("slow", [1, 5, 250])
def test_what_ends_earlier_than_the_first_of_a_crowd_is_noticed_all_the_same(slow: int) -> None:
    cloud = FakeCloud()

    async def first_ones_take_long(call: Call) -> Reply | None:
        for request in [*cloud.known.values()][:slow]:
            request.ends = request.started + 60.0
        return None

    cloud.before = first_ones_take_long
    result = deploy(cloud, 600)

    assert {event.status for event in result.events} == {SUCCESS}
    ends = {request.identifier: request.ends for request in cloud.known.values()}
    for at, fields in cloud.calls("GetResource"):
        assert at <= 1.8 * ends[fields["Identifier"]] + 1.0


@pytest.mark.parametrize("burst", [1.0, 5.0, 20.0])
def test_a_server_of_twenty_calls_a_second_throttles_few_of_them(burst: float) -> None:
    cloud = FakeCloud(rate=20.0, burst=burst)
    result = deploy(cloud, 100)

    assert {event.status for event in result.events} == {SUCCESS}
    assert cloud.throttled <= 0.1 * result.calls
    assert result.makespan <= 1.3 * (result.calls - cloud.throttled) / 20.0


def ends_as_times(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    # Some services set an event's time to the operation's end; the list stays in the order of the starts.
    for number, entry in enumerate(entries):
        if entry["OperationStatus"] != "IN_PROGRESS":
            entry["EventTime"] = entry["EventTime"] + 3.0 + 0.01 * number
    return entries


def test_ends_as_event_times_do_not_turn_listing_off() -> None:
    result = deploy(FakeCloud(change_page=ends_as_times), 100)

    assert {event.status for event in result.events} == {SUCCESS}
    assert result.calls / 100 <= 2.3


def disordered(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return entries[::-1]


async def deny_listing(call: Call) -> Reply | None:
    return error("AccessDeniedException") if call.action == "ListResourceRequests" else None


async def no_listing(call: Call) -> Reply | None:
    return error("UnknownOperationException") if call.action == "ListResourceRequests" else None


@pytest.mark.parametrize(
    "cloud",
    [
        pytest.param(lambda: FakeCloud(foreign=3000), id="a busy account"),
        pytest.param(lambda: FakeCloud(change_page=disordered), id="out of order"),
        pytest.param(lambda: FakeCloud(before=deny_listing), id="AccessDenied"),
        pytest.param(lambda: FakeCloud(before=no_listing), id="an endpoint without listing"),
    ],
)
def test_s32_where_listing_does_not_serve_requests_are_asked_singly(cloud: Callable[[], FakeCloud]) -> None:
    used = cloud()
    result = deploy(used, 100)

    assert {event.status for event in result.events} == {SUCCESS}
    assert len(used.calls("ListResourceRequests")) <= 6
    assert result.makespan <= 1.15 * 3.10
    assert result.calls / 100 <= 3.4


# -- what lists may say


def some_fields_missing(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for entry in entries:
        del entry["Operation"], entry["TypeName"], entry["EventTime"]
    return entries


def lies_about_ends(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    # FAILED, and SUCCESS without an identifier, mean nothing in a list.
    for number, entry in enumerate(entries):
        entry["OperationStatus"] = "FAILED" if number % 2 else "SUCCESS"
        entry.pop("Identifier", None)
    return entries


def lies_about_failures(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for number, entry in enumerate(entries):
        entry |= {"OperationStatus": "FAILED", "Identifier": f"thing-{number}"}
    return entries


def lists_nothing(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return []


@pytest.mark.parametrize("change", [some_fields_missing, lies_about_ends, lies_about_failures, lists_nothing])
def test_nothing_is_inferred_from_what_a_list_lacks_or_says_of_failures(
    change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]],
) -> None:
    cloud = FakeCloud(change_page=change)
    result = deploy(cloud, 12)

    assert {event.status for event in result.events} == {SUCCESS}
    assert {event.type_name for event in result.events} == {TYPE}
    assert result.makespan <= 1.2 * 3.10


def test_a_success_with_hooks_is_asked_singly_so_that_warnings_are_seen() -> None:
    cloud = FakeCloud()

    async def with_hooks(call: Call) -> Reply | None:
        for request in cloud.known.values():
            request.outcome["HooksRequestToken"] = "h"
            request.hooks = [{"HookTypeName": "H", "HookStatus": "HOOK_COMPLETE_FAILED", "FailureMode": "WARN"}]
        return None

    cloud.before = with_hooks
    result = deploy(cloud, 8)

    assert {event.hooks[0].failure_mode for event in result.events} == {"WARN"}


# -- trouble


@pytest.mark.parametrize(
    "trouble", [error("ThrottlingException"), Reply(502, {}, b"<html>"), error("ServiceInternalErrorException")]
)
@pytest.mark.parametrize("count", [1, 20])
def test_cc68_cc74_failed_polls_never_fail_an_operation(trouble: Reply, count: int) -> None:
    async def fails(call: Call) -> Reply | None:
        polls = call.action in {"GetResourceRequestStatus", "ListResourceRequests"}
        return trouble if polls and asyncio.get_running_loop().time() < 10.0 else None

    result = deploy(FakeCloud(before=fails), count)

    assert {event.status for event in result.events} == {SUCCESS}
    assert result.makespan <= 10.0 + 12.0


@pytest.mark.parametrize("lost", [NotAnswered("connection dropped")])
def test_cc68_a_connection_that_drops_on_a_poll_is_only_a_lost_poll(lost: Exception) -> None:
    async def drops(call: Call) -> Reply | None:
        if call.action == "GetResourceRequestStatus" and asyncio.get_running_loop().time() < 5.0:
            raise lost
        return None

    assert follow(FakeCloud(before=drops)).status is SUCCESS


@pytest.mark.parametrize("count", [1, 40])
def test_a_poll_that_breaks_reaches_who_waits_for_it(count: int) -> None:
    async def breaks(call: Call) -> Reply | None:
        if call.action != "CreateResource":
            raise RuntimeError("out of order")
        return None

    with pytest.raises(RuntimeError, match="out of order"):
        deploy(FakeCloud(before=breaks), count, read=False)


def test_an_expired_request_is_distinguished_from_a_failed_one() -> None:
    async def expired(call: Call) -> Reply | None:
        return error("RequestTokenNotFoundException") if call.action == "GetResourceRequestStatus" else None

    with pytest.raises(ServiceError, match="RequestTokenNotFound"):
        follow(FakeCloud(before=expired))


@pytest.mark.parametrize(("refusals", "ends_well"), [(2, True), (3, False)])
def test_a_poll_that_is_refused_three_times_in_a_row_ends_the_wait(refusals: int, *, ends_well: bool) -> None:
    polls: list[float] = []

    async def refuse(call: Call) -> Reply | None:
        if call.action != "GetResourceRequestStatus":
            return None
        polls.append(asyncio.get_running_loop().time())
        return error("AccessDeniedException") if len(polls) <= refusals else None

    if ends_well:
        assert follow(FakeCloud(before=refuse)).status is SUCCESS
        return
    with pytest.raises(ServiceError, match="AccessDenied"):
        follow(FakeCloud(before=refuse))
    assert len(polls) == 3
    assert min(later - earlier for earlier, later in pairwise(polls)) >= 0.5


@pytest.mark.parametrize(("nameless", "named"), [(5, True), (6, False)])
def test_cc66_a_success_without_an_identifier_is_looked_at_five_times_more(nameless: int, *, named: bool) -> None:
    cloud = FakeCloud(operation_time=0.0)

    async def late(call: Call) -> Reply | None:
        if call.action == "GetResourceRequestStatus":
            polls = len(cloud.calls(call.action))
            cloud.known["request-0"].outcome = {"Identifier": None if polls <= nameless else "thing-0"}
        return None

    cloud.before = late

    async def main() -> ProgressEvent:
        client = make_client(cloud)
        await client.mutate(PLACE, Operation.CREATE, wire.create_body(TYPE, {}, "t"))
        event = ProgressEvent(type_name=TYPE, request_token="request-0", operation=Operation.CREATE, status=IN_PROGRESS)
        return await Tracker(client).follow(PLACE, event, deadline=60.0)

    event = run(main())
    assert (event.status, event.identifier) == (SUCCESS, "thing-0" if named else None)
    assert len(cloud.calls("GetResourceRequestStatus")) == 6


def test_cc83_credentials_that_can_not_be_renewed_end_the_wait_and_not_the_operation() -> None:
    async def expired(call: Call) -> Reply | None:
        return error("ExpiredTokenException") if call.action != "CreateResource" else None

    with pytest.raises(CredentialsExpired):
        follow(FakeCloud(before=expired))


@pytest.mark.parametrize("count", [1, 8])
def test_s33_the_deadline_ends_the_wait_with_the_last_event(count: int) -> None:
    async def main() -> list[ProgressEvent]:
        client = make_client(FakeCloud(operation_time=100.0))
        tracker = Tracker(client)
        events = await asyncio.gather(
            *(client.mutate(PLACE, Operation.CREATE, wire.create_body(TYPE, {}, str(n))) for n in range(count))
        )
        ended = await asyncio.gather(*(tracker.follow(PLACE, event, deadline=20.0) for event in events))
        assert asyncio.get_running_loop().time() == pytest.approx(20.0)
        await asyncio.sleep(500.0)
        return ended

    assert {event.status for event in run(main())} == {IN_PROGRESS}


def test_cancelling_one_follower_keeps_the_others_and_leaks_no_poll() -> None:
    async def main() -> None:
        cloud = FakeCloud()
        client = make_client(cloud)
        tracker = Tracker(client)
        events = [await client.mutate(PLACE, Operation.CREATE, wire.create_body(TYPE, {}, str(n))) for n in range(2)]
        doomed, other = (asyncio.create_task(tracker.follow(PLACE, event, deadline=99.0)) for event in events)
        await asyncio.sleep(1.0)
        doomed.cancel()
        assert (await other).status is SUCCESS
        assert doomed.cancelled()
        sent = len(cloud.log)
        await asyncio.sleep(100.0)
        assert len(cloud.log) == sent
        assert len(asyncio.all_tasks()) == 1

    run(main())


def test_closing_stops_all_polls() -> None:
    async def main() -> None:
        client = make_client(FakeCloud())
        tracker = Tracker(client)
        event = await client.mutate(PLACE, Operation.CREATE, wire.create_body(TYPE, {}, "t"))
        waiting = asyncio.create_task(tracker.follow(PLACE, event, deadline=99.0))
        await asyncio.sleep(1.0)
        await tracker.close()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert len(asyncio.all_tasks()) == 1

    run(main())


@pytest.mark.parametrize(("offset", "earliest", "latest"), [(4.0, 4.0, 4.5), (-1000.0, 0.1, 0.5), (1e9, 30.0, 31.0)])
def test_cc79_retry_after_is_an_absolute_time_and_bounded(offset: float, earliest: float, latest: float) -> None:
    cloud = FakeCloud(operation_time=1000.0)

    async def main() -> float:
        client = make_client(cloud)
        event = ProgressEvent(
            type_name=TYPE,
            request_token="request-0",
            operation=Operation.CREATE,
            status=IN_PROGRESS,
            retry_after=EPOCH + offset,
        )
        await client.mutate(PLACE, Operation.CREATE, wire.create_body(TYPE, {}, "t"))
        started = asyncio.get_running_loop().time()
        await Tracker(client).follow(PLACE, event, deadline=60.0)
        return cloud.calls("GetResourceRequestStatus")[0][0] - started

    assert earliest <= run(main()) + 0.1 <= latest + 0.1


@pytest.mark.parametrize("known", ["the whole event", "the token alone"])
def test_a_resumed_request_is_asked_at_once_and_teaches_no_duration(known: str) -> None:
    async def main() -> None:
        cloud = FakeCloud()
        client = make_client(cloud)
        event = await client.mutate(PLACE, Operation.CREATE, wire.create_body(TYPE, {}, "t"))
        if known == "the token alone":
            event = ProgressEvent(request_token=event.request_token)
        await asyncio.sleep(3600.0)
        tracker = Tracker(client, Durations({f"duration/{TYPE}/CREATE": 2000.0}))
        started = asyncio.get_running_loop().time()
        assert (await tracker.follow(PLACE, event, deadline=1e9)).status is SUCCESS
        assert asyncio.get_running_loop().time() - started <= 0.1
        assert tracker.durations.expect(TYPE, "CREATE") == 2000.0

    run(main())


def test_a_resumed_request_that_still_runs_is_polled_by_its_age() -> None:
    async def main() -> int:
        cloud = FakeCloud(operation_time=4000.0)
        client = make_client(cloud)
        event = await client.mutate(PLACE, Operation.CREATE, wire.create_body(TYPE, {}, "t"))
        await asyncio.sleep(3600.0)
        resumed = ProgressEvent(request_token=event.request_token)
        assert (await Tracker(client).follow(PLACE, resumed, deadline=1e9)).status is SUCCESS
        return len(cloud.calls("GetResourceRequestStatus"))

    assert run(main()) <= 4


def test_an_ended_event_is_given_back_and_a_failed_one_with_its_hooks() -> None:
    async def main() -> None:
        cloud = FakeCloud()
        client = make_client(cloud)
        tracker = Tracker(client)
        done = ProgressEvent(status=SUCCESS, identifier="i", request_token="r")
        assert await tracker.follow(PLACE, done, deadline=9.0) is done
        assert cloud.log == []

        started = await client.mutate(PLACE, Operation.CREATE, wire.create_body(TYPE, {}, "t"))
        request = cloud.known["request-0"]
        request.ends, request.hooks = 0.0, [{"HookTypeName": "H"}]
        request.outcome = {"OperationStatus": "FAILED", "ErrorCode": "GeneralServiceException"}
        failed = ProgressEvent(status=OperationStatus.FAILED, request_token=started.request_token)
        ended = await tracker.follow(PLACE, failed, deadline=9.0)
        assert (ended.status, ended.hooks[0].type_name) == (OperationStatus.FAILED, "H")

    run(main())


def test_an_answer_without_a_token_can_not_be_followed() -> None:
    async def main() -> None:
        await Tracker(make_client(FakeCloud())).follow(PLACE, ProgressEvent(), deadline=9.0)

    with pytest.raises(NotAnswered, match="no request token"):
        run(main())


def test_cc72_an_asynchronous_throttle_slows_its_type() -> None:
    async def main() -> bool:
        cloud = FakeCloud()
        client = make_client(cloud)
        event = await client.mutate(PLACE, Operation.CREATE, wire.create_body(TYPE, {}, "t"))
        cloud.known["request-0"].outcome = {"OperationStatus": "FAILED", "ErrorCode": "Throttling"}
        await Tracker(client).follow(PLACE, event, deadline=99.0)
        return client.limiter.slows_types(PLACE)

    assert run(main())


@pytest.mark.parametrize(("code", "slowed"), [("Throttling", True), ("NotUpdatable", False), ("", False)])
def test_only_a_throttled_end_slows_the_type(code: str, *, slowed: bool) -> None:
    cloud = FakeCloud()

    async def fail(call: Call) -> Reply | None:
        for request in cloud.known.values():
            request.outcome = {"OperationStatus": "FAILED" if code else "SUCCESS", "ErrorCode": code}
        return None

    cloud.before = fail
    client = make_client(cloud)
    event = follow(cloud, client=client)

    assert event.status is (OperationStatus.FAILED if code else SUCCESS)
    assert client.limiter.slows_types(PLACE) is slowed


@pytest.mark.parametrize(("runs", "known"), [(0.0, False), (30.0, True)])
def test_a_resumed_request_teaches_its_duration_only_if_it_was_seen_running(runs: float, *, known: bool) -> None:
    async def main() -> float | None:
        cloud = FakeCloud(operation_time=100.0 + runs)
        client = make_client(cloud)
        await client.mutate(PLACE, Operation.CREATE, wire.create_body(TYPE, {}, "t"))
        await asyncio.sleep(100.0)
        tracker = Tracker(client)
        event = ProgressEvent(type_name=TYPE, request_token="request-0", operation=Operation.CREATE, status=IN_PROGRESS)
        assert (await tracker.follow(PLACE, event, deadline=7200.0)).status is SUCCESS
        return tracker.durations.expect(TYPE, "CREATE")

    learned = run(main())
    assert (learned is not None) is known
    assert learned is None or learned == pytest.approx(130.0, rel=0.05)
