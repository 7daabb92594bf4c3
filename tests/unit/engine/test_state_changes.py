from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app_kit import World
from cloudwright.control.model import Operation
from cloudwright.control.verdict import Verdict, VerdictKind
from cloudwright.engine.evidence import JudgedRequest
from cloudwright.engine.state_changes import attempt_ended, dirtied, disproved, settle
from cloudwright.errors import ServiceError
from cloudwright.schema.catalog import Catalog
from cloudwright.state.changes import DropEntry, DropRecord
from cloudwright.state.records import RecordStatus
from cloudwright.testing.loop import VirtualClock
from dead_runs import HERE, entry_of, opened, record

if TYPE_CHECKING:
    from pathlib import Path


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


@pytest.mark.parametrize("operation", [Operation.UPDATE, Operation.DELETE])
@pytest.mark.parametrize("unanswered", [True, False], ids=["unanswered", "answered"])
async def test_a_refusal_does_not_end_a_request_whose_first_delivery_may_still_arrive(
    tmp_path: Path, operation: Operation, *, unanswered: bool
) -> None:
    error = ServiceError("ConcurrentOperationException", "busy", status=400)
    error.unanswered = unanswered
    async with opened(World(tmp_path, clock=VirtualClock())) as runtime:
        entry = entry_of(operation, record(identifier="one"), runtime.services)
        judged = JudgedRequest(verdict=Verdict(kind=VerdictKind.FAIL, reason="busy"), error=error)
        settled = settle(entry, judged, runtime.services, now=1.0)

    ended = [type(change) for change in settled.changes]
    assert ended == ([] if unanswered else [DropEntry])
    assert [type(change) for change in attempt_ended(entry, judged)] == ended
