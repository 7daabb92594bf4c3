"""JSON documents inside strings, compared as documents (CC33, CC44)."""

from __future__ import annotations

import json
from typing import Any

from cloudwright.diff.policy import canonical_policy, is_policy


def parsed(value: object) -> Any:
    """The document inside a string, or the value itself.

    Args:
        value: A JSON value. A string that holds no JSON object or array is returned as it is: a plain `"5"` is text.
    """
    if not isinstance(value, str) or value.lstrip()[:1] not in {"{", "["}:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def same_json(want: object, have: object) -> bool:
    """Whether two values hold the same document, whatever the whitespace, the order of keys or the encoding.

    IAM policies are compared by meaning, everything else as JSON.

    Args:
        want: A document or a string that holds one.
        have: The same.
    """
    want, have = parsed(want), parsed(have)
    if is_policy(want) and is_policy(have):
        return exactly_equal(canonical_policy(want), canonical_policy(have))
    return exactly_equal(want, have)


def exactly_equal(one: object, other: object) -> bool:
    """JSON equality: `1` equals `1.0`, but `true` does not equal `1` as it does in Python.

    Args:
        one: A JSON value.
        other: A JSON value.
    """
    if type(one) is str:
        return one == other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(exactly_equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(exactly_equal(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)
