"""What a new build changes for users, for the pull request that brings it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Types = Mapping[str, Mapping[str, Any]]

_WATCHED = {"primaryIdentifier": "identifier", "createOnlyProperties": "create-only"}


def compare(before: Types, after: Types) -> str:
    """A readable list of what was added, what was removed and what now replaces resources.

    Args:
        before: The types of the shipped pack; empty on the first build.
        after: The types of the new one.
    """
    lines = [
        *_section("Types added", sorted(set(after) - set(before))),
        *_section("Types removed (breaking)", sorted(set(before) - set(after))),
        *_section("Identifiers and create-only properties changed (breaking)", _changes(before, after)),
        *_section("Handlers changed", _handlers(before, after)),
    ]
    return "\n".join(lines) or "Nothing that users would notice."


def _section(title: str, lines: list[str]) -> list[str]:
    return [f"{title}: {len(lines)}", *(f"  {line}" for line in lines), ""] if lines else []


def _changes(before: Types, after: Types) -> list[str]:
    return [line for name in sorted(set(before) & set(after)) for line in _changed(name, before[name], after[name])]


def _changed(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for keyword, label in _WATCHED.items():
        old, new = before.get(keyword, []), after.get(keyword, [])
        if old != new and (keyword == "primaryIdentifier" or set(old) != set(new)):
            added = [f"+{pointer}" for pointer in new if pointer not in old]
            removed = [f"-{pointer}" for pointer in old if pointer not in new]
            yield f"{name} {label}: {' '.join(added + removed) or 'reordered'}"


def _handlers(before: Types, after: Types) -> list[str]:
    both = sorted(set(before) & set(after))
    pairs = ((name, set(before[name].get("handlers", {})), set(after[name].get("handlers", {}))) for name in both)
    return [
        f"{name}: {' '.join([f'+{added}' for added in sorted(new - old)] + [f'-{gone}' for gone in sorted(old - new)])}"
        for name, old, new in pairs
        if old != new
    ]
