"""Google-style docstrings as Markdown."""

from __future__ import annotations

import re
from textwrap import dedent
from typing import TYPE_CHECKING, NamedTuple

from pages.markdown import code, fenced, plain, table

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECTION = re.compile(r"^(Args|Returns|Raises|Attributes|Yields):$", re.MULTILINE)
_ITEM = re.compile(r"^([*\w.]+): ", re.MULTILINE)
_NAMES = {"Args": "argument", "Attributes": "attribute", "Raises": "raises"}


class Parts(NamedTuple):
    """A docstring: what stands before its sections, and each section's text by its name."""

    text: str
    sections: dict[str, str]


def parts(docstring: str) -> Parts:
    """Take a docstring apart.

    Args:
        docstring: As `inspect.getdoc` gives it.
    """
    text, *found = _SECTION.split(docstring)
    return Parts(
        text.strip(), {name: dedent(body.strip("\n")) for name, body in zip(found[::2], found[1::2], strict=True)}
    )


def items(section: str) -> dict[str, str]:
    """The entries of a section, such as arguments.

    Args:
        section: Lines `name: text`; what is indented belongs to the entry above.
    """
    _, *found = _ITEM.split(section)
    return {name: " ".join(text.split()) for name, text in zip(found[::2], found[1::2], strict=True)}


def prose(text: str) -> str:
    """A docstring's text as Markdown: what stands between backticks is code, the rest is shown as it is.

    Args:
        text: Paragraphs.
    """
    pieces = re.split(r"`+([^`]+)`+", text)
    return "".join(code(piece) if index % 2 else _words(piece) for index, piece in enumerate(pieces))


def rendered(docstring: str) -> Iterator[str]:
    """A docstring as lines of Markdown.

    Args:
        docstring: As `inspect.getdoc` gives it.
    """
    text, sections = parts(docstring)
    for paragraph in re.split(r"\n\n+(?=\S)", text):
        yield from _paragraph(paragraph)
    for name, body in sections.items():
        if name in _NAMES:
            rows = ([code(each), prose(printed)] for each, printed in items(body).items())
            yield from table([_NAMES[name], ""], rows)
        else:
            yield from (f"{name}: {prose(body)}", "")


def _paragraph(text: str) -> Iterator[str]:
    """A paragraph; `::` begins a block of code."""
    if text.startswith("::\n"):
        yield from fenced(dedent(text.removeprefix("::").strip("\n")), "python")
    elif text:
        yield from (prose(text), "")


def _words(text: str) -> str:
    pieces = re.split(r"(\s+)", text)
    return "".join(" " if piece.isspace() else plain(piece) for piece in pieces)
