"""The size of a desired document is known before it is written."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudwright.diff.wire_values import LARGEST_DOCUMENT, desired_state, largest_size, wire_value
from cloudwright.errors import PlanError
from cloudwright.secret import Secret
from diff_kit import context_of
from diff_samples import known, widget

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text())
DOCUMENTS = st.recursive(
    SCALARS | st.text().map(Secret),
    lambda inside: st.one_of(
        st.lists(inside, max_size=4), st.dictionaries(st.text(), inside, max_size=4), st.tuples(inside)
    ),
    max_leaves=12,
)

RULE = context_of("AWS::Events::Rule")
"""Its `EventPattern` is a JSON document that may be sent inside a string."""

WIDE = '"\\\U0001f600\x00'
"""Characters that take the most room in JSON."""


@given(st.dictionaries(st.sampled_from(["EventPattern", "Description", "Targets"]), DOCUMENTS))
def test_no_document_is_larger_than_its_bound(desired: dict[str, Any]) -> None:
    assert len(desired_state(RULE, desired)) <= largest_size(desired)


@pytest.mark.parametrize("text", [WIDE * 500, "a" * 20_000])
def test_texts_inside_of_documents_inside_of_texts_are_within_the_bound(text: str) -> None:
    desired = {"EventPattern": {text: [text]}}

    assert len(desired_state(RULE, desired)) <= largest_size(desired)


def test_the_longest_document_is_sent_and_one_more_character_is_refused() -> None:
    around = len('{"Description":""}')
    fits = "a" * (LARGEST_DOCUMENT - around)

    assert len(desired_state(RULE, {"Description": fits})) == LARGEST_DOCUMENT
    with pytest.raises(PlanError, match="262,145 characters; Cloud Control accepts at most 262,144"):
        desired_state(RULE, {"Description": fits + "a"})


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("ab", 24 * 2 + 8),
        (Secret("ab"), 24 * 2 + 8),
        (12345, 5 + 8),
        (None, 4 + 8),
        ([], 8),
        (["ab", 1], 8 + (24 * 2 + 8) + (1 + 8)),
        (("ab",), 8 + 24 * 2 + 8),
        ({"abc": "d"}, 8 + (24 * 3 + 8) + (24 + 8)),
    ],
)
def test_the_bound_counts_each_character_at_its_longest(value: Any, size: int) -> None:
    assert largest_size(value) == size


@pytest.mark.parametrize(
    ("pattern", "sent"),
    [
        ({"a": [1]}, '{"a": [1]}'),
        ('{"a":[1]}', '{"a": [1]}'),
        ("plain text", "plain text"),
        (Secret({"a": [1]}), '{"a": [1]}'),
    ],
)
def test_a_document_is_sent_inside_a_text_where_the_service_takes_a_text(pattern: object, sent: str) -> None:
    context = widget(override=known(json_strings={("Policy",): "string"}))

    assert wire_value(context, {"Policy": pattern}, ()) == {"Policy": sent}


@pytest.mark.parametrize(("text", "sent"), [('{"a":[1]}', {"a": [1]}), ("plain text", "plain text")])
def test_a_text_is_sent_as_the_document_inside_where_the_service_takes_a_document(text: str, sent: object) -> None:
    context = widget(override=known(json_strings={("Policy",): "object"}))

    assert wire_value(context, {"Policy": text}, ()) == {"Policy": sent}


def test_what_only_the_service_sets_is_not_sent() -> None:
    desired = {"Id": "x", "Ports": [{"PortId": "x", "Number": 1, "Note": None}], "Size": 1}

    assert wire_value(widget(), desired, ()) == {"Ports": [{"Number": 1}], "Size": 1}
