"""The capabilities of an output: colours, characters beyond ASCII, columns, a live display."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Protocol

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

PIPE_WIDTH = 120
"""Default columns without a terminal: logs are read in wide windows."""

NARROWEST = 40
"""Below this many columns, lines may wrap: cutting them further would hide their content."""

CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}
"""Style -> the number that switches it on (ECMA-48, SGR)."""
_PROBE = "±→…"


class Output(Protocol):
    """The part of a text stream's interface that is used to detect its capabilities."""

    @property
    def encoding(self) -> str | None:
        """Name of the encoding."""
        ...

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        ...


@dataclass(frozen=True, slots=True)
class TerminalStyle:
    """The capabilities of one output. The default is a log file's: plain ASCII.

    Attributes:
        color: Whether to send colour codes.
        unicode: Whether characters beyond ASCII can be shown.
        width: Columns.
        live: Whether lines may be overwritten.
    """

    color: bool = False
    unicode: bool = False
    width: int = PIPE_WIDTH
    live: bool = False

    def paint(self, text: str, *styles: str) -> str:
        """Colour a text if colours can be shown.

        Args:
            text: Printable text.
            styles: Names such as `bold` and `red`.
        """
        if not self.color or not styles or not text:
            return text
        return f"\x1b[{';'.join(CODES[style] for style in styles)}m{text}\x1b[0m"

    def glyph(self, fine: str, plain: str) -> str:
        """The first text if the output can show it, else the ASCII one."""
        return fine if self.unicode else plain


def style_of(output: Output, environ: Mapping[str, str], *, color: bool | None = None) -> TerminalStyle:
    """Detect the capabilities of an output.

    Args:
        output: Standard output, as a rule.
        environ: The environment: NO_COLOR (https://no-color.org), FORCE_COLOR, TERM, COLUMNS and CI are read.
        color: The choice on the command line, which overrides the environment.
    """
    terminal = output.isatty()
    dumb = environ.get("TERM") == "dumb"
    return TerminalStyle(
        color=_color(environ, asked=color, able=terminal and not dumb),
        unicode=_can_encode(output.encoding),
        width=_width(environ, terminal=terminal),
        live=terminal and not dumb and not environ.get("CI"),
    )


def _color(environ: Mapping[str, str], *, asked: bool | None, able: bool) -> bool:
    if asked is not None:
        return asked
    if environ.get("NO_COLOR"):
        return False
    forced = environ.get("FORCE_COLOR")
    return forced != "0" if forced else able


def _can_encode(encoding: str | None) -> bool:
    try:
        _PROBE.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _width(environ: Mapping[str, str], *, terminal: bool) -> int:
    columns = environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return max(int(columns), NARROWEST)
    if not terminal:
        return PIPE_WIDTH
    return max(shutil.get_terminal_size((80, 24)).columns, NARROWEST)


def environment() -> Mapping[str, str]:
    """The process's environment; nothing else in the output layer reads it."""
    return os.environ
