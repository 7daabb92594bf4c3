"""Twins among the records of a run are found by an index, exactly as a search through all of them would find them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_kit import CATALOG
from cloudwright.engine.current_records import CurrentRecords
from cloudwright.engine.deletes import approved, remaining_of
from cloudwright.plan.context import PlanContext
from cloudwright.plan.model import Action, Order, Plan, Step
from cloudwright.state.records import Record
from cloudwright.state.snapshot import Snapshot
from dead_runs import HERE, TOPIC, record

if TYPE_CHECKING:
    from cloudwright.plan.twins import KeptTwins

IDENTIFIERS = st.sampled_from(["name1", "NAME1", "name-1", "name2", "other"])
RECORDS = st.builds(
    lambda key, generation, kind, identifier: record(
        key=key, generation=generation, type_name=kind, identifier=identifier
    ),
    st.sampled_from("abc"),
    st.integers(0, 2),
    st.sampled_from([TOPIC, "AWS::S3::Bucket"]),
    IDENTIFIERS,
)
STEPS = st.builds(
    lambda key, action, order, generation, identifier, may_replace: Step(
        key=key,
        type=TOPIC,
        action=action,
        target=HERE,
        order=order,
        generation=generation,
        identifier=identifier,
        may_replace=may_replace,
    ),
    st.sampled_from("abc"),
    st.sampled_from([Action.NONE, Action.UPDATE, Action.REPLACE, Action.DELETE, Action.FORGET]),
    st.sampled_from([None, *Order]),
    st.integers(0, 2),
    IDENTIFIERS,
    st.booleans(),
)


@given(
    st.lists(RECORDS, max_size=6, unique_by=lambda one: one.id),
    st.lists(RECORDS | RECORDS.map(lambda one: one.id), max_size=6),
    st.lists(STEPS, max_size=4, unique_by=lambda one: (one.key, one.action in {Action.DELETE, Action.FORGET})),
    RECORDS,
)
def test_the_index_follows_every_change(
    before: list[Record], changes: list[Record | tuple[str, int]], steps: list[Step], removed: Record
) -> None:
    snapshot = replace(Snapshot(app="demo", stage="test"), records=tuple(before))
    context = PlanContext(snapshot=snapshot, catalog=CATALOG, fingerprint=repr)
    plan = Plan(app="demo", stage="test", serial=0, digest="", steps=tuple(steps))
    records = CurrentRecords(context)
    kept = records.kept(plan)
    for change in changes:
        if isinstance(change, Record):
            records[change.id] = change
        else:
            records.pop(change, None)

    going = {each.record.id for each in approved(plan, records)}
    remaining = remaining_of([one for each, one in records.items() if each not in going], context)

    assert bool(kept.twin(removed)) == bool(remaining.twin(removed))
    assert (kept.look_alike(removed) is None) == (remaining.look_alike(removed) is None)
    twins = {one.key for one in records.values() if one.id not in going and one.id != removed.id}
    assert kept.twin(removed) in {"", *twins}


def kept_of(records: list[Record], *steps: Step) -> KeptTwins:
    context = PlanContext(
        snapshot=replace(Snapshot(app="demo", stage="test"), records=tuple(records)), catalog=CATALOG, fingerprint=repr
    )
    return CurrentRecords(context).kept(Plan(app="demo", stage="test", serial=0, digest="", steps=steps))


OLD, NEW = record(identifier="name1"), record(identifier="other", generation=1)
REMOVED = record(identifier="name1", key="z")


def replacement(**more: Any) -> Step:
    fields = {"action": Action.REPLACE, "order": Order.CREATE_FIRST, "identifier": "name1", **more}
    return Step(key="a", type=TOPIC, target=HERE, **fields)


@pytest.mark.parametrize(
    ("records", "step", "stays"),
    [
        ([OLD, NEW], replacement(), False),
        ([OLD, NEW], replacement(order=Order.DELETE_FIRST), True),
        ([OLD, NEW], replacement(action=Action.UPDATE), True),
        ([OLD, NEW], replacement(action=Action.UPDATE, may_replace=True), False),
        ([OLD, NEW], replacement(identifier="other"), True),
        ([OLD], replacement(), True),
        ([OLD, replace(NEW, key="b")], replacement(), True),
        ([OLD], replacement(action=Action.DELETE), False),
        ([OLD], replacement(action=Action.FORGET), False),
        ([OLD], replacement(action=Action.DELETE, identifier="other"), True),
    ],
)
def test_a_record_is_kept_unless_the_plan_ends_it_or_a_newer_generation_has_replaced_it(
    records: list[Record], step: Step, *, stays: bool
) -> None:
    assert kept_of(records, step).twin(REMOVED) == ("a" if stays else "")


def test_a_delete_of_one_generation_does_not_hide_the_replacement_of_another() -> None:
    delete = replacement(action=Action.DELETE, may_replace=True, generation=5)

    assert kept_of([OLD, NEW], replacement(), delete).twin(REMOVED) == ""
    assert kept_of([OLD, NEW], delete).twin(REMOVED) == "a"
