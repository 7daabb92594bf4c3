from __future__ import annotations

import json
from typing import Any

import pytest

from cloudwright.plan.model import Change
from cloudwright.render.plan.edits import Edit, edits_of


def edits(old: Any, new: Any) -> list[Edit]:
    return edits_of(Change("/P", "replace", old, new))


def test_members_that_stay_are_not_mentioned() -> None:
    assert [Edit("/P/b", "replace", 2, 3)] == edits({"a": 1, "b": 2}, {"a": 1, "b": 3})


def test_a_list_is_compared_by_element_not_by_position() -> None:
    assert [Edit("/P/0", "remove", "a", None), Edit("/P/1", "add", None, "c")] == edits(["a", "b"], ["b", "c"])


def test_elements_of_one_name_are_compared_inside() -> None:
    old = [{"Region": "a", "N": 1}, {"Region": "b", "N": 2}]
    new = [{"Region": "b", "N": 3}, {"Region": "a", "N": 1}]

    assert [Edit("/P/0/N", "replace", 2, 3)] == edits(old, new)


def test_nameless_elements_at_one_position_are_versions_of_one_thing() -> None:
    assert [Edit("/P/0/Ami/Name", "replace", "x", "y")] == edits([{"Ami": {"Name": "x"}}], [{"Ami": {"Name": "y"}}])


def test_elements_of_different_names_at_one_position_are_different_things() -> None:
    gone, came = {"Region": "a"}, {"Region": "b"}

    assert [Edit("/P/0", "remove", gone, None), Edit("/P/0", "add", None, came)] == edits([gone], [came])


def test_a_policy_in_a_text_is_compared_by_statement() -> None:
    first, second = {"Sid": "A", "Action": "s3:GetObject"}, {"Sid": "B", "Action": "s3:PutObject"}
    old, new = json.dumps({"Statement": [first]}), json.dumps({"Statement": [first, second]})

    assert [Edit("/P/Statement/1", "add", None, second)] == edits(old, new)


def test_a_new_order_alone_is_one_line() -> None:
    assert [Edit("/P", "order", [1, 2], [2, 1])] == edits([1, 2], [2, 1])


def test_names_with_slashes_stay_pointers() -> None:
    assert [Edit("/P/a~1b~0", "add", None, 1)] == edits({}, {"a/b~": 1})


@pytest.mark.parametrize(("old", "new"), [(["hunter2"], [{"$secret": "f"}]), ([{"$secret": "f"}], ["hunter2"])])
def test_an_element_next_to_a_secret_one_is_hidden_too(old: Any, new: Any) -> None:
    assert "hunter2" not in str(edits(old, new))
    assert [edit.kind for edit in edits(old, new)] == ["remove", "add"]


def test_equal_values_still_give_a_line() -> None:
    assert [Edit("/P", "replace", 1, 1)] == edits(1, 1)
