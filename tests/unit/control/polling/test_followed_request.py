"""What is remembered of a request that is followed."""

from __future__ import annotations

from cloudwright.control.model import Operation, ProgressEvent
from cloudwright.control.polling.followed_request import FollowedRequest, oldest
from unit.control.fakes import run


def watch(event: ProgressEvent, names: list[str] | None = None) -> FollowedRequest:
    async def main() -> FollowedRequest:
        return FollowedRequest("r-1", event, 5.0, None, None if names is None else names.append)

    return run(main())


def test_a_name_is_reported_once_and_as_soon_as_it_is_known() -> None:
    names: list[str] = []
    followed = watch(ProgressEvent(), names)
    followed.report_name()
    assert (names, followed.named is None) == ([], False)

    followed.event = ProgressEvent(identifier="thing-1")
    followed.report_name()
    followed.report_name()
    assert (names, followed.named) == (["thing-1"], None)
    watch(ProgressEvent(identifier="thing-1")).report_name()


def test_a_request_that_nobody_has_looked_at_yet_is_neither_polled_nor_refused() -> None:
    fresh = watch(ProgressEvent(type_name="T", operation=Operation.DELETE))

    assert (fresh.polling, fresh.resumed, fresh.refusals, fresh.nameless) == (False, False, 0, 0)
    assert (fresh.running, fresh.due, fresh.kind) == (0.0, 0.0, ("T", "DELETE"))
    assert watch(ProgressEvent()).kind == ("", "")


def test_the_oldest_is_unknown_as_soon_as_one_has_no_time() -> None:
    early, late, unknown = (watch(ProgressEvent(event_time=at)) for at in (3.0, 4.0, None))

    assert oldest([late, early]) == 3.0
    assert oldest([early, unknown]) is None
    assert oldest([]) is None
