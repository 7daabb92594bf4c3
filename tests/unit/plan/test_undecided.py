"""What a plan may do while the user has not decided about a create of a dead run."""

from __future__ import annotations

import pytest

from cloudwright.errors import NeedsHuman
from cloudwright.plan.undecided import refuse_undecided

UNDECIDED = {key: NeedsHuman(f"{key}: unknown", hint=f"look for {key}") for key in "ab"}


@pytest.mark.parametrize(
    ("declared", "included", "named", "without"),
    [
        ("abc", "abc", "ab", " --exclude a --exclude b"),
        ("abc", "ac", "a", " --exclude a --exclude b"),
        ("ac", "ac", "ab", " --exclude a"),
        ("ac", "c", "b", " --exclude a"),
        ("", "", "ab", ""),
    ],
)
def test_a_plan_that_includes_an_undecided_key_or_no_longer_declares_it_is_refused(
    declared: str, included: str, named: str, without: str
) -> None:
    with pytest.raises(NeedsHuman) as caught:
        refuse_undecided(UNDECIDED, declared, included)

    assert caught.value.message.splitlines() == [f"{key}: unknown" for key in named]
    hints = (caught.value.hint or "").splitlines()
    assert hints[: len(named)] == [f"look for {key}" for key in named]
    assert hints[len(named) :] == ([f"to decide later and deploy the rest now:{without}"] if without else [])


def test_a_plan_that_leaves_undecided_keys_alone_names_them() -> None:
    assert refuse_undecided(UNDECIDED, "abc", "c") == ("a", "b")
    assert refuse_undecided({}, "abc", "abc") == ()
