from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pytest

from cloudwright.errors import ProgramError, ReferenceMisuse
from cloudwright.program.document import Unknown, encode, read, references, resolve
from cloudwright.program.reference import Ref, Reference, ReferenceTable, Text
from cloudwright.secret import Secret, secret

PORT = Ref("db", ("Port",))


def lookup(values: dict[Ref, Any]) -> Any:
    return values.__getitem__


def test_none_members_are_left_out_at_every_depth() -> None:
    written = {"A": None, "B": [1, None, {"C": None, "D": 2}], "E": {"F": None}}

    assert read(written, ReferenceTable()) == {"B": [1, {"D": 2}], "E": {}}


def test_tuples_become_lists() -> None:
    assert read({"A": (1, 2)}, ReferenceTable()) == {"A": [1, 2]}


@pytest.mark.parametrize("value", [{1, 2}, dt.date(2026, 1, 1), b"bytes", object(), math.inf, math.nan])
def test_what_json_can_not_hold_is_named_with_its_path(value: object) -> None:
    with pytest.raises(ProgramError, match="/A/0/B"):
        read({"A": [{"B": value}]}, ReferenceTable())


def test_a_reference_as_a_key_is_refused() -> None:
    table = ReferenceTable()

    with pytest.raises(ReferenceMisuse, match="mapping key"):
        read({"A": {Reference(table, PORT): 1}}, table)


def test_keys_that_are_no_text_are_refused() -> None:
    with pytest.raises(ProgramError, match="keys are strings"):
        read({"A": {1: 2}}, ReferenceTable())


def test_every_place_that_refers_is_found() -> None:
    document = {"A": PORT, "B": [Text(("x", PORT))], "C": "plain"}

    assert list(references(document)) == [(("A",), PORT), (("B", "0"), PORT)]


def test_a_lone_reference_keeps_its_type() -> None:
    assert resolve({"A": PORT}, lookup({PORT: 5432})) == {"A": 5432}


def test_inside_a_text_numbers_and_booleans_become_text() -> None:
    assert resolve(Text(("port ", PORT)), lookup({PORT: 5432})) == "port 5432"
    assert resolve(Text(("on=", PORT)), lookup({PORT: True})) == "on=true"


@pytest.mark.parametrize("value", ['say "hi"', "back\\slash", "new\nline", ["list"], {"a": 1}])
def test_values_that_would_break_a_json_text_are_refused(value: object) -> None:
    with pytest.raises(ReferenceMisuse, match="larger string"):
        resolve(Text(('{"a": "', PORT, '"}')), lookup({PORT: value}))


def test_an_unknown_part_makes_the_whole_text_unknown() -> None:
    unknown = Unknown(PORT)

    assert resolve(Text(("x", PORT)), lookup({PORT: unknown})) == unknown


def test_a_secret_part_makes_the_whole_text_secret() -> None:
    assert resolve(Text(("x", PORT)), lookup({PORT: Secret("s3cret")})) == Secret("xs3cret")


def test_plan_data_holds_markers_instead_of_secrets_and_unknowns() -> None:
    document = {"A": Secret("s3cret"), "B": [Unknown(PORT)], "C": 1}

    assert encode(document, lambda value: f"fp{len(str(value))}") == {
        "A": {"$secret": "fp6"},
        "B": [{"$unknown": "db:/Port"}],
        "C": 1,
    }


@pytest.mark.parametrize("show", [str, "{}".format, lambda value: f"{value}", lambda value: "%s" % value])  # noqa: UP031 - one of the ways
def test_a_secret_never_becomes_part_of_a_text(show: Any) -> None:
    with pytest.raises(ProgramError, match="larger string"):
        show(secret("canary"))


def test_a_secret_shows_nothing_in_its_repr() -> None:
    assert "canary" not in repr([secret("canary")])


def test_marking_a_secret_again_changes_nothing() -> None:
    once = secret("x")

    assert secret(once) is once
