"""Lines to a stream."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO


@dataclass(slots=True)
class Printer:
    """Writes lines to a stream that may not support all characters, or may be closed.

    Attributes:
        stream: Where to.
        gone: Whether the reader has left; a run in progress continues without it.
    """

    stream: TextIO
    gone: bool = False

    def __call__(self, line: str) -> None:
        """Write one line."""
        if self.gone:
            return
        encoding = self.stream.encoding or "utf-8"
        try:
            self.stream.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
            self.stream.flush()
        except BrokenPipeError:
            self.gone = True
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.stream.fileno())

    def lines(self, lines: Iterable[str]) -> None:
        """Write several lines at once."""
        text = "\n".join(lines)
        if text:
            self(text)
