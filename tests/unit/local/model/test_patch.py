"""The service's own RFC 6902 applier."""

from __future__ import annotations

import copy
from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudwright.local.model.patch import PatchFailed, apply_patch, check_document, equal, parse_pointer


@pytest.mark.parametrize(
    ("document", "operation", "reason"),
    [
        ({}, {"op": "remove", "path": "/a"}, "path '/a' does not exist"),
        ({}, {"op": "replace", "path": "/a", "value": 1}, "path '/a' does not exist"),
        (
            {},
            {"op": "add", "path": "/a/b", "value": 1},
            "path '' does not exist|path '/a' does not exist|does not exist",
        ),
        ({"a": [1]}, {"op": "add", "path": "/a/2", "value": 1}, "index 2 in path '/a/2' is out of range"),
        ({"a": [1]}, {"op": "replace", "path": "/a/-", "value": 1}, "'-' in path '/a/-' is not an array index"),
        ({"a": [1]}, {"op": "remove", "path": "/a/01"}, "'01' in path '/a/01' is not an array index"),
        ({"a": "x"}, {"op": "add", "path": "/a/b", "value": 1}, "its parent is a string"),
        ({"a": 1}, {"op": "test", "path": "/a", "value": True}, "test failed at '/a'"),
        ({"a": 1}, {"op": "remove", "path": ""}, "the whole document can't be removed"),
        ({"a": 1}, {"op": "move", "from": "/b", "path": "/c"}, "path '/b' does not exist"),
    ],
)
def test_what_does_not_exist_cannot_be_patched(document: Any, operation: dict[str, Any], reason: str) -> None:
    with pytest.raises(PatchFailed, match=reason):
        apply_patch(document, check_document([operation]))


@pytest.mark.parametrize(
    ("patch", "reason"),
    [
        (None, "found null"),
        ({"op": "add"}, "found an object"),
        (["add"], "an operation is a JSON object, found a string"),
        ([{"op": "merge", "path": "/a"}], "unknown operation 'merge'"),
        ([{"op": "add", "value": 1}], "needs a path"),
        ([{"op": "add", "path": "/a"}], "needs a value"),
        ([{"op": "copy", "path": "/a"}], "needs from"),
        ([{"op": "move", "from": "/a", "path": "/a/b"}], "into its own child"),
        ([{"op": "remove", "path": "/a~2"}], "invalid escape"),
        ([{"op": "remove", "path": 5}], "path must be a string"),
    ],
)
def test_malformed_documents_are_refused_before_anything_is_applied(patch: Any, reason: str) -> None:
    with pytest.raises(PatchFailed, match=reason):
        check_document(patch)


def test_the_document_itself_is_left_alone() -> None:
    document = {"a": {"b": [1]}}

    apply_patch(document, [{"op": "add", "path": "/a/b/-", "value": 2}, {"op": "remove", "path": "/a"}])

    assert document == {"a": {"b": [1]}}


def test_values_are_copied_not_shared() -> None:
    patched = apply_patch({"a": {"n": 1}}, [{"op": "copy", "from": "/a", "path": "/b"}])

    patched["a"]["n"] = 2

    assert patched["b"] == {"n": 1}


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", ()), ("/a~1b/c~0d", ("a/b", "c~d")), ("/~01", ("~1",)), ("plain", ("plain",)), ("/", ("",))],
)
def test_pointers_are_unescaped(text: str, tokens: tuple[str, ...]) -> None:
    assert parse_pointer(text) == tokens


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        ({"a": [1]}, {"a": [1.0]}, True),
        ("1", 1, False),
        ([], {}, False),
    ],
)
def test_json_equality_tells_numbers_from_booleans(left: Any, right: Any, same: object) -> None:
    assert equal(left, right) is same


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab~/", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab~/", max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(_VALUES.filter(lambda value: isinstance(value, (dict, list))), _VALUES)
def test_patches_made_by_an_independent_tool_lead_to_the_document_wanted(before: Any, after: Any) -> None:
    wanted = {"root": after}
    patch = jsonpatch.make_patch({"root": copy.deepcopy(before)}, wanted).patch

    assert equal(apply_patch({"root": before}, check_document(patch)), wanted)
