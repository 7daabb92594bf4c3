"""The options that all commands share."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from cloudwright.app.app import App


@dataclass(frozen=True, slots=True)
class Invocation:
    """How the command line was called.

    Attributes:
        app: The app itself, when the program called (`python infra.py plan`).
        file: The program's file in that case.
    """

    app: App | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class CommandOptions:
    """The options that every command takes.

    Attributes:
        file: The program file, for commands that work on one.
        files: The programs and folders, for a command that was given several, or a folder.
        stage: `--stage`; `None` leaves it to the environment.
        local: Work on the local cloud.
        json: Write NDJSON instead of text.
        color: `--color` or `--no-color`; `None` leaves it to the environment.
        log_format: `text` or `json`: the format of standard error.
    """

    context: Invocation
    file: str | None = None
    files: tuple[str, ...] = ()
    stage: str | None = None
    local: bool = False
    json: bool = False
    color: bool | None = None
    log_format: str = "text"

    @property
    def program(self) -> str:
        """How the user names the program on the command line."""
        return self.file or self.context.file or "infra.py"

    def again(self, command: str, *more: str) -> str:
        """A command line for the same app and stage, quoted for a shell.

        Args:
            command: Such as `deploy`.
            more: Further words, quoted where a shell needs it.
        """
        programs = [quote(file) for file in self.files or (self.program,)]
        start = ["python", *programs] if self.context.app else ["cloudwright"]
        words = [*start, command, *([] if self.context.app else programs)]
        words += ["--stage", quote(self.stage)] if self.stage else []
        words += ["--local"] if self.local else []
        return " ".join([*words, *more])
