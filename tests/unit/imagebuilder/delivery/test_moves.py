"""What a promotion and a rollback would move, and what a lifecycle policy does by itself."""

from __future__ import annotations

from typing import Any

import pytest

from cloudwright.errors import ProgramError
from cloudwright.imagebuilder.delivery.lifecycle import policies_of
from cloudwright.imagebuilder.delivery.promotion import MoveKind, promoted_cells, promoted_moves
from cloudwright.imagebuilder.delivery.retirement import FoundAmi
from cloudwright.imagebuilder.delivery.rollback import (
    BACK_TO,
    FormerDelivery,
    former_delivery,
    move_document,
    move_of,
    plan_rollback,
    version_in,
)
from cloudwright.state.deliveries import ImageDelivery
from cloudwright.target import Target
from delivery_samples import (
    ARN,
    BEGAN,
    BUILD,
    COPY,
    GUEST,
    HOME,
    REGION,
    ami,
    declared,
    default,
    line,
    present,
    shared,
)
from imagebuilder_plans import declare, plan_of

PARAMETER, TEMPLATE = "/golden", "lt-1"
LINE = line(
    declared(HOME, permissions=shared(GUEST), parameters=(PARAMETER,), templates=((TEMPLATE, True), ("lt-2", False))),
    declared(COPY),
)


def standing(number: int, **more: Any) -> Any:
    """The home cell with everything pointing at one build's AMI."""
    image = f"ami-1{number}"
    return present(
        HOME,
        number,
        permissions=shared(GUEST),
        parameters={PARAMETER: image},
        templates={TEMPLATE: default(number + 1, image)},
        **more,
    )


def test_a_promotion_shows_what_each_cell_gets_and_what_moves() -> None:
    there = {HOME: standing(1), COPY: present(COPY, problem="AccessDenied")}
    home, copy = promoted_cells(LINE, there)
    moves = promoted_moves(LINE, there)

    assert (False, shared(GUEST), "ami-11", "") == (home.copy, home.permissions, home.replaces, home.unknown)
    assert (True, "", "AccessDenied") == (copy.copy, copy.replaces, copy.unknown)
    assert [(MoveKind.PARAMETER, PARAMETER, "ami-11"), (MoveKind.TEMPLATE, TEMPLATE, "2")] == [
        (move.kind, move.subject, move.old) for move in moves
    ]


# -- rollback


def delivery(number: int, verb: str = "run", **more: Any) -> ImageDelivery:
    known: Any = {"request": {}, "outcome": "delivered", "ended_at": BEGAN + number, "image": f"{ARN}{number}"}
    return ImageDelivery(
        id=f"{verb}{number}",
        verb=verb,
        key="images",
        target=Target(BUILD, REGION),
        client_token="t",
        started_at=BEGAN + number,
        **{**known, "delivered": {str(HOME): standing(number).document()}, **more},
    )


def test_a_rollback_restores_the_delivery_before_the_current_one() -> None:
    history = [delivery(3), delivery(2), delivery(1)]
    again = [delivery(4, "rollback", image="", request={BACK_TO: f"{ARN}2"}), *history]

    assert ("1.0.0/2", "1.0.0/3") == _to(former_delivery("images", history, None))
    assert ("1.0.0/1", "1.0.0/2") == _to(former_delivery("images", again, None))
    assert ("1.0.0/1", "1.0.0/3") == _to(former_delivery("images", history, "1.0.0/1"))
    assert ("1.0.0/1", "1.0.0/3") == _to(former_delivery("images", history, f"{ARN}1"))


def _to(former: FormerDelivery) -> tuple[str, str]:
    return former.version, former.leaves


def test_what_failed_or_was_retired_is_no_way_back() -> None:
    history = [delivery(4, "retire", image=""), delivery(3), delivery(2, outcome="failed"), delivery(1)]

    assert ("1.0.0/1", "1.0.0/3") == _to(former_delivery("images", history, None))


def test_a_rollback_of_the_first_delivery_restores_what_it_replaced() -> None:
    first = delivery(1, replaced={str(HOME): {"parameters": {PARAMETER: "ami-old"}}})
    former = former_delivery("images", [first], None)

    assert ("", "ami-old") == (former.version, former.cells[HOME].parameters[PARAMETER])
    with pytest.raises(ProgramError, match=r"1\.0\.0/1 is the first image"):
        former_delivery("images", [delivery(1)], None)
    with pytest.raises(ProgramError, match="no delivery of '9' by images"):
        former_delivery("images", [delivery(1)], "9")


