"""Which differences a plan has shown, and what else an update reports to send or keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.diff.model import Difference
from cloudwright.diff.patch_operations import PatchOp
from cloudwright.engine.update_patch import _besides, _check, _covers, _holds, _leaves, patch_for
from cloudwright.errors import PlanDeviation
from cloudwright.plan.model import Change
from cloudwright.program.declaration import Options
from dead_runs import record
from subject_kit import subject_of, work_of

if TYPE_CHECKING:
    from cloudwright.diff.model import Kind

TAG = {"Key": "k", "Value": "v"}


@pytest.mark.parametrize(
    ("planned", "found", "shown"),
    [
        ("add", "replace", True),
        ("replace", "replace", True),
        ("remove", "remove", True),
        ("order", "order", True),
        ("remove", "replace", False),
        ("order", "replace", False),
        ("replace", "remove", False),
        ("replace", "order", False),
    ],
)
def test_a_removal_or_an_order_is_shown_only_by_the_same_kind_of_change(
    planned: str, found: Kind, *, shown: bool
) -> None:
    assert shown == _covers(Change("/A/B", planned), Difference(("A", "B"), found))


@pytest.mark.parametrize(
    ("planned", "old", "found", "shown"),
    [
        ("remove", TAG, "remove", True),
        ("remove", {"Key": "other"}, "remove", False),
        ("replace", TAG, "remove", False),
    ],
)
def test_an_element_is_known_by_its_value_wherever_it_stands(
    planned: str, old: object, found: Kind, *, shown: bool
) -> None:
    difference = Difference(("Tags", "0"), found, old=TAG, positions=(1,))

    assert shown == _covers(Change("/Tags/1", planned, old), difference)


@pytest.mark.parametrize(
    ("planned", "found", "positions", "shown"),
    [
        ("replace", "replace", (), True),
        ("replace", "remove", (), True),
        ("remove", "remove", (), True),
        ("remove", "replace", (), False),
        ("remove", "remove", (1,), False),
        ("order", "replace", (1,), False),
        ("order", "add", (), False),
    ],
)
def test_a_change_shows_what_is_inside_it(
    planned: str, found: Kind, positions: tuple[int, ...], *, shown: bool
) -> None:
    difference = Difference(("A", "1", "B"), found, positions=positions)

    assert shown == _covers(Change("/A/1", planned), difference)


@pytest.mark.parametrize(
    ("planned", "found", "path", "shown"),
    [
        ("replace", "replace", ("A",), True),
        ("remove", "replace", ("A",), False),
        ("replace", "remove", ("A",), False),
        ("replace", "replace", ("Z",), False),
    ],
)
def test_a_change_inside_shows_the_block_around_it_unless_something_is_removed(
    planned: str, found: Kind, path: tuple[str, ...], *, shown: bool
) -> None:
    assert shown == _covers(Change("/A/B", planned), Difference(path, found))


def test_the_notes_tell_hidden_values_from_values_that_aws_insists_on() -> None:
    instance = work_of(subject_of(type_name="AWS::RDS::DBInstance"))
    operations = [
        PatchOp("replace", ("MasterUserPassword",), "x"),
        PatchOp("add", ("DBInstanceClass",), "y"),
        PatchOp("remove", ("Engine",)),
    ]
    assert list(_besides(instance, operations)) == [
        "sent again as declared, since AWS never shows it: /MasterUserPassword",
        "added /DBInstanceClass too: AWS shows it, but refuses it in an update as it is",
        "left out /Engine too: AWS shows it, but refuses it in an update as it is",
    ]


def test_a_block_that_holds_hidden_values_is_said_to_be_sent_again_only_if_it_is_added() -> None:
    directory = work_of(subject_of(type_name="AWS::AppStream::DirectoryConfig"))

    (added,) = _besides(directory, [PatchOp("add", ("ServiceAccountCredentials",), {})])
    (rewritten,) = _besides(directory, [PatchOp("replace", ("ServiceAccountCredentials",), {})])
    assert added.startswith("sent again as declared")
    assert rewritten.startswith("rewrote")


@pytest.mark.parametrize(("kind", "leaves"), [("remove", True), ("replace", False)])
def test_a_foreign_element_is_removed_only_with_what_holds_it(kind: Kind, *, leaves: bool) -> None:
    other = Difference(("A", "Tags", "0"), "remove", at=("A", "Tags", "0"))

    assert leaves == _leaves(other, [Difference(("A",), kind, at=("A",))])
    assert not _leaves(other, [Difference(("B",), kind, at=("B",))])


def test_a_foreign_element_below_an_ignored_path_is_not_mentioned() -> None:
    ours = {"Key": "ours", "Value": "v"}
    live: dict[str, Any] = {"TopicName": "t", "DisplayName": "old", "Tags": [ours, TAG]}
    desired = {"TopicName": "t", "DisplayName": "new", "Tags": [ours]}
    before = record(declared={"TopicName": "t", "DisplayName": "old", "Tags": [ours]})
    change = Change("/DisplayName", "replace", "old", "new")

    stays = patch_for(work_of(subject_of(desired), change), before, live)
    ignored = patch_for(work_of(subject_of(desired, options=Options(ignore_changes=("/Tags",))), change), before, live)

    assert [one.document() for one in stays.operations] == [one.document() for one in ignored.operations]
    assert len(stays.notes) == 1
    assert ignored.notes == ()


@pytest.mark.parametrize(
    ("difference", "planned", "stops"),
    [
        (Difference(("A",), "replace", old="theirs", edited=True), Change("/A", "replace", "ours"), True),
        (Difference(("A",), "replace", old="theirs", edited=True), None, False),
        (Difference(("A",), "replace", old="theirs"), Change("/A", "replace", "ours"), False),
        (Difference(("A",), "replace", old="theirs", displaces=True), Change("/A", "replace", "ours"), True),
        (Difference(("A",), "replace", old="ours", displaces=True), Change("/A", "replace", "ours"), False),
    ],
)
def test_an_outside_change_that_the_plan_did_not_show_stops_the_update(
    difference: Difference, planned: Change | None, *, stops: bool
) -> None:
    work = work_of(subject_of(), *([planned] if planned else []))
    if not stops:
        _check(difference, [], work)
        return
    with pytest.raises(PlanDeviation):
        _check(difference, [], work)


FOREIGN = Difference(("A", "Tags", "0"), "remove", old=TAG, at=("A", "Tags", "0"))


@pytest.mark.parametrize(
    ("kind", "shown", "stops"),
    [
        ("remove", {"Tags": [TAG]}, False),
        ("remove", {"Tags": []}, True),
        ("remove", None, True),
        ("replace", {"Tags": []}, False),
    ],
)
def test_a_block_is_not_removed_with_foreign_elements_that_the_plan_did_not_show(
    kind: Kind, shown: object, *, stops: bool
) -> None:
    work = work_of(subject_of(), *([Change("/A", kind, shown)] if shown is not None else []))
    removal = Difference(("A",), kind, old={"Tags": [TAG]}, at=("A",))
    if not stops:
        _check(removal, [FOREIGN], work)
        return
    with pytest.raises(PlanDeviation, match="contains an element that was added outside cloudwright"):
        _check(removal, [FOREIGN], work)


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        (TAG, True),
        ([TAG], True),
        ({"A": [{"B": TAG}]}, True),
        ('{"A": {"Key": "k", "Value": "v"}}', True),
        ("k", False),
    ],
)
def test_a_value_holds_what_is_anywhere_inside_it(value: object, *, holds: bool) -> None:
    assert _holds(value, TAG) == holds
