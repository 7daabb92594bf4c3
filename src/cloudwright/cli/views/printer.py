"""Lines to a stream."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterable
    from typing import TextIO


SOON = 0.1
"""Seconds after which a line of progress reaches its reader: thousands of them would each take a call of the system."""


@dataclass(slots=True)
class Printer:
    """Writes lines to a stream that may not support all characters, or may be closed.

    Attributes:
        stream: Where to.
        gone: Whether the reader has left; a run in progress continues without it.
    """

    stream: TextIO
    gone: bool = False
    _flushing: asyncio.TimerHandle | None = None

    def __call__(self, line: str) -> None:
        """Write one line."""
        self._guarded(lambda: self._write(line), self.stream.flush)

    def soon(self, line: str) -> None:
        """Write one line of many while an event loop runs: they reach the reader together, a moment later."""
        import asyncio

        self._guarded(lambda: self._write(line))
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().call_later(SOON, self._flush)

    def _flush(self) -> None:
        self._flushing = None
        self._guarded(self.stream.flush)

    def _write(self, line: str) -> None:
        encoding = self.stream.encoding or "utf-8"
        self.stream.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")

    def _guarded(self, *writes: Callable[[], object]) -> None:
        """Write, unless the reader has left."""
        if self.gone:
            return
        try:
            for write in writes:
                write()
        except BrokenPipeError:
            self.gone = True
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.stream.fileno())

    def lines(self, lines: Iterable[str]) -> None:
        """Write several lines at once."""
        text = "\n".join(lines)
        if text:
            self(text)
