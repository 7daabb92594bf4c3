"""Conditions: what `if` holds, and the inputs of `Assert` (User Guide: toe-conditional-constructs)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.imagedocs.fields import one_of, unknown_members, wrong_kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.imagedocs.mistake import Mistake
    from cloudwright.imagedocs.yaml_node import YamlNode

_ONE_VALUE = frozenset(
    {"binaryExists", "fileExists", "folderExists", "numberIsEmpty", "stringIsEmpty", "stringIsWhitespace"}
)
_ORDER = ("Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
_COMPARISONS = frozenset(
    {
        *(f"{kind}{order}" for kind in ("string", "number") for order in _ORDER),
        *(f"file{digest}Equals" for digest in ("MD5", "SHA1", "SHA256", "SHA512")),
        "patternMatches",
    }
)
_LOGIC = frozenset({"and", "or", "not"})
_BRANCHES = frozenset({"then", "else"})
_KNOWN = _ONE_VALUE | _COMPARISONS | _LOGIC | {"value", "package", "path"} | _BRANCHES
_DEEPEST = 4


def check_condition(piece: YamlNode, what: str) -> Iterator[Mistake]:
    """Judge a condition.

    Args:
        piece: What `if` holds, or the inputs of an `Assert`.
        what: What it is called in a message.
    """
    yield from _level(piece, what, 1)
    for name in _BRANCHES:
        yield from one_of(piece.get(name), ("Abort", "Execute", "Skip"), f"{name} of {what}")


def _level(piece: YamlNode, what: str, depth: int) -> Iterator[Mistake]:
    yield from wrong_kind(piece, "map", what)
    if piece.kind != "map":
        return
    yield from unknown_members(piece, _KNOWN, what)
    operators = [name for name in piece.members if name in _ONE_VALUE | _COMPARISONS | _LOGIC]
    if len(operators) > 1:
        yield piece.mistake(f"{what} has {len(operators)} operators; it takes one", "Join them with 'and' or 'or'.")
    for name in operators:
        yield from _operator(piece, name, what, depth)


def _operator(piece: YamlNode, name: str, what: str, depth: int) -> Iterator[Mistake]:
    inner = piece.members[name]
    if name in _COMPARISONS and piece.get("value") is None and piece.get("path") is None:
        yield piece.mistake(f"{name} compares with nothing", "Add value, the second side.", certain=False)
    if name not in _LOGIC:
        return
    if depth >= _DEEPEST:
        yield inner.mistake(f"{what} nests deeper than {_DEEPEST} levels", "Split it into several steps.")
        return
    if name != "not":
        yield from wrong_kind(inner, "list", f"{name} of {what}")
    for item in inner.items or ((inner,) if inner.kind == "map" else ()):
        yield from _level(item, what, depth + 1)
