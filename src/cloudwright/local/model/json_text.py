"""Parsing untrusted JSON: no constants outside JSON, no text that UTF-8 can't encode, limited depth."""

from __future__ import annotations

import json
import math
import re
from typing import Any

_DEEPEST = 120
"""Levels of nesting; the deepest registry schemas need fewer than thirty."""

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def parse_json(text: str | bytes) -> Any:
    """Decode JSON strictly.

    Args:
        text: The document; bytes are UTF-8.

    Raises:
        ValueError: It is not JSON, or contains a value that can't be sent back.
    """
    raw = text if isinstance(text, bytes) else text.encode()
    try:
        document = json.loads(raw, parse_constant=_constant, parse_float=_float)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if _SURROGATE.search(raw):
        json.dumps(document, ensure_ascii=False).encode()
    if raw.count(b"[") + raw.count(b"{") > _DEEPEST:
        _check_depth(document)
    return document


def _constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text} is out of range")
    return value


def _check_depth(document: Any) -> None:
    level = [document]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in _children(node)]
        if not level:
            return
    raise ValueError("nested too deeply")


def _children(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []
