"""Scouts among many requests: the quick division against the long way, and what it calls for two sizes."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from cloudwright.control.model import Operation, OperationStatus, ProgressEvent
from cloudwright.control.polling.followed_request import FollowedRequest
from cloudwright.control.polling.scouts import Scouts

if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS = tuple(f"AWS::Test::Kind{number}" for number in range(4))


def watches(kinds: Sequence[str]) -> list[FollowedRequest]:
    """A running create of each of these types."""

    async def made() -> list[FollowedRequest]:
        return [FollowedRequest(f"token{number}", _event(kind), 0.0, None) for number, kind in enumerate(kinds)]

    return asyncio.run(made())


def _event(kind: str) -> ProgressEvent:
    return ProgressEvent(
        type_name=kind, request_token="t", operation=Operation.CREATE, status=OperationStatus.IN_PROGRESS
    )


@given(
    kinds=st.lists(st.sampled_from(KINDS), max_size=30),
    enlisted=st.sets(st.integers(0, 29)),
    dismissed=st.sets(st.integers(0, 29)),
    polling=st.sets(st.integers(0, 29)),
)
def test_requests_are_divided_as_asking_for_each_one_would(
    kinds: list[str], enlisted: set[int], dismissed: set[int], polling: set[int]
) -> None:
    scouts, followed = Scouts(), watches(kinds)
    for number, watch in enumerate(followed):
        if number in enlisted:
            scouts.enlist(watch)
    for number, watch in enumerate(followed):
        if number in dismissed:
            scouts.dismiss(watch)
    waiting = [watch for number, watch in enumerate(followed) if number not in polling]
    singly, listed = scouts.among(waiting)
    assert singly == [watch for watch in waiting if watch in scouts]
    assert listed == [watch for watch in waiting if watch not in scouts]


def calls_to_divide(count: int) -> int:
    """Calls of Python functions that one division takes."""
    scouts, followed = Scouts(), watches(KINDS[:1] * count)
    for watch in followed:
        scouts.enlist(watch)
    calls = 0

    def count_call(frame: object, kind: str, argument: object) -> None:
        nonlocal calls
        calls += kind == "call"

    sys.setprofile(count_call)
    try:
        scouts.among(followed)
    finally:
        sys.setprofile(None)
    return calls


def test_dividing_many_requests_calls_no_function_for_each() -> None:
    assert calls_to_divide(1_000) == calls_to_divide(10)
