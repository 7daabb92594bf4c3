"""The command line as a user types it: with its own folder and settings."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import commands
from json_output import read_lines

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Ran:
    """The result of a command."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return read_lines(self.out)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["type"] == kind]


@dataclass
class Shell:
    """Runs `cloudwright ARGS` in its own process, as two people at two terminals do."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    def write(self, text: str, name: str = "infra.py") -> None:
        (self.folder / name).write_text(dedent(text), encoding="utf-8")

    @property
    def settings(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CLOUDWRIGHT_"))}
        home = {"HOME": str(self.folder), "XDG_DATA_HOME": str(self.folder / "data"), "AWS_EC2_METADATA_DISABLED": "1"}
        return {**kept, **home, "CLOUDWRIGHT_STAGE": "test", **self.environ}

    def start(self, *args: str) -> subprocess.Popen[str]:
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return commands.start(*args, cwd=self.folder, env=self.settings, **pipes)

    def __call__(self, *args: str) -> Ran:
        with self.start(*args) as child:
            out, err = child.communicate(timeout=60)
        return Ran(child.returncode, out, err)
