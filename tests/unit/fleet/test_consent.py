"""What an agreed plan covers when it is applied."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudwright.fleet.consent import FleetConsent, covers, identity, slim
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
    with_action = replace(AGREED, steps=(*AGREED.steps, step("act", Action.RUN, "/table")))
    assert covers(with_action, rest(step("act", Action.RUN)))


@pytest.mark.parametrize(
    "plan",
    [
        rest(step("x", Action.DELETE)),
        rest(step("y", Action.UPDATE, "/C")),
        rest(step("z", Action.CREATE)),
        rest(step("act", Action.RUN)),
        rest(digest="another program"),
    ],
)
async def test_what_was_not_announced_is_refused_and_kept(plan: Plan) -> None:
    consent = FleetConsent(AGREED, yes=False)

    assert not await consent(plan)
    assert consent.beyond is plan


async def test_yes_covers_later_creates_but_no_later_delete() -> None:
    consent = FleetConsent(AGREED, yes=True)

    assert await consent(rest(step("z", Action.DELETE)))
    assert await consent(rest(step("z", Action.CREATE)))
    assert not await consent(rest(step("z", Action.DELETE)))


DESTROY = replace(AGREED, destroy=True, steps=(step("x", Action.DELETE), step("y", Action.DELETE)))


@pytest.mark.parametrize("yes", [True, False])
async def test_what_a_crash_has_left_of_a_destroy_is_covered_in_its_two_stages(yes: bool) -> None:  # noqa: FBT001
    consent = FleetConsent(DESTROY, yes=yes)

    assert await consent(replace(DESTROY, serial=2, steps=(step("x", Action.RESUME),)))
    assert await consent(replace(DESTROY, serial=3, steps=(step("y", Action.DELETE),)))
    assert consent.beyond is None


async def test_a_destroy_covers_no_other_delete_and_no_deploy() -> None:
    consent = FleetConsent(DESTROY, yes=False)

    assert not await consent(replace(DESTROY, steps=(step("z", Action.DELETE),)))
    assert not await consent(replace(DESTROY, destroy=False))


def test_an_approval_names_the_state_too() -> None:
    assert identity(AGREED) != identity(replace(AGREED, serial=2))
    assert slim(AGREED).changes == AGREED.changes


LIST = (
    Change("/Hosts", "order", ["b", "a"], ["a", "b", "c"]),
    Change("/Hosts/0", "add", None, "c"),
    Change("/Hosts/4", "remove", "old"),
    Change("/Title", "replace", "one", "two"),
)


@pytest.mark.parametrize(
    ("change", "covered"),
    [
        (Change("/Title", "replace", "one", "two"), True),
        (Change("/Title", "add", None, "two"), True),
        (Change("/Title", "replace", "by somebody else", "two"), False),
        (Change("/Title", "remove", "one"), False),
        (Change("/Hosts", "order", ["b", "theirs", "a"], ["a", "b", "c"]), True),
        (Change("/Hosts", "replace", ["b", "a"], []), False),
        (Change("/Hosts/0", "add", None, "c"), True),
        (Change("/Hosts/0", "replace", "theirs", "c"), False),
        (Change("/Hosts/2", "remove", "old"), True),
        (Change("/Hosts/4", "remove", "theirs"), False),
        (Change("/Other/4", "remove", "old"), False),
        (Change("/Hosts/x", "remove", "old"), False),
    ],
)
def test_a_value_that_nobody_reviewed_is_neither_overwritten_nor_removed(change: Change, *, covered: bool) -> None:
    agreed = replace(AGREED, steps=(replace(step("y", Action.UPDATE), changes=LIST),))
    later = replace(agreed, steps=(replace(step("y", Action.UPDATE), changes=(change,)),))

    assert covers(agreed, later) == covered


def test_a_reviewed_replacement_covers_whatever_the_old_resource_has_become() -> None:
    agreed = replace(AGREED, steps=(replace(step("y", Action.REPLACE), changes=LIST),))
    changes = (Change("/Title", "replace", "by somebody else", "two"),)

    assert covers(agreed, replace(agreed, steps=(replace(step("y", Action.REPLACE), changes=changes),)))
