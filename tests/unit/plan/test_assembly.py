"""How decided declarations become a plan: what is left alone, removed, forgotten, and what is said about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.errors import PlanError
from cloudwright.plan.assembly import (
    _declared_steps,
    _kept,
    _left_alone,
    _notes,
    _nothing_in_common,
    _removed,
    _some,
    _undeclared_resumes,
    assemble_plan,
    refuse_misspelt_aliases,
)
from cloudwright.plan.decision import Decision
from cloudwright.plan.model import LEFT_ALONE, Action, Change, Partial
from cloudwright.plan.options import PlanOptions
from cloudwright.plan.planner import Planned, Planner
from cloudwright.plan.resolved import ABSENT
from cloudwright.program.declaration import Declaration, Options
from cloudwright.state.action_records import ActionRecord, ActionStatus
from cloudwright.state.records import RecordStatus
from cloudwright.state.snapshot import Snapshot
from dead_runs import HERE, TOPIC, record
from render_samples import step
from subject_kit import context_of, subject_of

if TYPE_CHECKING:
    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.model import Step
    from cloudwright.state.records import Record

PARTIAL = Partial("it computes with an unknown value")


def planner_of(context: PlanContext, *steps: Step, present: Record | None = None) -> Planner:
    planner = Planner(context)
    for one in steps:
        subject = subject_of({"TopicName": one.key}, key=one.key)
        decision = Decision(action=one.action)
        planner.planned[one.key] = Planned(subject=subject, decision=decision, step=one, record=present)
    return planner


@pytest.mark.parametrize(("action", "reasons"), [(Action.NONE, ()), (Action.READ, ()), (Action.UPDATE, (LEFT_ALONE,))])
def test_what_is_not_chosen_is_left_alone_and_says_so_if_it_would_change(
    action: Action, reasons: tuple[str, ...]
) -> None:
    one = step("a", action, Change("/A", "replace"), maybe=True, may_replace=True, reasons=("because",))

    assert _left_alone(one) == step("a", Action.NONE, reasons=reasons)


def test_requests_of_an_earlier_run_are_finished_whatever_is_chosen() -> None:
    steps = [step("a", Action.RESUME), step("b", Action.UPDATE), step("c", Action.UPDATE)]
    found = _declared_steps(planner_of(context_of(), *steps), ["a", "b", "c"], {"c"})

    assert [one.action for one in found] == [Action.RESUME, Action.NONE, Action.UPDATE]


@pytest.mark.parametrize(
    ("options", "partial", "forgotten"), [({}, None, 1), ({"targets": ("a",)}, None, 0), ({}, PARTIAL, 0)]
)
def test_an_action_that_is_no_longer_declared_is_forgotten_by_a_whole_plan(
    options: dict[str, Any], partial: Partial | None, forgotten: int
) -> None:
    ran = ActionRecord(key="old", status=ActionStatus.DONE, once=False, target=HERE, token="t")
    snapshot = Snapshot(app="test", stage="dev", serial=1, actions=(ran,))
    context = context_of(snapshot=snapshot, options=PlanOptions(**options))
    declarations = {"a": Declaration(key="a", type=TOPIC, document={})}
    planner = planner_of(context, step("a", Action.NONE, type=TOPIC))
    plan = assemble_plan(planner, declarations, outputs={}, partial=partial)

    assert [one.key for one in plan.steps if one.key == "old"] == ["old"] * forgotten


def test_foreign_elements_of_resources_that_do_not_change_are_mentioned() -> None:
    steps = [step("a", Action.NONE, reasons=("x stays",)), step("b", Action.UPDATE, reasons=("y stays",))]

    assert list(_kept(steps)) == ["a: x stays"]


@pytest.mark.parametrize(
    ("action", "live", "removed"),
    [
        (Action.CREATE, {("a", 0): ABSENT}, []),
        (Action.CREATE, {}, [("a", 0)]),
        (Action.CREATE, {("a", 0): {"TopicName": "a"}}, [("a", 0)]),
        (Action.UPDATE, {("a", 0): ABSENT}, [("a", 0)]),
    ],
)
def test_a_record_of_what_a_read_found_deleted_needs_no_delete(
    action: Action, live: dict[tuple[str, int], Any], removed: list[tuple[str, int]]
) -> None:
    one = step("a", action, type=TOPIC)
    context = context_of([record(identifier="one")], live=live)

    assert [each.id for each in _removed(planner_of(context, one), [one])] == removed


def test_a_record_that_a_declaration_continues_is_not_removed() -> None:
    one, present = step("a", Action.UPDATE, type=TOPIC), record(identifier="one")

    assert _removed(planner_of(context_of([present]), one, present=present), [one]) == []


@pytest.mark.parametrize(("reason", "said"), [("it slept", "it slept"), ("", "an earlier run was interrupted here")])
def test_an_open_request_of_what_is_no_longer_declared_has_a_step(reason: str, said: str) -> None:
    from cloudwright.control.model import Operation
    from cloudwright.state.journal import JournalEntry

    entry = JournalEntry(
        id="e",
        key="a",
        generation=0,
        operation=Operation.CREATE,
        type=TOPIC,
        target=HERE,
        client_token="t",
        body="",
        draft=record(),
        reason=reason,
    )
    (found,) = _undeclared_resumes(context_of(resumes={"a": entry}), {})

    assert (found.action, found.reasons) == (Action.RESUME, (said,))
    assert (
        _undeclared_resumes(context_of(resumes={"a": entry}), {"a": Declaration(key="a", type=TOPIC, document={})})
        == []
    )


@pytest.mark.parametrize(
    ("partial", "first", "said"), [(PARTIAL, ("a",), True), (PARTIAL, (), False), (None, ("a",), False)]
)
def test_a_part_of_a_program_deletes_nothing_first_and_says_so(
    partial: Partial | None, first: tuple[str, ...], *, said: bool
) -> None:
    notes = list(_notes(context_of(options=PlanOptions(delete_first=first)), frozenset(), {}, partial))

    assert notes == (["a is deleted first only once the whole program is planned"] if said else [])


@pytest.mark.parametrize(
    ("steps", "edges", "said"),
    [
        ([step("a", Action.DELETE), step("b", Action.DELETE)], {"c": ()}, True),
        ([step("a", Action.DELETE)], {"c": ()}, False),
        ([step("a", Action.DELETE), step("b", Action.FORGET)], {"c": ()}, False),
        ([step("a", Action.DELETE), step("b", Action.DELETE)], {}, False),
        ([], {"c": ()}, False),
    ],
)
def test_a_program_that_shares_nothing_with_its_state_may_be_another_one(
    steps: list[Step], edges: dict[str, Any], *, said: bool
) -> None:
    context = context_of([record(identifier="one"), record(identifier="two", key="b")])

    assert bool(list(_nothing_in_common(edges, steps, context))) == said


def test_a_long_list_of_texts_is_cut_and_counted() -> None:
    texts = tuple(f"t{number}" for number in range(20))
    shown = next(count for count in range(1, 20) if "more" in _some(texts[: count + 1]))

    assert _some(texts[:shown]) == "; ".join(texts[:shown])
    assert _some(texts[: shown + 2]) == f"{'; '.join(texts[:shown])}; and 2 more"


@pytest.mark.parametrize(
    ("records", "moves", "alias", "refused"),
    [
        (["orders"], {}, "order", True),
        (["orders"], {}, "payments", False),
        (["orders", "new"], {}, "order", False),
        (["orders"], {"new": "orders"}, "order", False),
        (["orders", "spare"], {"new": "spare"}, "order", False),
        (["orders"], {"kept": "orders"}, "order", False),
        (["kept"], {}, "kep", False),
        ([], {}, "order", False),
    ],
)
def test_an_alias_that_nearly_matches_what_would_be_deleted_is_a_misspelling(
    records: list[str], moves: dict[str, str], alias: str, *, refused: bool
) -> None:
    context = context_of([record(identifier=key, key=key) for key in records], moves=moves)
    options = Options(aliases=(alias,))
    declarations = {
        "kept": Declaration(key="kept", type=TOPIC, document={}),
        "new": Declaration(key="new", type=TOPIC, document={}, options=options),
    }
    if not refused:
        refuse_misspelt_aliases(Planner(context), declarations)
        return
    with pytest.raises(PlanError, match="did you mean 'orders'"):
        refuse_misspelt_aliases(Planner(context), declarations)


def test_a_record_that_is_neither_declared_nor_deleted_has_a_note() -> None:
    kept = record(TOPIC, "arn:aws:sns:us-east-1:000000000000:old", key="old", status=RecordStatus.DOUBTFUL)
    plan = assemble_plan(planner_of(context_of([kept])), {})

    assert plan.notes == (
        "old: not proved to be ours, so it is not deleted; `cloudwright state rm old FILE` forgets it",
    )
