from __future__ import annotations

import asyncio
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest

from cloudwright.control import wire
from cloudwright.control.callers import Caller
from cloudwright.control.client import RESEND_WINDOW, CloudControl
from cloudwright.control.evidence import Lookup, LookupResult
from cloudwright.control.model import Operation, Reply
from cloudwright.errors import (
    CredentialsError,
    CredentialsExpired,
    LeaseLost,
    NotAnswered,
    NotSent,
    ServiceError,
    WrongAccount,
)
from cloudwright.target import Target
from cloudwright.testing.loop import VirtualClock
from unit.control.fakes import EPOCH, PLACE, FakeCloud, error, make_client, ok, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudwright.control.model import Call

BODY = wire.create_body("AWS::Test::Thing", {"Name": "x"}, "token-1")
EVENT = {"ProgressEvent": {"RequestToken": "r-1", "OperationStatus": "IN_PROGRESS", "Operation": "CREATE"}}
IDENTITY = (
    "<GetCallerIdentityResponse xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><GetCallerIdentityResult>"
    "<Arn>arn:aws-cn:iam::111111111111:user/u</Arn><UserId>U</UserId><Account>111111111111</Account>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
)


class Script:
    """Answers one call after the other; the last answer repeats."""

    def __init__(self, *answers: Reply | Exception) -> None:
        self.answers = list(answers)
        self.calls: list[Call] = []

    async def send(self, call: Call) -> Reply:
        self.calls.append(call)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self) -> None:
        pass


def mutate(
    script: Script, guard: Callable[[], object] | None = None, operation: Operation = Operation.CREATE
) -> object:
    async def guarded() -> None:
        if guard is not None:
            guard()

    async def main() -> object:
        return await make_client(script).mutate(PLACE, operation, BODY, guard=guarded)

    return run(main())


THROTTLE = error("ThrottlingException", "Rate exceeded")
HTML = Reply(503, {}, b"<html>Service Unavailable</html>")
INTERNAL = error("ServiceInternalErrorException", "oops", status=500)


@pytest.mark.parametrize("operation", list(Operation))
@pytest.mark.parametrize("trouble", [THROTTLE, HTML, INTERNAL, NotSent("no route"), NotAnswered("cut")])
def test_the_same_bytes_are_sent_again_until_the_service_answers(
    trouble: Reply | Exception, operation: Operation
) -> None:
    script = Script(trouble, trouble, ok(EVENT))

    mutate(script, operation=operation)

    assert {(call.action, call.body) for call in script.calls} == {(operation.action, BODY)}
    assert len(script.calls) == 3


def test_a_refusal_is_not_repeated() -> None:
    script = Script(error("ValidationException", "Model validation failed"))

    with pytest.raises(ServiceError) as caught:
        mutate(script)

    assert (caught.value.name, caught.value.unanswered, len(script.calls)) == ("Validation", False, 1)


def test_a_refusal_after_an_unanswered_delivery_is_marked() -> None:
    with pytest.raises(ServiceError) as caught:
        mutate(Script(NotAnswered("cut"), error("ClientTokenConflictException", "RequestToken r-9")))

    assert (caught.value.name, caught.value.unanswered) == ("ClientTokenConflict", True)


@pytest.mark.parametrize(
    "last",
    [error("AccessDeniedException"), error("ExpiredTokenException"), NotSent("no route"), THROTTLE, INTERNAL],
)
def test_what_proves_nothing_after_an_unanswered_delivery_stays_unanswered(last: Reply | Exception) -> None:
    with pytest.raises(NotAnswered):
        mutate(Script(NotAnswered("cut"), last))


def test_a_request_that_never_got_out_is_not_sent() -> None:
    with pytest.raises(NotSent):
        mutate(Script(NotSent("refused")))


def test_credentials_that_expire_before_any_delivery_are_not_mistaken_for_a_request() -> None:
    with pytest.raises(CredentialsExpired, match="ambient"):
        mutate(Script(error("ExpiredTokenException", "The security token included in the request is expired")))


