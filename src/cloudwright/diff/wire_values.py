"""Documents as the handlers of a type accept them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cloudwright.diff.json_strings import parsed
from cloudwright.diff.masking import revealed
from cloudwright.errors import PlanError
from cloudwright.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.diff.context import ComparisonContext
    from cloudwright.diff.model import Path

_ESCAPED = 24
"""Characters that one character takes at most: two `\\uXXXX`, whose backslashes a document in a string doubles."""

_AROUND = 8
"""Characters around a value at most: brackets or escaped quotes, colon, comma and blank."""

LARGEST_DOCUMENT = 262_144
"""Characters that Cloud Control accepts in `DesiredState` and in `PatchDocument` (CC100; service model 2021-09-30)."""


def wire_value(context: ComparisonContext, value: Any, path: Path) -> Any:
    """A part of the desired document as it is sent: secrets in plain text, no nulls, no read-only values."""
    return _encoded(context, revealed(value), path)


def _encoded(context: ComparisonContext, clear: Any, path: Path) -> Any:
    encoding = context.override.json_strings.at(path)
    if encoding:
        document = parsed(clear)
        return json.dumps(document) if encoding == "string" and isinstance(document, (dict, list)) else document
    if isinstance(clear, dict):
        inside = {key: (*path, key) for key in clear}
        return {key: _encoded(context, clear[key], at) for key, at in inside.items() if not context.is_given(at)}
    if isinstance(clear, list):
        return [_encoded(context, item, (*path, str(at))) for at, item in enumerate(clear)]
    return clear


def largest_size(value: Any) -> int:
    """An upper bound of the characters that a part of a desired document takes, far cheaper than its text."""
    clear = revealed(value) if isinstance(value, Secret) else value
    if isinstance(clear, str):
        return _ESCAPED * len(clear) + _AROUND
    if isinstance(clear, dict):
        return _AROUND + sum(_ESCAPED * len(key) + _AROUND + largest_size(inside) for key, inside in clear.items())
    if isinstance(clear, (list, tuple)):
        return _AROUND + sum(map(largest_size, clear))
    return len(repr(clear)) + _AROUND


def desired_state(context: ComparisonContext, desired: Mapping[str, Any]) -> str:
    """The text of a create's `DesiredState`.

    Args:
        context: The type and its comparison rules.
        desired: The desired document, without placeholders.

    Raises:
        PlanError: It is larger than Cloud Control accepts.
    """
    return sized(json.dumps(wire_value(context, desired, ()), separators=(",", ":")), "desired state")


def sized(text: str, what: str) -> str:
    """The text itself, if it is within Cloud Control's limit.

    Raises:
        PlanError: It is too large.
    """
    if len(text) > LARGEST_DOCUMENT:
        raise PlanError(
            f"the {what} has {len(text):,} characters; Cloud Control accepts at most {LARGEST_DOCUMENT:,}",
            hint="move large texts out of the properties, for example to S3, and refer to them",
        )
    return text
