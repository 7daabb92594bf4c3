"""When reading the account's requests has shown all of ours, and when it does not pay."""

from __future__ import annotations

import pytest

from cloudwright.control.model import OperationStatus, ProgressEvent, RequestPage
from cloudwright.control.polling.listing import FOREIGN_PAGES, ListingScan
from cloudwright.control.wire import PAGE_SIZE

OPEN, ENDED = OperationStatus.IN_PROGRESS, OperationStatus.SUCCESS


def page(*events: tuple[float | None, OperationStatus], token: str | None = "next") -> RequestPage:
    return RequestPage(
        tuple(ProgressEvent(request_token=f"r-{at}", event_time=at, status=status) for at, status in events), token
    )


@pytest.mark.parametrize(
    ("oldest", "times", "finished"),
    [
        (100.0, [101.0, 99.0], False),
        (100.0, [101.0, 98.9], True),
        (100.0, [None], False),
        (None, [101.0, 1.0], False),
    ],
)
def test_a_walk_ends_a_second_before_the_oldest_of_ours(
    oldest: float | None, times: list[float | None], *, finished: bool
) -> None:
    scan = ListingScan(oldest)
    scan.read(page(*((at, ENDED) for at in times)))

    assert (scan.finished, scan.next_token, scan.disordered) == (finished, "next", False)


def test_the_last_page_ends_a_walk() -> None:
    scan = ListingScan(None)
    scan.read(page((5.0, OPEN), token=None))

    assert scan.finished


def test_ages_prove_nothing_in_a_list_that_is_not_newest_first() -> None:
    scan = ListingScan(100.0)
    scan.read(page((50.0, OPEN), (60.0, OPEN)))
    assert (scan.disordered, scan.finished) == (True, False)

    scan.read(page((40.0, OPEN), (30.0, OPEN)))
    assert (scan.disordered, scan.finished) == (True, False)


def test_only_requests_that_are_open_show_the_order_of_a_list() -> None:
    scan = ListingScan(None)
    scan.read(page((50.0, OPEN), (90.0, ENDED), (50.0, OPEN), (40.0, OPEN), (None, OPEN)))

    assert not scan.disordered


@pytest.mark.parametrize(("foreign", "in_flight", "busy"), [(0, 0, False), (-1, 0, False), (1, 1, False), (1, 0, True)])
def test_an_account_is_busy_from_three_pages_of_others_requests_on(foreign: int, in_flight: int, *, busy: bool) -> None:
    assert FOREIGN_PAGES == 3
    others = 3 * PAGE_SIZE - 1 + foreign
    scan = ListingScan(None)
    scan.read(page(*((float(-at), OPEN) for at in range(others + 2))))

    assert scan.busy({"r-0.0", "r--1.0", "of another page"}, in_flight) is busy
