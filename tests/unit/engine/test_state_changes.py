from __future__ import annotations

from dataclasses import replace

import pytest

from cloudwright.engine.state_changes import dirtied, disproved
from cloudwright.schema.catalog import Catalog
from cloudwright.state.changes import DropRecord
from cloudwright.state.records import RecordStatus
from dead_runs import HERE, record


@pytest.mark.parametrize(
    ("before", "attempted", "after"),
    [
        ((), ("/A",), ("/A",)),
        (("/A",), ("/B",), ("/A", "/B")),
        (("/A", "/B"), ("/B",), ("/A", "/B")),
        (("/A",), (), ("/A",)),
        ((), (), ("",)),
    ],
)
def test_what_an_earlier_update_left_unclear_stays_so(
    before: tuple[str, ...], attempted: tuple[str, ...], after: tuple[str, ...]
) -> None:
    assert dirtied(record(dirty=before), attempted, now=1.0).dirty == after


def test_only_a_doubtful_record_of_the_same_resource_is_disproved() -> None:
    ours = record(identifier="one")
    doubtful = record(identifier="one", key="b", status=RecordStatus.DOUBTFUL)
    others = [
        record(identifier="two", key="c", status=RecordStatus.DOUBTFUL),
        record(identifier="one", key="d"),
    ]

    assert disproved(ours, [ours, doubtful, *others], Catalog.bundled()) == (DropRecord("b", 0),)


def test_a_doubtful_record_of_a_global_resource_is_disproved_in_every_region() -> None:
    elsewhere = replace(HERE, region="eu-west-1")
    made, topic = record("AWS::IAM::Role", "one"), record(identifier="one")
    doubtful = replace(made, key="b", status=RecordStatus.DOUBTFUL, target=elsewhere)
    another = replace(topic, key="c", status=RecordStatus.DOUBTFUL, target=elsewhere)

    assert disproved(made, [doubtful], Catalog.bundled()) == (DropRecord("b", 0),)
    assert disproved(topic, [another], Catalog.bundled()) == ()