def test_the_guard_is_asked_before_each_delivery_and_stops_it() -> None:
    asked = []

    def guard() -> None:
        asked.append(1)
        if len(asked) == 2:
            raise LeaseLost

    script = Script(THROTTLE, ok(EVENT))
    with pytest.raises(LeaseLost):
        mutate(script, guard)

    assert (len(asked), len(script.calls)) == (2, 1)


def test_nothing_is_delivered_again_after_the_window() -> None:
    class Slow(Script):
        async def send(self, call: Call) -> Reply:
            await asyncio.sleep(RESEND_WINDOW + 1)
            return await super().send(call)

    slow = Slow(NotAnswered("cut"))
    with pytest.raises(NotAnswered):
        mutate(slow)

    assert len(slow.calls) == 1


def test_reads_are_repeated_within_bounds() -> None:
    async def main() -> None:
        script = Script(THROTTLE, HTML, NotAnswered("cut"), ok({"ResourceDescription": {"Identifier": "i"}}))
        client = make_client(script)

        await client.get(PLACE, "T", "i")
        assert client.calls == 4

        client = make_client(Script(HTML))
        with pytest.raises(NotAnswered):
            await client.get(PLACE, "T", "i")
        assert client.calls == 6

    run(main())


def test_cc86_a_broken_read_handler_is_unreadable_and_soon_so() -> None:
    async def main() -> None:
        client = make_client(Script(error("HandlerInternalFailureException", status=500)))

        result = await client.lookup(PLACE, "T", "i")

        assert (result.lookup, result.found) == (Lookup.UNREADABLE, None)
        assert result.refusal.startswith("HandlerInternalFailureException: ")
        assert client.calls == 3

    run(main())


def test_cc54_not_found_is_a_lag_only_for_so_long() -> None:
    missing = error("ResourceNotFoundException", "Bucket not found")

    async def main() -> None:
        client = make_client(Script(missing, missing, ok({"ResourceDescription": {"Identifier": "i"}})))
        result = await client.lookup(PLACE, "T", "i", missing_for=5.0)
        assert (result.lookup, result.found is not None) == (Lookup.PRESENT, True)

        client = make_client(Script(missing))
        assert await client.lookup(PLACE, "T", "i", missing_for=5.0) == LookupResult(Lookup.ABSENT)
        assert 3.0 <= asyncio.get_running_loop().time() <= 6.0

        client = make_client(Script(missing))
        assert await client.lookup(PLACE, "T", "i") == LookupResult(Lookup.ABSENT)
        assert client.calls == 1

    run(main())


def test_cc90_an_empty_page_does_not_end_a_listing() -> None:
    pages = [
        ok({"ResourceDescriptions": [], "NextToken": "1"}),
        ok({"ResourceDescriptions": [{"Identifier": "a"}], "NextToken": "2"}),
        ok({"ResourceDescriptions": [{"Identifier": "b"}]}),
    ]

    async def main() -> list[str]:
        return [found.identifier async for found in make_client(Script(*pages)).list(PLACE, "T", {"Parent": "p"})]

    assert run(main()) == ["a", "b"]


def test_a_listing_that_repeats_its_token_ends_with_an_error() -> None:
    async def main() -> None:
        async for _ in make_client(Script(ok({"NextToken": "1"}))).list(PLACE, "T"):
            pass

    with pytest.raises(NotAnswered, match="repeats a page token"):
        run(main())


def test_cc94_access_denied_names_the_iam_action() -> None:
    async def main() -> None:
        await make_client(Script(error("AccessDeniedException"))).get(PLACE, "T", "i")

    with pytest.raises(ServiceError, match="cloudformation:GetResource"):
        run(main())


@pytest.mark.parametrize(
    ("code", "text"),
    [("UnrecognizedClientException", "does not know"), ("InvalidSignatureException", "clock is right")],
)
def test_refused_signatures_are_credential_errors(code: str, text: str) -> None:
    async def main() -> None:
        await make_client(Script(error(code))).status(PLACE, "r")

    with pytest.raises(CredentialsError, match=text):
        run(main())


