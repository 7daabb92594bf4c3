"""The served folder: which files the tools may name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.errors import CloudwrightError
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from pathlib import Path

_PLAN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,100}\.plan", re.ASCII)


class OutsideFolder(CloudwrightError):
    """A tool may use only files inside the served folder."""


@dataclass(frozen=True, slots=True)
class ServedFolder:
    """The folder of the program that the server was started with.

    Attributes:
        root: The folder, resolved.
        program: The program of tools that are called without a file, resolved.
    """

    root: Path
    program: Path

    @classmethod
    def of(cls, program: Path, approvals: Path) -> ServedFolder:
        """The folder of a program.

        Args:
            program: The program file; it need not exist yet.
            approvals: Where approvals are kept.

        Raises:
            OutsideFolder: Approvals are kept in this folder, where a model might be allowed to write.
        """
        file = program.resolve()
        if approvals.is_relative_to(file.parent):
            raise OutsideFolder(
                f"the served folder {file.parent} contains the approvals of plans ({approvals})",
                hint="move the program to its own folder",
            )
        return cls(file.parent, file)

    def program_file(self, name: str | None) -> Path:
        """A program, by the name that a tool was called with.

        Args:
            name: Relative to the folder; `None` for the server's own program.

        Raises:
            OutsideFolder: It isn't a Python file inside the folder.
        """
        file = self.program if name is None else self._inside(name)
        if file.suffix != ".py":
            raise OutsideFolder(f"{name} is no Python file")
        return self._inside(str(file))

    def plan_file(self, name: str) -> Path:
        """A saved plan, by its file name.

        Args:
            name: Such as `prod.plan`; plans are directly in the folder.

        Raises:
            OutsideFolder: It isn't such a name, or a link that leads out of the folder.
        """
        if not _PLAN_NAME.fullmatch(name):
            raise OutsideFolder("a plan is named by letters, digits, '.', '_' and '-', and ends in .plan")
        return self._inside(name)

    def _inside(self, name: str) -> Path:
        try:
            file = (self.root / name).resolve()
        except (OSError, ValueError, RuntimeError) as error:  # a NUL byte, a loop of links
            raise OutsideFolder("this is not a file name") from error
        if not file.is_relative_to(self.root):
            raise OutsideFolder("the file is outside the served folder", hint=f"name a file inside {self.root}")
        return file
