"""The line of a declaration in the user's program."""

from __future__ import annotations

import os

from cloudwright.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """A line of the user's program."""

    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.file else ""


def short_path(path: str) -> str:
    """A path relative to the working directory if it lies below it, else unchanged."""
    if not os.path.isabs(path):  # noqa: PTH117 - an empty text and `<string>` are possible, too
        return path
    near = os.path.relpath(path)
    return path if near.startswith("..") else near
