"""The live document with differences applied, and what others added left in its place."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonpatch
import pytest

from cloudwright.diff.compare import compare_both
from cloudwright.diff.patch import PatchOp, build_patch, to_json
from cloudwright.diff.target_document import AddedElement
from diff_samples import SCHEMA, STRINGS, known, widget

if TYPE_CHECKING:
    from cloudwright.diff.context import ComparisonContext
    from cloudwright.diff.model import Path


def operations(
    context: ComparisonContext,
    desired: dict[str, Any],
    live: dict[str, Any],
    before: dict[str, Any],
    touch: tuple[Path, ...] = (),
) -> list[dict[str, Any]]:
    found, foreign = compare_both(context, desired, live, before)
    patch = build_patch(
        context, desired=desired, live=live, differences=found, touch=touch, foreign=foreign, before=before
    )
    sent: list[dict[str, Any]] = json.loads(to_json(patch))
    return sent


def handled(desired: dict[str, Any], live: dict[str, Any], before: dict[str, Any]) -> Any:
    return jsonpatch.apply_patch(live, operations(widget(), desired, live, before))


def allow(*names: str) -> dict[str, Any]:
    return {"Statement": [{"Sid": name, "Effect": "Allow", "Action": f"{name}:*"} for name in names]}


@pytest.mark.parametrize("spelled", [lambda policy: policy, json.dumps], ids=["document", "text"])
def test_a_policy_is_written_with_the_statements_that_others_added_in_the_spelling_of_the_program(spelled: Any) -> None:
    live = {"Policy": allow("ours", "theirs")}
    desired, before = {"Policy": spelled(allow("new"))}, {"Policy": spelled(allow("ours"))}

    assert handled(desired, live, before) == {"Policy": spelled(allow("new", "theirs"))}


def test_a_document_that_is_no_policy_any_more_takes_no_statements_along() -> None:
    live = {"Policy": allow("ours", "theirs")}

    assert handled({"Policy": "text"}, live, {"Policy": allow("ours")}) == {"Policy": "text"}


def test_the_elements_of_an_inner_list_are_brought_into_order() -> None:
    context = widget({"properties": {**SCHEMA["properties"], "Matrix": {"type": "array", "items": STRINGS}}})
    live, desired = {"Matrix": [["a", "b"], ["c"]]}, {"Matrix": [["b", "a"], ["c"]]}

    assert jsonpatch.apply_patch(live, operations(context, desired, live, live)) == desired


def test_a_list_is_brought_into_order_before_its_elements_change() -> None:
    def zones(*pairs: tuple[str, str]) -> dict[str, Any]:
        return {"Zones": [{"Zone": zone, "Weight": weight} for zone, weight in pairs]}

    live = zones(("a", "1"), ("b", "2"), ("c", "3"))
    desired = {"Size": 2, **zones(("b", "2"), ("a", "1"), ("n", "4"), ("c", "3"))}

    assert handled(desired, live, live) == desired


def test_an_element_of_a_keyed_set_is_guarded_by_its_key() -> None:
    context = widget(override=known(list_keys={("Users",): "Name"}))
    live = {"Users": [{"Pin": "1", "Name": "a"}, {"Pin": "2", "Name": "b"}]}

    sent = operations(context, {"Users": [{"Name": "b"}]}, live, {"Users": [{"Name": "a"}, {"Name": "b"}]})

    assert {"op": "test", "path": "/Users/0/Name", "value": "a"} in sent
    assert sent[-1] == {"op": "remove", "path": "/Users/0"}


def test_members_of_a_map_whose_names_are_numbers_leave_together_with_others() -> None:
    live = {"Labels": {"0": "x", "a": "y", "10": "z", "stays": "s"}}

    sent = operations(widget(), {"Labels": {"stays": "s"}}, live, live)

    assert {one["path"] for one in sent} == {"/Labels/0", "/Labels/a", "/Labels/10"}


def test_what_is_touched_below_a_list_is_sent_again_as_the_whole_list() -> None:
    document = {"Zones": [{"Zone": "a", "Weight": "1"}], "Disk": {"Size": 1, "Label": "x"}, "Size": 1}

    def touched(*path: str) -> list[tuple[str, str]]:
        sent = operations(widget(), document, document, document, touch=(path,))
        return [(one["op"], one["path"]) for one in sent]

    assert touched("Size") == [("add", "/Size")]
    assert touched("Disk") == [("add", "/Disk/Size"), ("add", "/Disk/Label")]
    assert touched("Zones", "0", "Weight") == [("add", "/Zones")]
    assert touched("Zones") == [("add", "/Zones")]
    assert touched("Text") == []


def test_a_new_element_keeps_its_value_out_of_logs() -> None:
    assert "hunter2" not in repr(AddedElement(0, {"Password": "hunter2"}))
    assert "hunter2" not in repr(PatchOp("add", ("Password",), "hunter2"))
