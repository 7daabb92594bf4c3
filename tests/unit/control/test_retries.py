"""How often a delivery is repeated, to the exact number, and after how long."""

from __future__ import annotations

import pytest

from cloudwright.control.retries import ANSWER_TRIES, RetryPolicy
from cloudwright.errors import CredentialsError, NotAnswered, NotSent, ServiceError

POLICY = RetryPolicy(lambda: 0.0)
CUT, NO_ROUTE = NotAnswered("cut"), NotSent("no route")
THROTTLE, INTERNAL = ServiceError("ThrottlingException", ""), ServiceError("HandlerInternalFailure", "")
REFUSED = ServiceError("ValidationException", "")


def count(error: Exception, *, reached: bool, tries: int | None = None) -> int:
    """Deliveries until the policy gives up; 100 if it never does."""
    for attempt in range(99):
        more = (
            POLICY.resend(error, attempt, reached=reached)
            if tries is None
            else POLICY.repeat(error, attempt, tries, reached=reached)
        )
        if not more:
            return attempt + 1
    return 100


@pytest.mark.parametrize(
    ("error", "reached", "deliveries"),
    [
        (CUT, True, ANSWER_TRIES),
        (CUT, False, ANSWER_TRIES),
        (INTERNAL, True, 3),
        (NO_ROUTE, False, 3),
        (NO_ROUTE, True, 2 * ANSWER_TRIES),
        (THROTTLE, True, 100),
        (REFUSED, True, 1),
        (CredentialsError("no keys"), True, 1),
    ],
)
def test_a_mutation_is_delivered_so_often(error: Exception, deliveries: int, *, reached: bool) -> None:
    assert count(error, reached=reached) == deliveries


@pytest.mark.parametrize(
    ("error", "reached", "tries", "deliveries"),
    [
        (CUT, True, 4, 4),
        (INTERNAL, True, 6, 3),
        (INTERNAL, True, 2, 2),
        (NO_ROUTE, False, 6, 3),
        (NO_ROUTE, True, 6, 12),
        (THROTTLE, False, 1, 100),
        (REFUSED, True, 6, 1),
    ],
)
def test_a_read_is_delivered_so_often(error: Exception, tries: int, deliveries: int, *, reached: bool) -> None:
    assert count(error, reached=reached, tries=tries) == deliveries


@pytest.mark.parametrize("jitter", [0.0, 0.5, 0.999])
def test_the_pause_doubles_up_to_five_seconds_and_half_of_it_is_chance(jitter: float) -> None:
    policy, part = RetryPolicy(lambda: jitter), 0.5 + jitter / 2

    assert [policy.delay(attempt, CUT) for attempt in range(4)] == pytest.approx(
        [0.1 * part, 0.2 * part, 0.4 * part, 0.8 * part]
    )
    assert [policy.delay(attempt, CUT) for attempt in (6, 10, 5_000)] == pytest.approx([5.0 * part] * 3)


@pytest.mark.parametrize(("requested", "pause"), [(None, 0.05), (0.0, 0.05), (7.0, 7.0), (30.0, 30.0), (600.0, 30.0)])
def test_the_service_may_ask_for_a_longer_pause_up_to_half_a_minute(requested: float | None, pause: float) -> None:
    assert POLICY.delay(0, ServiceError("ThrottlingException", "", retry_after=requested)) == pytest.approx(pause)
