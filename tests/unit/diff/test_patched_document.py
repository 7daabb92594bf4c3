"""A document with a patch applied, with an independent library as the judge."""

from __future__ import annotations

import copy
from typing import Any

import jsonpatch
import pytest

from cloudwright.diff.patch import PatchOp, to_json
from cloudwright.diff.patched_document import patched

LIVE: dict[str, Any] = {
    "Size": 1,
    "List": ["a", "b", "c"],
    "Rules": [{"Port": 1}, {"Port": 2, "Tags": ["x"]}],
    "Disk": {"Size": 1},
}


@pytest.mark.parametrize(
    "patch",
    [
        [PatchOp("replace", ("Size",), 2)],
        [PatchOp("add", ("Text",), "new")],
        [PatchOp("remove", ("Disk",))],
        [PatchOp("remove", ("Disk", "Size"))],
        [PatchOp("remove", ("List", "1"))],
        [PatchOp("add", ("List", "1"), "new")],
        [PatchOp("add", ("List", "-"), "last")],
        [PatchOp("replace", ("List", "1"), "other")],
        [PatchOp("replace", ("Rules", "1", "Port"), 3), PatchOp("remove", ("Rules", "0"))],
        [PatchOp("add", ("Rules", "1", "Tags", "0"), {"deep": [1]})],
    ],
    ids=lambda patch: " ".join(f"{one.op}-{'.'.join(one.path)}" for one in patch),
)
def test_a_patch_does_what_an_independent_library_makes_of_it(patch: list[PatchOp]) -> None:
    before = copy.deepcopy(LIVE)

    assert patched(LIVE, patch) == jsonpatch.apply_patch(LIVE, to_json(patch))
    assert before == LIVE


def test_operations_that_only_test_change_nothing() -> None:
    assert patched(LIVE, [PatchOp("test", ("Size",), 1), PatchOp("test", (), {})]) == LIVE


def test_an_operation_on_the_whole_document_is_left_out() -> None:
    assert patched(LIVE, [PatchOp("replace", (), {})]) == LIVE


def test_the_result_does_not_share_values_with_the_patch() -> None:
    value = {"a": [1]}
    made = patched({}, [PatchOp("add", ("Policy",), value)])
    made["Policy"]["a"].append(2)

    assert value == {"a": [1]}
