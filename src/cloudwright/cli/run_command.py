"""Running a command's coroutine and turning its end into an exit code."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

from cloudwright.cli.streams import CommandOutput, apart
from cloudwright.cli.views.port import View, view_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from cloudwright.cli.context import CommandOptions


def run_command(call: CommandOptions, command: str, body: Callable[[View], Awaitable[int]]) -> int:
    """Run a command and show any error that it raises without a traceback.

    Args:
        call: The common options.
        command: Its name, for the version line.
        body: Does the work and returns the exit code.

    Returns:
        The exit code.
    """
    with apart() if call.json else nullcontext(CommandOutput(sys.stdout)) as output:
        return output.code(_run(call, view_for(call, command, output.stream), body))


def _run(call: CommandOptions, view: View, body: Callable[[View], Awaitable[int]]) -> int:
    import asyncio

    from cloudwright.cli.logs import on_stderr

    async def guarded() -> int:
        return await body(view)

    try:
        with on_stderr(call.log_format):
            return asyncio.run(guarded())
    except KeyboardInterrupt as error:
        view.message("interrupted; nothing was changed")
        return view.error(error) if call.json else 130
    except OSError as error:
        return view.error(_explained(error))
    except Exception as error:  # noqa: BLE001 - the one place where every error becomes words and an exit code
        return view.error(error)


def _explained(error: OSError) -> Exception:
    """What the machine refused somewhere below; the program's own error stays what it is."""
    from cloudwright.os_errors import machine_error
    from cloudwright.program.frames import user_frames

    if user_frames(error):
        return error
    explained = machine_error(error, f"{error.filename or 'this machine'} can't be used")
    explained.__cause__ = error
    return explained
