"""What is said of resources that stay in another Region than the run's."""

from __future__ import annotations

import pytest

from cloudwright.lazy_dataclass import replace
from cloudwright.plan.decision import Decision
from cloudwright.plan.kept_regions import kept_regions
from cloudwright.plan.model import Action
from cloudwright.plan.planner import Planned
from dead_runs import HERE, TOPIC, record
from render_samples import step
from subject_kit import subject_of

IRELAND = replace(HERE, region="eu-west-1")


def planned(key: str = "a", type_name: str = TOPIC, *, action: Action = Action.NONE, placed: bool = False) -> Planned:
    """A resource that the state records in eu-west-1, in a run whose Region is us-east-1."""
    present = replace(record(type_name, f"{key}-id", key=key), target=IRELAND)
    subject = subject_of({}, type_name, key=key, placed=placed)
    return Planned(subject=subject, decision=Decision(action=action), step=step(key, action), record=present)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (planned(), True),
        (planned(action=Action.UPDATE), True),
        (planned(action=Action.REPLACE), False),
        (planned(placed=True), False),
        (planned(type_name="AWS::IAM::Role"), False),
        (replace(planned(), record=record()), False),
        (replace(planned(), record=None), False),
    ],
)
def test_a_resource_that_stays_in_another_region_is_named(one: Planned, *, said: bool) -> None:
    assert len(list(kept_regions([one]))) == said


def test_the_note_says_where_it_is_and_how_to_move_it() -> None:
    (note,) = kept_regions([planned("one")])

    assert note.startswith("one stays in eu-west-1, as recorded in the state")
    assert note.endswith('`with target(region="us-east-1")`')


def test_many_resources_share_one_note() -> None:
    (note,) = kept_regions([planned(key) for key in "abcde"])

    assert note.startswith("a, b, c and 2 more stay in eu-west-1")
