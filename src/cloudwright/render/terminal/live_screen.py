"""A live display on a terminal."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass
from cloudwright.render.terminal.escaping import visible

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from rich.live import Live

FRAME = 0.25
"""Seconds between two pictures: 25 rows cost rich about 7 ms, so this stays below 3% of one core."""

VIEWPORT = 25
"""The most rows of the display."""


@dataclass(slots=True)
class Screen:
    """Draws four times a second with rich.

    Attributes:
        stream: The terminal.
        picture: Returns the coloured rows; takes the most rows and the loop's time in seconds.
    """

    stream: TextIO
    picture: Callable[[int, float], list[str]]
    _live: Live | None = None
    _ticker: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start drawing; must be called inside the event loop."""
        from rich.console import Console
        from rich.live import Live

        console = Console(file=self.stream, force_terminal=True, markup=False, highlight=False, emoji=False)
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._live.start()
        self._ticker = asyncio.get_running_loop().create_task(self._tick())

    def print_above(self, text: str) -> None:
        """Write a line above the display, where it stays."""
        if self._live:
            from rich.text import Text

            self._live.console.print(Text(visible(text)))

    def stop(self) -> None:
        """Clear the display."""
        if self._ticker:
            self._ticker.cancel()
        if self._live:
            self._live.stop()
        self._ticker = self._live = None

    async def _tick(self) -> None:
        while self._live:
            self._draw(self._live)
            await asyncio.sleep(FRAME)

    def _draw(self, live: Live) -> None:
        from rich.text import Text

        height = min(VIEWPORT, live.console.size.height - 1)
        drawn = self.picture(height, asyncio.get_running_loop().time())
        rows = [Text.from_ansi(row, no_wrap=True, overflow="crop") for row in drawn]
        live.update(Text("\n").join(rows), refresh=True)
