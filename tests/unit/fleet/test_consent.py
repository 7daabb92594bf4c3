"""What an agreed plan covers when it is applied."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudwright.fleet.consent import Consent, covers, identity, slim
from cloudwright.plan.model import Action, Change, Plan, Step
from cloudwright.target import Target

HERE = Target("111122223333", "eu-west-1")


def step(key: str, action: Action, *paths: str) -> Step:
    changes = tuple(Change(path, "replace") for path in paths)
    return Step(key=key, type="AWS::SNS::Topic", action=action, target=HERE, changes=changes)


AGREED = Plan(
    app="a", stage="s", serial=1, digest="d", steps=(step("x", Action.CREATE), step("y", Action.UPDATE, "/A", "/B"))
)


def rest(*steps: Step, digest: str = "d") -> Plan:
    return replace(AGREED, serial=2, digest=digest, steps=steps)


def test_what_a_crash_has_left_is_covered() -> None:
    assert covers(AGREED, AGREED)
    assert covers(AGREED, rest(step("y", Action.UPDATE, "/A")))
    assert covers(AGREED, rest(step("x", Action.RESUME)))


@pytest.mark.parametrize(
    "plan",
    [
        rest(step("x", Action.DELETE)),
        rest(step("y", Action.UPDATE, "/C")),
        rest(step("z", Action.CREATE)),
        rest(digest="another program"),
    ],
)
async def test_what_was_not_announced_is_refused_and_kept(plan: Plan) -> None:
    consent = Consent(AGREED, yes=False)

    assert not await consent(plan)
    assert consent.beyond is plan


async def test_yes_covers_later_creates_but_no_later_delete() -> None:
    consent = Consent(AGREED, yes=True)

    assert await consent(rest(step("z", Action.DELETE)))
    assert await consent(rest(step("z", Action.CREATE)))
    assert not await consent(rest(step("z", Action.DELETE)))


def test_an_approval_names_the_state_too() -> None:
    assert identity(AGREED) != identity(replace(AGREED, serial=2))
    assert slim(AGREED).changes == AGREED.changes
