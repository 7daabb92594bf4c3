"""Finding the app in the user's file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cloudwright.app.loading import load
from cloudwright.errors import ProgramError

if TYPE_CHECKING:
    from cloudwright.app.app import App
    from cloudwright.cli.context import CommandOptions


def app_for(call: CommandOptions) -> App:
    """The app that a command works on, with the command line's word on stage and cloud applied.

    Raises:
        NoProgram: The file is missing or holds no app with a program.
        ProgramError: It holds two, or its top level has read another stage or cloud than the one asked for.
    """
    local = call.local or None
    app = call.context.app or load(Path(call.program), stage=call.stage, local=local)
    app.configure(stage=call.stage, local=local)
    _refuse_early(app)
    return app


def _refuse_early(app: App) -> None:
    """`python infra.py` runs the top level before the options are read; what it did with another stage is done."""
    for name, read in app.read_early.items():
        if (now := getattr(app, name)) != read:
            raise ProgramError(
                f"app.{name} is {now!r}, but was {read!r} when the top level of the program read it",
                hint=f"read app.{name} inside the function that is decorated with @app.program, or start the "
                "program with the command cloudwright, which reads the options first",
            )
