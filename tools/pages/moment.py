"""A command on a terminal that it draws over, and one picture of it on its way."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

ROWS = 40
"""Of the terminal."""

_WIPED = re.compile(r"\r?\x1b\[2K(?:\x1b\[1A\x1b\[2K)*")
"""What comes between two pictures: the cursor goes up over the last one, line by line (ECMA-48: EL 2, CUU)."""


def half_way(command: Sequence[str], folder: Path, environ: Mapping[str, str], columns: int, share: float = 0.5) -> str:
    """One of the pictures that a command drew over each other, the middle one by default.

    Args:
        command: Program and arguments.
        folder: Where it runs.
        environ: Its whole environment.
        columns: Of the terminal.
        share: How many of all pictures come before it.

    Returns:
        The lines, with colour codes.

    Raises:
        CalledProcessError: The command failed.
    """
    *pictures, _ = _WIPED.split(_printed(command, folder, environ, columns))
    return pictures[int(len(pictures) * share)].replace("\r", "")


def _printed(command: Sequence[str], folder: Path, environ: Mapping[str, str], columns: int) -> str:
    ours, theirs = pty.openpty()
    try:
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
        settings = {**environ, "TERM": "xterm-256color"}
        running = subprocess.Popen(command, cwd=folder, env=settings, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        text = b"".join(_read(ours)).decode()
    finally:
        os.close(ours)
    if code := running.wait():
        raise subprocess.CalledProcessError(code, command, text)
    return text


def _read(terminal: int) -> Iterator[bytes]:
    """What comes until the other side is closed, which Linux tells with an error."""
    while True:
        try:
            part = os.read(terminal, 65_536)
        except OSError:
            return
        if not part:
            return
        yield part
