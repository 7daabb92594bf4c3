"""Scalars that a schema node allows."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, Any

from cloudwright.local.generated.patterns import generate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

_LARGEST = 1_000
"""Range above the lower limit for numbers without an upper limit."""

_FORMATS = {
    "date-time": "2026-01-02T03:04:{:02d}Z",
    "date": "2026-01-{:02d}",
    "time": "03:04:{:02d}Z",
    "uri": "https://example.com/{}",
    "email": "someone{}@example.com",
    "ipv4": "10.0.0.{}",
    "ipv6": "2001:db8::{}",
    "json": '{{"key": {}}}',
}


def scalar(node: Mapping[str, Any], kind: str, path: tuple[str, ...], random: Random) -> Any:
    """A value that the node allows, as far as one can be generated.

    Args:
        node: A schema node without references and unions.
        kind: The JSON type wanted.
        path: Its path; names help if the schema says nothing.
        random: The source of choices.
    """
    if "const" in node:
        return node["const"]
    choices = node.get("enum") or node.get("enumCaseInsensitive")
    if choices:
        return random.choice(choices)
    if kind == "boolean":
        return random.random() < 0.5
    if kind in {"integer", "number"}:
        return _number(node, kind, random)
    return _text(node, path, random)


def _number(node: Mapping[str, Any], kind: str, random: Random) -> int | float:
    least = node.get("minimum", node.get("exclusiveMinimum", -1 if kind == "number" else 0) + 1)
    most = node.get("maximum", node.get("exclusiveMaximum", least + _LARGEST) - 1)
    step = node.get("multipleOf", 1)
    if most < least:
        return least + (most - least) / 2 if kind == "number" else int(least)
    if most - least < 1 and kind == "number":
        return round(random.uniform(least, most), 3)
    return int(
        -(-least // step) * step + step * random.randrange(int((min(most, least + _LARGEST) - least) // step) + 1)
    )


def _plainer(pattern: str) -> str:
    """The pattern in the syntax that Python's own parser reads; it may match slightly less."""
    inline = re.sub(r"\(\?[a-z]\)", "", pattern)
    properties = re.sub(r"\\[pP]\{\w+\}", "a-z" if "[^" not in inline else "~", inline)
    return properties.replace(r"\w-", r"\w\-")


def _text(node: Mapping[str, Any], path: tuple[str, ...], random: Random) -> str:
    # Hardly any service accepts an empty text, whatever its schema says.
    shortest = int(node.get("minLength", min(1, node.get("maxLength", 1))))
    longest = int(node.get("maxLength", shortest + 1024))
    pattern = node.get("pattern")
    if isinstance(pattern, str):
        for spelling in dict.fromkeys((pattern, _plainer(pattern))):
            made = generate(spelling, random, shortest=shortest, longest=longest)
            if made is not None:
                return made
    if pattern is None and path and path[-1].lower().endswith("version"):
        return f"{random.randrange(1, 9)}.{random.randrange(9)}.{random.randrange(9)}"[:longest]
    shape = _FORMATS.get(str(node.get("format")))
    if shape is not None:
        return shape.format(random.randrange(1, 28))
    word = "".join(random.choices(string.ascii_lowercase, k=max(shortest, min(longest, 6))))
    name = path[-1].lower() if path and path[-1].isalpha() else ""
    return f"{name}-{word}" if name and len(name) + 1 + len(word) <= longest else word
