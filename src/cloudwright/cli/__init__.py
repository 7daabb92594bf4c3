"""The command line, one module a command.

The group knows only names and places; a command's module is imported when it is asked for, and what a command
needs to work is imported inside its body. So `--help` stays instant.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Never

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.app.app import App

GARBAGE = (100_000, 10, 10)
"""Thresholds of Python's garbage collector, in objects and rounds. What a run imports, and what it makes of a thousand
resources, stays to its end; with the collector's own 700 it is scanned again and again, for a tenth of a deploy's time;
with 20,000 each start is scanned, too."""


def main(args: Sequence[str] | None = None, *, app: App | None = None, file: str | None = None) -> Never:
    """Run one command and exit with its code.

    Args:
        args: The command line without the program's name; without it `sys.argv[1:]`.
        app: The app to work on (`App.cli()`); without it the program file names it.
        file: The app's program file, for messages that say how to continue.

    Raises:
        SystemExit: Always, with the exit code.
        ProgramError: The program file calls this while another command line loads it.
    """
    gc.set_threshold(*GARBAGE)
    from cloudwright.app.loading import LOADING
    from cloudwright.cli.root import run

    if LOADING.get():
        from cloudwright.errors import ProgramError

        raise ProgramError(
            f"{LOADING.get()} calls app.cli() while it is being loaded",
            hint='put the call under: if __name__ == "__main__":',
        )

    code = run(args, app=app, file=file)
    # The interpreter's last collections would walk through everything that the run has made: half a second after a
    # deploy of a thousand resources, in which the user waits for the prompt.
    gc.freeze()
    gc.disable()
    raise SystemExit(code)
