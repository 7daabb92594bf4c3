"""What a read after an update says about the request, and what about others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.diff.model import Difference
from cloudwright.diff.patch_operations import PatchOp
from cloudwright.diff.patched_document import patched
from cloudwright.engine.convergence import (
    Convergence,
    WrittenPaths,
    _is_partial,
    _lacking,
    _name,
    converged,
    sent_by_create,
    sent_by_update,
)
from cloudwright.local.model.patch import apply_patch
from dead_runs import record
from subject_kit import subject_of

if TYPE_CHECKING:
    from cloudwright.diff.model import Kind
    from cloudwright.state.records import Record

LIVE: dict[str, Any] = {"Name": "a", "Tags": [{"Key": "a"}, {"Key": "b"}, {"Key": "c"}], "Deep": {"Days": 7, "Old": 1}}


@pytest.mark.parametrize(
    "patch",
    [
        [],
        [
            PatchOp("replace", ("Name",), "b"),
            PatchOp("add", ("Deep", "New"), {"x": [1]}),
            PatchOp("remove", ("Deep", "Old")),
        ],
        [PatchOp("test", ("Tags", "1", "Key"), "b"), PatchOp("add", ("Tags", "-"), {"Key": "d"})],
        [PatchOp("add", ("Tags", "1"), {"Key": "x"}), PatchOp("replace", ("Tags", "0"), {"Key": "y"})],
        [PatchOp("remove", ("Tags", "2")), PatchOp("remove", ("Tags", "0")), PatchOp("add", ("Name",), "again")],
        [PatchOp("replace", ("Tags",), [])],
    ],
)
def test_a_patch_makes_what_cloud_control_makes_of_it(patch: list[PatchOp]) -> None:
    before = repr(LIVE)

    assert apply_patch(LIVE, [operation.document() for operation in patch]) == patched(LIVE, patch)
    assert before == repr(LIVE)


@pytest.mark.parametrize(
    ("difference", "sent", "wrote"),
    [
        (Difference(("A",), "remove"), WrittenPaths((), removed=frozenset({(("A",), "remove")})), True),
        (Difference(("A",), "remove"), WrittenPaths((("B",),)), False),
        (Difference(("A", "B", "0"), "remove"), WrittenPaths((("A", "B"),)), True),
        (Difference(("A", "0"), "remove"), WrittenPaths((("A", "0"),)), False),
        (Difference(("A", "B"), "replace"), WrittenPaths((("A",),)), True),
        (Difference(("A",), "replace"), WrittenPaths((("A", "B"),)), True),
        (Difference(("C",), "replace"), WrittenPaths((("A", "B"),)), False),
        (Difference(("A",), "replace"), WrittenPaths((("A",),), left=frozenset({(("A",), "")})), False),
    ],
)
def test_a_request_wrote_what_it_set_or_removed_and_did_not_leave(
    difference: Difference, sent: WrittenPaths, *, wrote: bool
) -> None:
    assert sent.wrote(difference) == wrote


@pytest.mark.parametrize("field", ["differing", "missing", "kept"])
def test_a_request_has_not_reached_its_end_while_anything_differs(field: str) -> None:
    assert Convergence().reached
    assert not Convergence(**{field: ("/A",)}).reached  # type: ignore[arg-type]
    assert not Convergence(absent=(("A",),)).reached


DRAFT = record(declared={"TopicName": "t"})


def test_a_difference_that_the_patch_left_was_not_sent() -> None:
    subject = subject_of({"TopicName": "t", "DisplayName": "new"})
    before = record(declared={"TopicName": "t", "DisplayName": "old"})
    live = {"TopicName": "t", "DisplayName": "old"}

    assert sent_by_update(subject, before, live, []).places == ()
    patch = [PatchOp("replace", ("DisplayName",), "new")]
    assert sent_by_update(subject, before, live, patch).places == (("DisplayName",),)


@pytest.mark.parametrize(
    ("kind", "remaining", "partial"),
    [
        ("add", Difference(("A", "B"), "add"), True),
        ("add", Difference(("C",), "add"), False),
        ("add", Difference(("A", "B"), "replace"), False),
        ("replace", Difference(("A", "B"), "add"), False),
    ],
)
def test_only_a_missing_value_may_be_sent_in_part(kind: Kind, remaining: Difference, *, partial: bool) -> None:
    assert _is_partial(Difference(("A",), kind), [remaining]) == partial


def test_what_is_still_there_after_its_removal_is_reported() -> None:
    before = {"TopicName": "t", "DisplayName": "old"}
    subject, sent = subject_of({"TopicName": "t"}), WrittenPaths((), removed=frozenset({(("DisplayName",), "remove")}))

    assert converged(subject, sent, before, DRAFT, before).kept == ("/DisplayName",)
    assert converged(subject, sent, {"TopicName": "t", "DisplayName": ""}, DRAFT, before).kept == ()
    assert converged(subject, WrittenPaths((("TopicName",),)), before, DRAFT, before).kept == ()


def test_a_read_that_returns_anything_that_was_sent_is_newer_than_the_request() -> None:
    subject = subject_of({"TopicName": "t", "DisplayName": "new"})
    sent = WrittenPaths((("TopicName",), ("DisplayName",)))

    seen = converged(subject, sent, {"TopicName": "t"}, DRAFT)
    assert (seen.absent, seen.evident) == ((("DisplayName",),), True)
    assert not converged(subject, sent, {}, DRAFT).evident
    assert converged(subject, WrittenPaths((), removed=frozenset({(("Tags",), "remove")})), {}, DRAFT).evident


@pytest.mark.parametrize(
    ("kind", "path", "lacking"), [("add", "A", True), ("replace", "A", False), ("add", "B", False)]
)
def test_only_a_path_that_was_sent_may_be_one_that_reads_never_return(kind: Kind, path: str, *, lacking: bool) -> None:
    found = _lacking(subject_of({"A": "x", "B": "y"}), WrittenPaths((("A",),)), Difference((path,), kind))

    assert found == ((path,) if lacking else None)


@pytest.mark.parametrize(
    ("difference", "name"),
    [
        (Difference(("T", "1"), "remove", old={"b": 1, "a": 2}, positions=(1,)), (("T",), '{"a": 2, "b": 1}')),
        (Difference(("T", "1"), "remove", old=1), (("T", "1"), "remove")),
        (Difference(("T", "1"), "add", positions=(1,)), (("T", "1"), "")),
        (Difference(("T",), "order"), (("T",), "order")),
        (Difference(("T",), "replace"), (("T",), "")),
    ],
)
def test_a_removed_element_is_named_by_its_value_and_all_else_by_its_place(
    difference: Difference, name: tuple[object, ...]
) -> None:
    assert _name(difference) == name


BOTH = {"TopicName": "t", "DisplayName": "new"}


def test_a_sent_value_that_reads_otherwise_is_reported_and_what_was_not_sent_is_drift() -> None:
    live = {"TopicName": "t", "DisplayName": "old"}

    sent = converged(subject_of(BOTH), WrittenPaths((("DisplayName",),)), live, DRAFT)
    assert (sent.differing, sent.absent, sent.others) == (("/DisplayName",), (), ())
    left = converged(subject_of(BOTH), WrittenPaths((("TopicName",),)), live, DRAFT)
    assert (left.differing, left.absent, left.others) == ((), (), ("/DisplayName",))


@pytest.mark.parametrize(
    ("draft", "live"),
    [
        (record(declared=BOTH, ignored=("/DisplayName",)), {"TopicName": "t", "DisplayName": "old"}),
        (record(declared=BOTH, unreturned=("/DisplayName",)), {"TopicName": "t"}),
    ],
)
def test_neither_an_ignored_path_nor_one_that_reads_never_return_is_reported(
    draft: Record, live: dict[str, Any]
) -> None:
    for place in BOTH:
        seen = converged(subject_of(BOTH), WrittenPaths(((place,),)), live, draft)

        assert (seen.reached, seen.others) == (True, ())


def test_only_a_value_that_is_not_returned_is_noted_as_unseen() -> None:
    note = "AWS does not return /DisplayName: drift there can't be seen"

    assert Convergence(absent=(("DisplayName",),)).notes() == (note,)
    assert Convergence().notes() == ()


def test_what_a_read_returned_is_not_shown_with_what_was_sent() -> None:
    assert "hidden" not in repr(WrittenPaths((), live={"Password": "hidden"}))


def test_a_create_sends_all_that_is_declared() -> None:
    assert sent_by_create(subject_of(BOTH)).places == (("TopicName",), ("DisplayName",))
