"""The members that a map may and must have."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from cloudwright.imagedocs.mistake import Mistake
    from cloudwright.imagedocs.yaml_node import YamlNode

EXPRESSION = "{{"
"""Begins what is filled in while the document runs, so that the value itself is not known."""


def unknown_members(piece: YamlNode, known: Collection[str], what: str) -> Iterator[Mistake]:
    """Members that the documentation does not list.

    Args:
        piece: A map.
        known: Their names.
        what: What the map is called, such as `a step`.
    """
    for name, member in piece.members.items():
        if name not in known:
            near = nearest(name, known)
            fix = f"Write {near}." if near else f"Known here: {', '.join(sorted(known))}."
            yield member.mistake(f"{what} has no member {name}", fix, certain=bool(near))


def missing_members(piece: YamlNode, required: Sequence[str], what: str) -> Iterator[Mistake]:
    """Members that are missing or empty.

    Args:
        piece: A map.
        required: Their names.
        what: What the map is called.
    """
    for name in required:
        member = piece.get(name)
        if member is None or member.kind == "null":
            yield (member or piece).mistake(f"{what} has no {name}", f"Add {name}.")


def wrong_kind(piece: YamlNode | None, kind: str, what: str) -> Iterator[Mistake]:
    """That a value is of another kind than it must be.

    Args:
        piece: The value; `None` and null pass.
        kind: `text`, `integer`, `boolean`, `list`, `map` or `any`.
        what: What the value is called.
    """
    if piece is None or piece.kind == "null" or fits(piece, kind):
        return
    article = "an" if kind[0] in "aeiou" else "a"
    found = f"{piece.kind} {piece.text!r}" if piece.scalar else piece.kind
    yield piece.mistake(f"{what} is a {found}, and must be {article} {kind}", f"Write {article} {kind}.")


def wrong_document(piece: YamlNode, members: Collection[str], required: Sequence[str]) -> Iterator[Mistake]:
    """That a document is no map, has wrong members, or another schema version.

    Args:
        piece: The whole document.
        members: The members that it may have.
        required: Those that it must have.
    """
    yield from wrong_kind(piece, "map", "the document")
    if piece.kind == "map":
        yield from unknown_members(piece, members, "the document")
        yield from missing_members(piece, required, "the document")
        yield from _version(piece)


def fits(piece: YamlNode, kind: str) -> bool:
    """Whether a value is of a kind, or will be once its expressions are filled in.

    Args:
        piece: The value.
        kind: `text`, `integer`, `boolean`, `list`, `map` or `any`.
    """
    if kind == "any" or (piece.kind == "text" and EXPRESSION in piece.text):
        return True
    return piece.scalar if kind == "text" else piece.kind == kind


def one_of(piece: YamlNode | None, allowed: Collection[str], what: str, *, certain: bool = True) -> Iterator[Mistake]:
    """That a text is none of the allowed ones.

    Args:
        piece: The value; `None`, null and what is filled in later pass.
        allowed: The texts.
        what: What the value is called.
        certain: Whether the service surely refuses others.
    """
    if piece is None or piece.kind == "null" or EXPRESSION in piece.text or (piece.scalar and piece.text in allowed):
        return
    near = nearest(piece.text, allowed)
    fix = f"Write {near}." if near else f"Write one of {', '.join(sorted(allowed))}."
    yield piece.mistake(f"{what} {piece.text!r} is not known", fix, certain=certain or bool(near))


def _version(piece: YamlNode) -> Iterator[Mistake]:
    """That a document is of another schema version than 1.0, the only one there is."""
    found = piece.get("schemaVersion")
    if found is not None and found.scalar and found.text not in {"1.0", "1"}:
        yield found.mistake(f"schemaVersion {found.text!r} does not exist", "Write 1.0.")


def nearest(name: str, known: Collection[str]) -> str:
    """The known word that was probably meant; empty if none is near."""
    folded = {word.lower(): word for word in known}
    near = difflib.get_close_matches(name.lower(), list(folded), n=1, cutoff=0.65)
    return folded[near[0]] if near else ""
