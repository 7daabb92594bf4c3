"""A live display on a terminal, redrawn in place."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from dataclasses import field
from typing import TYPE_CHECKING, Any, cast

from cloudwright.lazy_dataclass import dataclass
from cloudwright.render.terminal.escaping import crop, visible

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

FRAME = 0.25
"""Seconds between two redraws."""

VIEWPORT = 25
"""The most rows of the display."""

_HIDE_CURSOR, _SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
_ERASE_LINE, _ERASE_BELOW = "\x1b[2K", "\x1b[J"
"""Control sequences of ECMA-48; the cursor's are of the VT220, which every terminal with colours knows."""


@dataclass(slots=True)
class Screen:
    """Draws four times a second; what is printed meanwhile stays above the display.

    Attributes:
        stream: The terminal.
        picture: Returns the coloured rows; takes the most rows and the loop's time in seconds.
    """

    stream: TextIO
    picture: Callable[[int, float], list[str]]
    _rows: list[str] = field(default_factory=list)
    _height: int = 0
    _ticker: asyncio.Task[None] | None = None
    _prints: dict[str, _PrintsAbove] = field(default_factory=dict)
    # Providers print in threads.
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Start drawing; must be called inside the event loop."""
        self._write(_HIDE_CURSOR)
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            if stream is not None and stream.isatty():
                self._prints[name] = _PrintsAbove(self._print, stream)
                setattr(sys, name, cast("TextIO", self._prints[name]))
        self._ticker = asyncio.get_running_loop().create_task(self._tick())

    def print_above(self, text: str) -> None:
        """Write a line above the display, where it stays."""
        if self._ticker:
            self._print(f"{visible(text)}\n")

    def stop(self) -> None:
        """Clear the display."""
        if self._ticker is None:
            return
        self._ticker.cancel()
        self._ticker, self._rows = None, []
        rest = ""
        for name, prints in self._prints.items():
            rest += prints.rest
            if getattr(sys, name) is prints:
                setattr(sys, name, prints.stream)
        self._prints.clear()
        self._print(rest)
        self._write(_SHOW_CURSOR)

    async def _tick(self) -> None:
        while True:
            columns, lines = _size(self.stream)
            drawn = self.picture(min(VIEWPORT, lines - 1), asyncio.get_running_loop().time())
            self._rows = [crop(row, columns) for row in drawn]
            self._draw("")
            await asyncio.sleep(FRAME)

    def _print(self, text: str) -> None:
        """Write lines above the display, and redraw it."""
        self._draw(f"{_ERASE_BELOW}{text}")

    def _draw(self, above: str) -> None:
        with self._turn:
            rows = self._rows
            up = f"\x1b[{self._height}A" if self._height else ""
            self._height = len(rows)
            picture = "".join(f"{_ERASE_LINE}{row}\n" for row in rows)
            self._write(f"\r{up}{above}{picture}{_ERASE_BELOW}")

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()


class _PrintsAbove:
    """Stands for `sys.stdout` or `sys.stderr`, and hands on what is printed line by line."""

    def __init__(self, lines: Callable[[str], None], stream: TextIO) -> None:
        """Stand for a stream.

        Args:
            lines: Takes whole lines.
            stream: The stream, which answers everything but `write`.
        """
        self._lines = lines
        self.stream = stream
        self.rest = ""

    def write(self, text: str) -> int:
        """Take a text; what follows its last line break waits for the rest of its line."""
        whole, found, self.rest = f"{self.rest}{text}".rpartition("\n")
        if found:
            self._lines(f"{whole}\n")
        return len(text)

    def writelines(self, texts: list[str]) -> None:
        """Take several texts."""
        self.write("".join(texts))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def _size(stream: TextIO) -> tuple[int, int]:
    """Columns and lines of a terminal."""
    try:
        columns, lines = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):  # no terminal of the system's: that of a test, or of an editor
        columns, lines = 0, 0
    return columns or 80, lines or 24
