"""How long a shared store retries."""

from __future__ import annotations

import pytest

from cloudwright.state import retry
from cloudwright.state.retry import PATIENCE, PAUSES, repeated
from conformance.state import FakeClock


class Call:
    """A call that fails some times, and takes its time."""

    def __init__(self, clock: FakeClock, failures: int, seconds: float = 0.0) -> None:
        self.clock, self.failures, self.seconds, self.made = clock, failures, seconds, 0

    def __call__(self) -> str:
        self.made += 1
        self.clock.advance(self.seconds)
        if self.made <= self.failures:
            raise ConnectionError
        return "answer"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    clock = FakeClock()
    monkeypatch.setattr(retry, "sleep", clock.advance)
    return clock


def test_pauses_between_attempts_grow(clock: FakeClock) -> None:
    call, began = Call(clock, failures=5), clock.boot()

    assert repeated(call, ConnectionError, clock) == "answer"
    assert (call.made, clock.boot() - began) == (6, 15.0)


def test_the_last_failure_is_raised(clock: FakeClock) -> None:
    call = Call(clock, failures=99)

    with pytest.raises(ConnectionError):
        repeated(call, ConnectionError, clock)
    assert call.made == len(PAUSES) + 1


def test_another_failure_is_raised_at_once(clock: FakeClock) -> None:
    call = Call(clock, failures=1)

    with pytest.raises(ConnectionError):
        repeated(call, TimeoutError, clock)
    assert call.made == 1


@pytest.mark.parametrize(("seconds", "attempts"), [(PATIENCE, 1), (PATIENCE - 1, 2), (PATIENCE / 2, 2), (15.0, 3)])
def test_nothing_is_tried_again_once_others_could_take_the_lease(
    clock: FakeClock, seconds: float, attempts: int
) -> None:
    call = Call(clock, failures=99, seconds=seconds)

    with pytest.raises(ConnectionError):
        repeated(call, ConnectionError, clock)
    assert call.made == attempts


def test_all_attempts_end_before_a_lease_does() -> None:
    assert PATIENCE + max(PAUSES) < 60.0
