"""Paths and lines of the user's files, relative to the working directory."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cloudwright.program.source import short_path
from cloudwright.render.terminal.escaping import visible

if TYPE_CHECKING:
    from cloudwright.program.source import Source


def short_paths(text: str) -> str:
    """A text in which every path below the working directory is relative to it.

    Args:
        text: Such as an error's message.
    """
    return text.replace(os.path.join(os.getcwd(), ""), "")  # noqa: PTH109, PTH118 - a text, with its separator


def place_of(source: Source) -> str:
    """Such as `infra.py:12`; empty if the source is unknown."""
    return visible(f"{short_path(source.file)}:{source.line}") if source.file else ""
