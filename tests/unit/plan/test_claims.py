"""What another tool may still manage is not changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudwright.errors import HandoverPending
from cloudwright.plan.claims import Claim, claim_of, refuse_claimed
from cloudwright.plan.model import Action, Step
from dead_runs import record
from render_samples import plan, step

STACK = "stack:arn:aws:cloudformation:us-east-1:000000000000:stack/s/1#Topic"


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        (STACK, Claim("stack", STACK[6:-6], "Topic")),
        ("terraform:aws_sns_topic.orders#1", Claim("terraform", "aws_sns_topic.orders#1")),
        ("unknown:", Claim("unknown")),
    ],
)
def test_a_claim_is_kept_as_a_text(text: str, claim: Claim) -> None:
    assert claim_of(text) == claim
    assert str(claim) == text


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        (step("a", Action.UPDATE), True),
        (step("a", Action.DELETE), True),
        (step("a", Action.REPLACE, generation=1), True),
        (step("new", Action.UPDATE, moved_from="a"), True),
        (step("a", Action.FORGET), False),
        (step("b", Action.UPDATE), False),
        (step("a", Action.REPLACE, generation=2), False),
    ],
)
def test_only_a_change_of_a_claimed_resource_is_refused(changed: Step, *, refused: bool) -> None:
    made = replace(plan(), steps=(changed,))
    records = [replace(record(identifier="one"), claim=STACK), record(identifier="two", key="b")]
    if not refused:
        refuse_claimed(made, records)
        return
    with pytest.raises(HandoverPending, match="which may still manage it\n"):
        refuse_claimed(made, records)


@pytest.mark.parametrize(("count", "text"), [(2, "k0, k1: "), (5, "k4: "), (6, "k4 and 1 more: ")])
def test_several_claimed_resources_are_counted(count: int, text: str) -> None:
    keys = [f"k{number}" for number in range(count)]
    records = [replace(record(identifier=key, key=key), claim=STACK) for key in keys]

    with pytest.raises(HandoverPending, match=f"{text}adopted from another tool, which may still manage them"):
        refuse_claimed(plan(*(step(key, Action.UPDATE) for key in keys)), records)
