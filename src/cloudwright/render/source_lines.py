"""Places in the user's files, as people would type them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cloudwright.render.terminal.escaping import visible

if TYPE_CHECKING:
    from cloudwright.plan.model import Source


def short_path(path: str) -> str:
    """A path relative to the working directory if it lies below it, else unchanged."""
    if not os.path.isabs(path):  # noqa: PTH117 - an empty text and `<string>` are possible, too
        return path
    near = os.path.relpath(path)
    return path if near.startswith("..") else near


def short_paths(text: str) -> str:
    """A text in which every path below the working directory is relative to it.

    Args:
        text: Such as an error's message.
    """
    return text.replace(os.path.join(os.getcwd(), ""), "")  # noqa: PTH109, PTH118 - a text, with its separator


def place_of(source: Source) -> str:
    """Such as `infra.py:12`; empty where the source is not known."""
    return visible(f"{short_path(source.file)}:{source.line}") if source.file else ""
