"""Values of plans and outputs as one line of text; placeholders for secrets and unknown values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cloudwright.program.document import UNKNOWN_MARKER, is_unknown_marker
from cloudwright.render.terminal.escaping import cells, clip, visible
from cloudwright.secret import MASK, SECRET_MARKER, Secret, is_secret_marker

KNOWN_LATER = "known after deploy"

_quoted = json.JSONEncoder(ensure_ascii=False).encode
"""A text as JSON; `json.dumps` would make an encoder for each."""


def is_secret(value: object) -> bool:
    """Whether a value is a secret or the marker of one."""
    return isinstance(value, Secret) or is_secret_marker(value)


def text_of(value: object) -> str:
    """A value as JSON on one line, with placeholders for what can't or must not be shown.

    Args:
        value: JSON with markers, or with `Secret` objects inside.
    """
    if isinstance(value, str):
        return _string(value)
    if is_secret(value):
        return MASK
    if isinstance(value, Mapping):
        if is_unknown_marker(value):
            return f"({KNOWN_LATER}: {visible(str(value[UNKNOWN_MARKER]))})"
        return "{" + ", ".join(f"{_string(str(name))}: {text_of(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(text_of(inner) for inner in value) + "]"
    return visible(json.dumps(value, default=str))


def _string(text: str) -> str:
    return visible(_quoted(text))


def fold(text: str, space: int) -> str:
    """Shorten a long text, and say how long it is.

    Args:
        text: One printable line.
        space: Columns to spend.
    """
    if cells(text) <= space:
        return text
    size = f" ({len(text):,} characters)"
    return clip(text, space - len(size)) + size


def masked(value: Any) -> Any:
    """The same JSON without fingerprints and secrets, for machines to read.

    With the key, a fingerprint reveals whether two secrets are equal, so it stays in the state.
    """
    if is_secret(value):
        return {SECRET_MARKER: MASK}
    if isinstance(value, Mapping):
        return {str(name): masked(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [masked(inner) for inner in value]
    return value
