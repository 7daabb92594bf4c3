"""How documents are masked, and how single values in them are found."""

from __future__ import annotations

from typing import Any

import pytest

from catalog_kit import CATALOG
from cloudwright.plan.masking import digest, mask, mask_like, put, secret_paths
from diff_kit import fingerprint

DATABASE = CATALOG.get("AWS::RDS::DBInstance")
SECRET = {"$secret": "x"}


def test_hidden_values_are_masked_and_those_already_masked_are_left() -> None:
    masked = mask(DATABASE, {"MasterUserPassword": "p", "Engine": "mysql"}, fingerprint)
    assert masked == {"MasterUserPassword": {"$secret": fingerprint("p")}, "Engine": "mysql"}

    declared = {"MasterUserPassword": SECRET, "Engine": SECRET}
    live = mask_like(DATABASE, {"MasterUserPassword": "p", "Engine": "mysql"}, declared, fingerprint)
    assert live == {"MasterUserPassword": masked["MasterUserPassword"], "Engine": {"$secret": fingerprint("mysql")}}


def test_secrets_are_found_in_maps_and_lists() -> None:
    assert list(secret_paths({"A": {"B": [1, SECRET]}, "C": SECRET, "D": "x"})) == [("A", "B", "1"), ("C",)]


@pytest.mark.parametrize(
    ("document", "path", "after"),
    [
        ({"A": [1, 2]}, ("A", "1"), {"A": [1, "new"]}),
        ({"A": [1, 2]}, ("A", "2"), {"A": [1, 2]}),
        ({"A": [1, 2]}, ("A", "-"), {"A": [1, 2]}),
        ({"A": [{"B": 1}]}, ("A", "0", "B"), {"A": [{"B": "new"}]}),
        ({"A": [{"B": 1}]}, ("A", "1", "B"), {"A": [{"B": 1}]}),
        ({"A": [1, 2]}, ("A", "0"), {"A": ["new", 2]}),
        ({"A": 1}, ("B",), {"A": 1}),
        ({"A": 1}, (), {"A": 1}),
        ([1], (), [1]),
    ],
)
def test_only_a_value_that_is_there_is_changed(document: Any, path: tuple[str, ...], after: Any) -> None:
    put(document, path, lambda _: "new")

    assert document == after


def test_a_digest_has_24_characters_and_no_order_of_keys() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) == "43258cff783fe7036d8a4303"
    assert digest({"a": 1, "b": 3}) != digest({"a": 1, "b": 2})
