"""Loops of a step (User Guide: toe-looping-constructs)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.imagedocs.fields import missing_members, unknown_members, wrong_kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.imagedocs.mistake import Mistake
    from cloudwright.imagedocs.yaml_node import YamlNode

_BOUNDS = ("start", "end", "updateBy")
_DELIMITERS = ".,;:\n\t -_"


def check_loop(loop: YamlNode) -> Iterator[Mistake]:
    """Judge a loop.

    Args:
        loop: What `loop` of a step holds.
    """
    yield from wrong_kind(loop, "map", "loop")
    if loop.kind != "map":
        return
    yield from unknown_members(loop, ("name", "for", "forEach"), "loop")
    kinds = [name for name in ("for", "forEach") if name in loop.members]
    if len(kinds) != 1:
        what = "both for and forEach" if kinds else "neither for nor forEach"
        yield loop.mistake(f"the loop has {what}; it takes one of the two", "Keep one." if kinds else "Add one.")
    if "for" in loop.members:
        yield from _for(loop.members["for"])
    if "forEach" in loop.members:
        yield from _for_each(loop.members["forEach"])


def _for(bounds: YamlNode) -> Iterator[Mistake]:
    yield from wrong_kind(bounds, "map", "for")
    if bounds.kind != "map":
        return
    yield from unknown_members(bounds, _BOUNDS, "for")
    yield from missing_members(bounds, _BOUNDS, "for")
    for name in _BOUNDS:
        found = bounds.get(name)
        if found is not None and found.kind not in {"integer", "null"}:
            yield found.mistake(f"{name} is {found.text!r}, and must be an integer", "Expressions are not filled in.")
    yield from _endless(bounds)


def _endless(bounds: YamlNode) -> Iterator[Mistake]:
    numbers = [found.number if (found := bounds.get(name)) is not None else None for name in _BOUNDS]
    start, end, step = numbers
    if start is None or end is None or step is None:
        return
    if step == 0 or (end - start) * step < 0:
        text = f"a loop from {start} to {end} by {step} never ends"
        yield bounds.members["updateBy"].mistake(text, f"Write {1 if end >= start else -1}.")


def _for_each(values: YamlNode) -> Iterator[Mistake]:
    if values.kind == "list":
        for item in values.items:
            yield from wrong_kind(item, "text", "a value of forEach")
        return
    yield from wrong_kind(values, "map", "forEach")
    if values.kind != "map":
        return
    yield from unknown_members(values, ("list", "delimiter"), "forEach")
    yield from missing_members(values, ("list",), "forEach")
    delimiter = values.get("delimiter")
    if delimiter is not None and (len(delimiter.text) != 1 or delimiter.text not in _DELIMITERS):
        text = f"the delimiter {delimiter.text!r} is not one of . , ; : newline tab blank - _"
        yield delimiter.mistake(text, "Write one of these characters; without it, it is a comma.")