@pytest.mark.parametrize(("off", "learned"), [(3600.0, 3600.0), (-3600.0, -3600.0), (1.0, 0.0)])
def test_awss_time_is_learned_from_the_date_header(off: float, learned: float) -> None:
    async def main() -> float:
        headers = {"date": formatdate(EPOCH + off, usegmt=True)}
        client = make_client(Script(ok({"ProgressEvent": {}}, headers)))
        await client.status(PLACE, "r")
        return client.now(PLACE) - EPOCH

    assert run(main()) == pytest.approx(learned, abs=1.0)


def test_an_answer_that_arrives_after_two_days_of_sleep_does_not_tell_the_time() -> None:
    async def story() -> float:
        clock = VirtualClock()

        class Sleeping:
            async def send(self, call: Call) -> Reply:
                date = formatdate(clock.now(), usegmt=True)
                clock.suspend(172_800)
                return ok(EVENT, {"date": date})

            async def close(self) -> None:
                pass

        client = CloudControl(Sleeping(), None, clock)
        await client.status(PLACE, "r-1")
        return client.now(PLACE) - clock.now()

    assert run(story()) == 0.0


def test_the_caller_is_asked_once_and_compared_with_the_target() -> None:
    async def main() -> None:
        script = Script(Reply(200, {}, IDENTITY.encode()))
        client = make_client(script)

        anywhere = Target("", "us-east-1")
        callers = await asyncio.gather(client.caller(anywhere), client.caller(PLACE), client.verify(PLACE))
        assert set(callers) == {Caller("111111111111", "arn:aws-cn:iam::111111111111:user/u", "aws-cn")}
        assert ([call.service for call in script.calls], client.calls) == (["sts"], 0)
        assert script.calls[0].body == b"Action=GetCallerIdentity&Version=2011-06-15"

    run(main())


def test_a_failure_to_learn_the_caller_counts_for_all_who_wait_for_it_and_no_longer() -> None:
    class Slow(Script):
        async def send(self, call: Call) -> Reply:
            await asyncio.sleep(1.0)
            return await super().send(call)

    async def main() -> None:
        script = Slow(CredentialsError("no keys"), Reply(200, {}, IDENTITY.encode()))
        client = make_client(script)

        asked = await asyncio.gather(client.caller(PLACE), client.verify(PLACE), return_exceptions=True)
        assert [str(each) for each in asked] == ["no keys"] * 2
        assert len(script.calls) == 1
        assert (await client.caller(PLACE)).account == PLACE.account

    run(main())


def test_s26_credentials_of_another_account_are_refused() -> None:
    class Elsewhere(Script):
        async def send(self, call: Call) -> Reply:
            return Reply(200, {}, IDENTITY.replace("111111111111", "222222222222").encode())

    async def main() -> None:
        await make_client(Elsewhere(HTML)).verify(PLACE)

    with pytest.raises(WrongAccount, match="belong to account 222222222222"):
        run(main())


def test_a_type_that_throttled_asynchronously_is_started_slowly() -> None:
    async def main() -> float:
        client = make_client(FakeCloud())
        client.limiter.type_ended(PLACE, "AWS::Test::Thing", started_at=0.0, throttled=True)
        await asyncio.gather(*(client.mutate(PLACE, Operation.CREATE, BODY) for _ in range(9)))
        return asyncio.get_running_loop().time()

    assert run(main()) >= 1.5


def test_cancel_asks_by_request_token() -> None:
    async def main() -> None:
        script = Script(ok({"ProgressEvent": {"OperationStatus": "CANCEL_IN_PROGRESS"}}))
        event = await make_client(script).cancel(PLACE, "r-1")
        assert event.status == "CANCEL_IN_PROGRESS"
        assert (script.calls[0].action, script.calls[0].body) == ("CancelResourceRequest", b'{"RequestToken":"r-1"}')

    run(main())


def test_a_mutation_counts_as_in_flight_until_it_is_answered() -> None:
    async def main() -> None:
        seen: list[int] = []

        class Watched(Script):
            async def send(self, call: Call) -> Reply:
                await asyncio.sleep(1.0)
                seen.append(client.in_flight(PLACE))
                return await super().send(call)

        client = make_client(Watched(ok(EVENT), error("ValidationException")))
        sent = [client.mutate(PLACE, Operation.CREATE, BODY) for _ in range(2)]
        assert client.in_flight(PLACE) == 0
        await asyncio.gather(*sent, return_exceptions=True)
        assert (seen, client.in_flight(PLACE)) == ([2, 1], 0)

    run(main())


