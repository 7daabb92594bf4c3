"""Keys and Python names for resources that have none."""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING, Any

from cloudwright.diff.tags import read_tags
from cloudwright.schema.pointer import get

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudwright.generate.live import LiveResource

_LONGEST = 48
_UUID = re.compile(r"([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
_WORD = re.compile(r"[A-Za-z0-9]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def names_for(resources: Iterable[LiveResource], taken: Iterable[str]) -> list[tuple[str, str]]:
    """A unique key and a unique Python name for each resource.

    Args:
        resources: In the order of the program.
        taken: Python names that mean something else in the program.

    Returns:
        (key, variable) pairs.
    """
    keys: set[str] = set()
    variables = {*taken, *keyword.kwlist, *keyword.softkwlist}
    found = []
    for live in resources:
        short = live.kind.name.rpartition("::")[2]
        slug = "-".join(_WORD.findall(_called(live)))[:_LONGEST].strip("-") or short
        key = _unique((slug, f"{slug}-{short}"), keys)
        variable = _unique((_snake(slug), f"{_snake(slug)}_{_snake(short)}"), variables)
        keys.add(key)
        variables.add(variable)
        found.append((key, variable))
    return found


def _called(live: LiveResource) -> str:
    """The common name of a resource: its Name tag, its name, or the end of its identifier."""
    short = live.kind.name.rpartition("::")[2]
    path = live.kind.tagging.property
    tags: Any = (read_tags(live.kind, get(live.properties, path, None)) if path else None) or {}
    for name in (tags.get("Name"), *(live.properties.get(one) for one in (f"{short}Name", "Name"))):
        if isinstance(name, str) and _WORD.search(name):
            return name
    last = live.identifier.rpartition("|")[2]
    if found := _UUID.match(last):
        return f"{short}-{found[1]}"
    tail = re.split(r"[/:]", last.strip("/"))[-1] if last.startswith(("arn:", "http")) else last
    return tail if len(tail) < _LONGEST else tail[:12]


def _snake(text: str) -> str:
    words = "_".join(_WORD.findall(_HUMP.sub("_", text))).lower()
    return words if words and not words[0].isdigit() else f"r_{words}"


def _unique(candidates: tuple[str, ...], taken: set[str]) -> str:
    for candidate in candidates:
        if candidate not in taken:
            return candidate
    separator = "_" if "_" in candidates[-1] or candidates[-1].islower() else "-"
    number = 2
    while f"{candidates[-1]}{separator}{number}" in taken:
        number += 1
    return f"{candidates[-1]}{separator}{number}"
