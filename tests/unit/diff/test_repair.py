"""What a patch repairs of a read: write-only values, empty containers, and nothing else."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import jsonpatch
import pytest

from cloudwright.diff.compare import compare_both
from cloudwright.diff.patch import build_patch, to_json
from diff_kit import recorded
from diff_samples import SCHEMA, widget

if TYPE_CHECKING:
    from cloudwright.diff.context import ComparisonContext


def handled(
    desired: dict[str, Any], live: dict[str, Any], before: dict[str, Any] | None, context: ComparisonContext
) -> dict[str, Any]:
    """What the update handler sees."""
    past = None if before is None else recorded(context, before)
    found, foreign = compare_both(context, desired, live, past)
    patch = build_patch(context, desired=desired, live=live, differences=found, foreign=foreign, before=past)
    result: dict[str, Any] = jsonpatch.apply_patch(copy.deepcopy(live), to_json(patch)) if patch else live
    return result


def with_property(**schema: Any) -> ComparisonContext:
    return widget({"properties": {**SCHEMA["properties"], "Place": schema}})


def test_a_block_of_which_nothing_may_be_sent_again_is_not_made() -> None:
    context = widget({"createOnlyProperties": ["/properties/Login/Token"]})
    login = {"Login": {"Token": "t"}}

    assert handled({"Size": 2, **login}, {"Size": 1}, {"Size": 1, **login}, context) == {"Size": 2}
    assert handled({"Size": 2, **login}, {"Size": 1, "Login": {}}, {"Size": 1, **login}, context) == {
        "Size": 2,
        "Login": {},
    }


def test_an_empty_value_that_the_program_declares_stays() -> None:
    for name, empty in (("Limited", []), ("Text", "")):
        live: dict[str, Any] = {"Size": 1, name: empty}
        assert handled({"Size": 2, name: empty}, live, live, widget()) == {"Size": 2, name: empty}


def test_the_members_of_a_declared_document_stay_though_some_are_empty() -> None:
    inside = {"type": "object", "properties": {"Names": {"type": "array", "minItems": 1, "items": {"type": "string"}}}}
    context = with_property(type="object", properties={"Deep": inside, "Label": {"type": "string"}})
    place = {"Place": {"Deep": {"Names": []}, "Label": "x"}}

    assert handled({"Size": 2, **place}, {"Size": 1, **place}, {"Size": 1, **place}, context) == {"Size": 2, **place}


@pytest.mark.parametrize(
    ("schema", "value", "stays"),
    [
        ({"type": "array", "items": {"type": "string"}, "minItems": 1}, [], False),
        ({"type": "array", "items": {"type": "string"}, "minItems": 0}, [], True),
        ({"type": "array", "items": {"type": "string"}}, [], True),
        ({"type": "object", "minProperties": 1}, {}, False),
        ({"type": "object", "minProperties": 0}, {}, True),
        ({"type": "object", "properties": {"A": {}}, "required": ["A"]}, {}, False),
        ({"type": "object", "properties": {"A": {}}, "required": []}, {}, True),
        ({"type": "string", "minLength": 1}, "", False),
        ({"type": "string", "minLength": 0}, "", True),
        ({"type": "string", "pattern": "^[a-z]+$"}, "", False),
        ({"type": "string", "pattern": "^[a-z]*$"}, "", True),
        ({"type": "string", "enum": ["A"]}, "", False),
        ({"type": "string", "enum": ["A", ""]}, "", True),
        ({"type": "boolean"}, False, True),
        ({"type": "string"}, None, False),
    ],
)
def test_an_undeclared_empty_value_leaves_only_if_the_schema_refuses_it(
    schema: dict[str, Any], value: object, *, stays: bool
) -> None:
    live = {"Size": 1, "Place": value}

    assert ("Place" in handled({"Size": 2}, live, {"Size": 1}, with_property(**schema))) is stays


def test_a_set_holds_a_value_as_often_as_the_program_declares_it() -> None:
    before = {"Bag": ["a", "b"]}

    assert handled({"Bag": ["b", "b"]}, before, before, widget())["Bag"] == ["b", "b"]
    assert handled({"Bag": ["b"]}, {"Bag": ["a", "b"]}, {"Bag": ["a"]}, widget())["Bag"] == ["b"]


def test_write_only_values_go_to_the_elements_that_were_ours_before() -> None:
    users = [{"Name": "a", "Pin": "1"}, {"Name": "b", "Pin": "2"}]
    live = {"Size": 1, "Users": [{"Name": "x"}, {"Name": "b"}, {"Name": "a"}]}

    result = handled({"Size": 2, "Users": users}, live, {"Size": 1, "Users": users}, widget())

    assert result["Users"] == [{"Name": "x"}, users[1], users[0]]


def test_two_elements_that_the_program_declares_alike_both_stay() -> None:
    one, two = {"Port": 1, "From": "a"}, {"Port": 2, "From": "a"}
    live = {"Rules": [one, two]}

    assert handled({"Rules": [two, two]}, live, live, widget()) == {"Rules": [two, two]}


def test_write_only_values_reach_an_element_of_an_adopted_list_that_differs() -> None:
    item = {"type": "object", "properties": {name: {"type": "string"} for name in ("Name", "Label", "Pin")}}
    context = widget(
        {
            "properties": {**SCHEMA["properties"], "Place": {"type": "array", "items": item}},
            "writeOnlyProperties": ["/properties/Place/*/Pin"],
        }
    )
    desired = {"Place": [{"Name": "a", "Label": "new", "Pin": "1"}]}

    assert handled(desired, {"Place": [{"Name": "a", "Label": "old"}]}, None, context) == desired