def test_an_empty_page_may_repeat_its_token_ten_times() -> None:
    repeated, last = ok({"NextToken": "1"}), ok({"ResourceDescriptions": [{"Identifier": "a"}]})

    async def main(repetitions: int) -> list[str]:
        client = make_client(Script(*[repeated] * repetitions, last))
        return [found.identifier async for found in client.list(PLACE, "T")]

    assert run(main(10)) == ["a"]
    with pytest.raises(NotAnswered, match="repeats a page token"):
        run(main(11))


def test_a_delivery_at_the_end_of_the_window_is_the_last_one() -> None:
    slow = error("ThrottlingException", "Rate exceeded")
    slow = Reply(slow.status, {"retry-after": "30"}, slow.body)
    delivered: list[float] = []

    class Timed(Script):
        async def send(self, call: Call) -> Reply:
            delivered.append(asyncio.get_running_loop().time())
            return await super().send(call)

    with pytest.raises(ServiceError, match="Throttling"):
        mutate(Timed(slow))

    assert delivered == pytest.approx([0.0, 30.0, 60.0, 90.0, RESEND_WINDOW])


def test_a_region_that_never_answered_is_given_up_early_and_one_that_did_is_waited_for() -> None:
    async def main() -> None:
        script = Script(NotSent("no route"))
        client = make_client(script)
        with pytest.raises(NotSent):
            await client.status(PLACE, "r")
        assert len(script.calls) == 3

        script.answers = [ok({"ProgressEvent": {}}), NotSent("no route")]
        await client.status(PLACE, "r")
        with pytest.raises(NotSent):
            await client.status(PLACE, "r")
        assert len(script.calls) == 3 + 1 + 6

    run(main())


def test_a_difference_of_two_seconds_to_awss_clock_means_nothing() -> None:
    async def main(off: float) -> float:
        client = make_client(Script(ok({"ProgressEvent": {}}, {"date": formatdate(EPOCH + off, usegmt=True)})))
        await client.status(PLACE, "r")
        return client.now(PLACE) - asyncio.get_running_loop().time() - EPOCH

    assert [run(main(off)) for off in (0.0, 2.0, -2.0, 3.0)] == [0.0, 0.0, 0.0, 3.0]


def test_the_first_call_is_the_one_whose_time_is_kept() -> None:
    async def main() -> list[float]:
        client = make_client(Script(ok({"ProgressEvent": {}})))
        found = [client.first_call_at]
        for _ in range(2):
            await asyncio.sleep(3.0)
            await client.status(PLACE, "r")
            found.append(client.first_call_at)
        return found

    assert run(main()) == [0.0, 3.0, 3.0]


def test_a_resource_that_nobody_just_wrote_is_missing_at_once() -> None:
    async def main() -> int:
        client = make_client(Script(error("ResourceNotFoundException")))
        with pytest.raises(ServiceError, match="ResourceNotFound"):
            await client.get(PLACE, "T", "i")
        return client.calls

    assert run(main()) == 1


def test_reads_are_limited_and_polls_do_not_queue_behind_them() -> None:
    reading: list[int] = []
    polled: list[float] = []

    class Slow(Script):
        async def send(self, call: Call) -> Reply:
            if call.action != "GetResource":
                polled.append(asyncio.get_running_loop().time())
                return ok({"ProgressEvent": {}})
            reading.append(1)
            most.append(len(reading))
            await asyncio.sleep(100.0)
            reading.pop()
            return await super().send(call)

    async def main() -> None:
        client = make_client(Slow(ok({"ResourceDescription": {"Identifier": "i"}})))
        reads = [asyncio.create_task(client.get(PLACE, "T", "i")) for _ in range(80)]
        await asyncio.sleep(50.0)
        await client.status(PLACE, "r")
        await asyncio.gather(*reads)

    most: list[int] = []
    run(main())
    assert (max(most), polled) == (64, [50.0])
