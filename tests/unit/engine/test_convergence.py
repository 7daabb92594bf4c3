"""What a read after an update says about the request, and what about others."""

from __future__ import annotations

from typing import Any

import pytest

from cloudwright.diff.patch_operations import PatchOp
from cloudwright.diff.patched_document import patched
from cloudwright.local.model.patch import apply_patch

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
