"""JSON from other tools, parsed strictly: errors have a position, and duplicate keys are rejected."""

from __future__ import annotations

import json
from typing import Any

from cloudwright.convert.problem import NOWHERE, Position, SourceError


def parse_json(text: str, *, hint: str | None = None) -> Any:
    """Decode JSON.

    Raises:
        SourceError: It is not JSON, nested too deeply, or has a key twice.
    """
    try:
        return json.loads(text, object_pairs_hook=_distinct)
    except json.JSONDecodeError as error:
        raise SourceError(f"not JSON: {error.msg}", Position(error.lineno, error.colno), hint=hint) from error
    except RecursionError as error:
        raise SourceError("not JSON: values are nested too deeply", NOWHERE, hint=hint) from error


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise SourceError(f"the key {twice!r} occurs twice in one object", NOWHERE, hint="keep one of them")
    return found
