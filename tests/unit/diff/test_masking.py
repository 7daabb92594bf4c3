"""Secrets inside documents: masked wherever they stand, in clear only for the wire."""

from __future__ import annotations

from typing import Any

import pytest

from cloudwright.diff.masking import holds_secret, leaf_markers, marker, revealed, scrubbed, with_markers
from cloudwright.secret import SECRET_MARKER, secret
from diff_kit import fingerprint

LATER = object()


def masked(value: object) -> dict[str, Any]:
    return {SECRET_MARKER: fingerprint(value)}


def test_a_revealed_document_has_secrets_in_clear_and_no_nulls() -> None:
    document = {"a": secret({"b": None, "c": secret("x")}), "d": (None, secret("y")), "e": None, "f": 1}

    assert revealed(document) == {"a": {"c": "x"}, "d": ["y"], "f": 1}


def test_a_scrubbed_document_has_no_nulls_and_keeps_its_secrets() -> None:
    hidden = secret("x")

    assert scrubbed({"a": hidden, "b": None, "c": [None, {"d": None, "e": LATER}], "f": (None, 1)}) == {
        "a": hidden,
        "c": [{"e": LATER}],
        "f": [1],
    }


def test_a_marker_is_its_own_marker() -> None:
    assert marker("x", fingerprint) == marker(secret("x"), fingerprint) == masked("x")
    assert marker(masked("x"), fingerprint) == masked("x")


def test_each_leaf_gets_a_marker_of_its_own_and_unknown_ones_stay() -> None:
    document = {"a": "x", "b": [1, None, LATER, {}], "c": [], "d": masked("y"), "e": None, "f": secret("z"), "g": (2,)}

    assert leaf_markers(document, fingerprint, lambda value: value is LATER) == {
        "a": masked("x"),
        "b": [masked(1), LATER, masked({})],
        "c": masked([]),
        "d": masked("y"),
        "f": masked("z"),
        "g": [masked(2)],
    }


def test_only_secrets_get_markers_where_the_rest_is_shown() -> None:
    assert with_markers({"a": secret("x"), "b": ["y", (secret("z"),)]}, fingerprint) == {
        "a": masked("x"),
        "b": ["y", [masked("z")]],
    }


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        (secret("x"), True),
        (masked("x"), True),
        ({"a": [masked("x")]}, True),
        (({"a": secret("x")},), True),
        ({"a": ["x"]}, False),
        ("x", False),
        (None, False),
    ],
)
def test_a_secret_is_found_wherever_it_stands(value: object, *, holds: bool) -> None:
    assert holds_secret(value) is holds
