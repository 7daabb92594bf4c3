"""The last calls are kept, with what they were about and how they ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cloudwright.console.recent import KEPT, RecentCalls
from cloudwright.console.redaction import BODY_LIMIT
from cloudwright.local.cloud import LocalCloud
from local_kit import ACCOUNT, REGION, WIDGET, StillClock, catalog

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    made = LocalCloud(catalog(), clock=StillClock())
    yield made
    made.close()


def call(cloud: LocalCloud, action: str, **members: str) -> None:
    cloud.handle("cloudcontrolapi", action, json.dumps(members).encode(), ACCOUNT, REGION)


def test_the_last_calls_are_kept_newest_first(cloud: LocalCloud) -> None:
    recent = RecentCalls(cloud)

    for _ in range(KEPT + 1):
        call(cloud, "ListResources")

    numbers = [call.number for call in recent.newest_first()]
    assert (numbers[0], numbers[-1], recent.count) == (KEPT + 1, 2, KEPT + 1)
    assert recent.find(1) is None


def test_a_call_looked_at_twice_is_the_same(cloud: LocalCloud) -> None:
    recent = RecentCalls(cloud)
    call(cloud, "ListResources", TypeName=WIDGET)

    assert recent.newest_first() == [recent.find(1)]


@pytest.mark.parametrize(
    ("action", "members", "identifier", "outcome"),
    [
        ("CreateResource", {"TypeName": WIDGET, "DesiredState": '{"Name": "one"}'}, "one", "IN_PROGRESS"),
        ("GetResource", {"TypeName": WIDGET, "Identifier": "two"}, "two", "ResourceNotFoundException"),
        ("ListResources", {"TypeName": WIDGET}, "", ""),
    ],
)
def test_a_call_tells_what_it_was_about_and_how_it_ended(
    cloud: LocalCloud, action: str, members: dict[str, str], identifier: str, outcome: str
) -> None:
    recent = RecentCalls(cloud)
    call(cloud, action, **members)

    (one,) = recent.newest_first()

    assert (one.identifier, one.outcome) == (identifier, outcome)


def test_no_hidden_value_is_in_what_is_kept(cloud: LocalCloud) -> None:
    recent = RecentCalls(cloud)
    hidden = "hunter2" * BODY_LIMIT
    for secret in ("hunter2", hidden):
        call(cloud, "CreateResource", TypeName=WIDGET, DesiredState=json.dumps({"Name": "one", "Secret": secret}))

    assert "hunter2" not in repr(recent.newest_first())
