from __future__ import annotations

import base64
import copy
import json
import pickle
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from cloudwright.errors import ReferenceMisuse, StaleReference
from cloudwright.program.reference import PlanningEnds, Ref, Reference, ReferenceTable, Text

if TYPE_CHECKING:
    from collections.abc import Callable

ARN = Ref("images/golden", ("Arn",))


@pytest.fixture
def table() -> ReferenceTable:
    return ReferenceTable()


@pytest.fixture
def arn(table: ReferenceTable) -> Reference:
    return Reference(table, ARN)


def test_alone_it_is_the_whole_value(table: ReferenceTable, arn: Reference) -> None:
    assert table.parse(arn) == ARN


@pytest.mark.parametrize(
    ("make", "before", "after"),
    [
        (lambda ref: f"x{ref}y", "x", "y"),
        (lambda ref: "x" + ref + "y", "x", "y"),
        (lambda ref: "".join(["x", ref, "y"]), "x", "y"),  # noqa: FLY002 - one of the ways
        (lambda ref: "x%sy" % ref, "x", "y"),  # noqa: UP031 - one of the ways
        (lambda ref: json.dumps({"Port": ref}), '{"Port": "', '"}'),
    ],
)
def test_text_carries_it_along(
    table: ReferenceTable, arn: Reference, make: Callable[[Reference], str], before: str, after: str
) -> None:
    assert table.parse(make(arn)) == Text((before, ARN, after))


def test_two_in_one_text_are_both_found(table: ReferenceTable, arn: Reference) -> None:
    name = Reference(table, Ref("topic", ("Name",)))

    assert table.parse(f"{arn}:{name}") == Text((ARN, ":", Ref("topic", ("Name",))))


def test_copies_are_the_same_reference(arn: Reference) -> None:
    assert copy.deepcopy({"a": [arn]})["a"][0] is arn


def test_nested_attributes_are_references(table: ReferenceTable, arn: Reference) -> None:
    version = Reference(table, Ref("recipe", ("LatestVersion",)))

    assert table.parse(version.Arn) == Ref("recipe", ("LatestVersion", "Arn"))


@pytest.mark.parametrize(
    "compute",
    [
        bool,
        len,
        int,
        float,
        list,
        pickle.dumps,
        lambda ref: ref == "x",
        lambda ref: ref != "x",
        lambda ref: "x" in ref,
        lambda ref: ref[0],
        lambda ref: ref[1:],
        lambda ref: ref.split(":"),
        lambda ref: ref.encode(),
        lambda ref: ref.lower(),
        lambda ref: ref.startswith("arn"),
        lambda ref: ref < "x",
        lambda ref: ref * 2,
        lambda ref: ref + 1,
        lambda ref: 1 + ref,
        lambda ref: ref - 1,
        lambda ref: 1 / ref,
        lambda ref: -ref,
        round,
        lambda ref: f"{ref:>20}",
    ],
)
def test_computing_with_it_says_to_await_first(arn: Reference, compute: Callable[[Any], Any]) -> None:
    with pytest.raises(ReferenceMisuse, match="await the resource first"):
        compute(arn)


@pytest.mark.parametrize(
    "spoil",
    [
        *[lambda text, cut=cut: text.split(cut)[-1] for cut in ":/.-,|="],
        *[lambda text, cut=cut: text.partition(cut)[0] for cut in ":/.-,|="],
        str.lower,
        str.upper,
        quote,
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: base64.b64encode(b"x" + text.encode()).decode(),
        lambda text: base64.b64encode(b"xy" + text.encode()).decode(),
        lambda text: text.encode().hex(),
        lambda text: text[:40],
    ],
)
def test_what_is_left_of_a_spoiled_one_is_an_error(
    table: ReferenceTable, arn: Reference, spoil: Callable[[str], str]
) -> None:
    with pytest.raises(ReferenceMisuse):
        table.parse(spoil(f"{arn}"))


def test_its_repr_never_passes_for_a_value(table: ReferenceTable, arn: Reference) -> None:
    with pytest.raises(ReferenceMisuse):
        table.parse(f"{arn!r}")


def test_one_of_another_pass_is_refused(arn: Reference) -> None:
    with pytest.raises(StaleReference, match="earlier run"):
        ReferenceTable().parse(arn)


def test_computing_with_an_awaited_unknown_value_ends_the_planning(table: ReferenceTable) -> None:
    awaited = Reference(table, ARN, awaited=True)

    with pytest.raises(PlanningEnds):
        len(awaited)
    number: Any = awaited
    with pytest.raises(PlanningEnds):
        number + 1


def test_no_exception_handler_of_a_program_swallows_the_end_of_planning() -> None:
    assert not issubclass(PlanningEnds, Exception)


def test_plain_text_passes_through(table: ReferenceTable) -> None:
    assert table.parse("arn:aws:s3:::plain") == "arn:aws:s3:::plain"