def back_to(number: int, **more: Any) -> FormerDelivery:
    return former_delivery("images", [delivery(2), delivery(number, **more)], None)


def test_a_rollback_moves_parameters_and_templates_and_says_what_stays() -> None:
    plan = plan_rollback(LINE, back_to(1), {HOME: standing(2), COPY: present(COPY, 2)}, frozenset(), permissions=False)

    assert [(MoveKind.PARAMETER, "ami-12", "ami-11"), (MoveKind.TEMPLATE, "3", "2")] == [
        (move.kind, move.old, move.new) for move in plan.moves
    ]
    assert "the launch permissions of the newer AMIs are kept; --permissions removes them" in plan.cannot


def test_a_rollback_does_not_point_at_an_image_that_is_gone() -> None:
    there = {HOME: standing(2), COPY: present(COPY, 2)}
    plan = plan_rollback(LINE, back_to(1), there, frozenset({"ami-11"}), permissions=False)

    assert () == plan.moves
    assert f"{HOME}: parameter {PARAMETER} can't be restored, since ami-11 no longer exists" in plan.cannot


def test_permissions_are_taken_away_with_consent_alone() -> None:
    there = {HOME: standing(2), COPY: present(COPY, 2)}
    plan = plan_rollback(LINE, back_to(1), there, frozenset(), permissions=True)

    assert [("ami-12", tuple(shared(GUEST)))] == [
        (move.subject, move.removed) for move in plan.moves if move.kind is MoveKind.PERMISSION
    ]
    assert not any("--permissions" in text for text in plan.cannot)


def test_what_can_not_be_read_is_not_moved_and_is_said() -> None:
    there = {HOME: present(HOME, problem="AccessDenied"), COPY: present(COPY, 2)}
    plan = plan_rollback(LINE, back_to(1), there, frozenset(), permissions=True)

    assert () == plan.moves
    assert f"{HOME}: can't be read now (AccessDenied)" in plan.cannot


def test_moves_are_read_again_from_the_state() -> None:
    there = {HOME: standing(2), COPY: present(COPY, 2)}
    moves = plan_rollback(LINE, back_to(1), there, frozenset(), permissions=True).moves

    assert list(moves) == [move_of(move_document(move)) for move in moves]
    assert 3 == len(moves)
    assert ("1.0.0/3", "ami-1") == (version_in(f"{ARN}3"), version_in("ami-1"))


# -- lifecycle policies


def policy(**more: Any) -> Any:
    rule = {"Action": {"Type": "DELETE"}, "Filter": {"Type": "AGE", "Value": 6, "Unit": "MONTHS"}}
    known = {
        "Status": "ENABLED",
        "ExecutionRole": "arn:aws:iam::111111111111:role/life",
        "PolicyDetails": [rule, {"Action": {"Type": "DELETE"}, "Filter": {"Type": "COUNT", "Value": 3}}],
        "ResourceSelection": {"Recipes": [{"Name": "Golden", "SemanticVersion": "1.0.0"}]},
    }
    return declare("policy", "AWS::ImageBuilder::LifecyclePolicy", {**known, **more})


def test_age_rules_of_enabled_policies_that_select_the_recipe_are_known() -> None:
    (found,) = policies_of(plan_of(policy()), ("golden",))

    assert ("deregister", 180, "deletes images after 6 months") == (found.action, found.days, found.words)
    assert "arn:aws:iam::111111111111:role/life" == found.role
    assert () == policies_of(plan_of(policy()), ("other",))
    assert () == policies_of(plan_of(policy(Status="DISABLED")), ("golden",))


def test_a_policy_does_what_is_old_enough_for_it() -> None:
    (rule,) = policies_of(plan_of(policy()), ("golden",))
    old = [FoundAmi(place=HOME, ami=ami(HOME, 1))]
    half_a_year = 181 * 86_400.0

    assert rule.does("deregister", old, BEGAN + half_a_year)
    assert not rule.does("deregister", old, BEGAN + 86_400.0)
    assert not rule.does("deprecate", old, BEGAN + half_a_year)
