"""Documents without what pointers name."""

from __future__ import annotations

from typing import Any

import pytest

from cloudwright.local.model.paths import without


@pytest.mark.parametrize(
    ("document", "left"),
    [
        ({"M": {"k": {"Secret": 1}}, "N": 1}, {"N": 1}),
        ({"M": {"7": {"Secret": 1}}, "N": 1}, {"N": 1}),
        ({"M": [{"Secret": 1}, {"Secret": 2, "N": 1}]}, {"M": [{}, {"N": 1}]}),
    ],
    ids=["a map", "a map with a numeric key", "a list, whose items stay where they are"],
)
def test_objects_that_are_emptied_go_too(document: dict[str, Any], left: dict[str, Any]) -> None:
    assert left == without(document, [("M", "*", "Secret")])
