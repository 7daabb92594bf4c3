"""What a lookup needs, and which resources its new answer changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.plan.lookups import differing, needed_actions, saved_answers, with_effects
from cloudwright.plan.model import Action, Change, PinnedAnswer
from dead_runs import record
from render_samples import step

if TYPE_CHECKING:
    from cloudwright.plan.model import Step


def pinned(answer: object = "ami-new", before: object = "ami-old", *, recorded: bool = True) -> PinnedAnswer:
    return PinnedAnswer(key="k", question="ami()", label="l", answer=answer, before=before, recorded=recorded)


def test_a_lookup_needs_its_services_actions() -> None:
    assert needed_actions('ssm(path="/a")') == ("ssm:GetParameter",)
    assert needed_actions("mine(a=1)") == ()
    plain, deep = needed_actions('accounts(ou="o")'), needed_actions('accounts(ou="o", recursive=true)')
    assert deep == (*plain, "organizations:ListOrganizationalUnitsForParent")
    assert "organizations:ListOrganizationalUnitsForParent" not in needed_actions("ssm(a=1, recursive=true)")


@pytest.mark.parametrize(
    ("one", "differs"),
    [(pinned(), True), (pinned(recorded=False), False), (pinned("same", "same"), False)],
)
def test_an_answer_differs_only_from_a_recorded_one(one: PinnedAnswer, *, differs: bool) -> None:
    assert differing(one) == differs
    assert saved_answers([one]) == {"k": one.answer}


@pytest.mark.parametrize(
    ("step", "effects"),
    [
        (step("a", Action.UPDATE, Change("/ImageId", "replace", "x", "ami-new")), ("a /ImageId",)),
        (step("a", Action.UPDATE, Change("/ImageId", "remove", "ami-old")), ("a /ImageId",)),
        (step("a", Action.UPDATE, Change("/ImageId", "replace", "ami-new", "x")), ()),
        (step("a", Action.UPDATE, Change("/Script", "replace", "x", "run ami-new now")), ("a /Script",)),
        (step("a", Action.CREATE, desired={"A": [{"ImageId": "ami-new"}]}), ("a /A/0/ImageId",)),
        (step("a", Action.CREATE, desired={"ImageId": "ami-old"}), ()),
        (step("a", Action.DELETE), ("a /ImageId",)),
        (step("a", Action.DELETE, generation=1), ()),
        (step("a", Action.NONE, desired={"ImageId": "ami-new"}), ()),
        (step("a", Action.READ, desired={"ImageId": "ami-new"}), ()),
    ],
)
def test_a_changed_answer_is_shown_where_it_has_an_effect(step: Step, effects: tuple[str, ...]) -> None:
    (found,) = with_effects([pinned()], [step], [record(declared={"ImageId": "ami-old"})])

    assert found.effects == effects


@pytest.mark.parametrize(
    ("answer", "value", "shown"),
    [
        ("abcd", "x abcd x", True),
        ("abc", "x abc x", False),
        ("abc", "abc", True),
        (1, 1, True),
        (1, True, False),
        (1, "1", False),
        ({"A": ["abcd"]}, "abcd", True),
        (None, None, False),
    ],
)
def test_a_value_is_found_as_itself_or_in_a_text_if_it_is_long_enough(
    answer: Any, value: object, *, shown: bool
) -> None:
    (found,) = with_effects([pinned(answer, "before")], [step("a", Action.CREATE, desired={"V": value})], [])

    assert bool(found.effects) == shown


def test_an_answer_that_did_not_change_has_no_effects() -> None:
    (found,) = with_effects([pinned("same", "same")], [step("a", Action.CREATE, desired={"V": "same"})], [])

    assert found.effects == ()
