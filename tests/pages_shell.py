"""A reader's shell: `cloudwright` runs in this process and in virtual time, everything else as it is."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import re
import runpy
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cloudwright.cli.root import root, run
from cloudwright.clock import SystemClock
from cloudwright.testing.loop import EPOCH, VirtualLoop

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from pathlib import Path

    import pytest

T = TypeVar("T")


@dataclass
class Timeline:
    """Virtual time that goes on from one event loop to the next, as it does from one command to the next."""

    seconds: float = 0.0
    loop: VirtualLoop | None = None

    def now(self, _: object = None) -> float:
        """Seconds since the epoch."""
        return EPOCH + self.boot()

    def boot(self, _: object = None) -> float:
        """Seconds since the first loop began."""
        return self.loop.time() if self.loop else self.seconds

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """What `asyncio.run` does, in this time."""
        with asyncio.Runner(loop_factory=self._next) as runner:
            try:
                return runner.run(coroutine)
            finally:
                self.seconds, self.loop = self.boot(), None

    def _next(self) -> VirtualLoop:
        self.loop = VirtualLoop()
        self.loop._jumping.time = self.seconds
        return self.loop

    def rule(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let every clock and every loop of this process follow."""
        monkeypatch.setattr(asyncio, "run", self.run)
        monkeypatch.setattr(SystemClock, "now", self.now)
        monkeypatch.setattr(SystemClock, "boot", self.boot)


@dataclass
class PageShell:
    """Runs command lines in a folder.

    Attributes:
        folder: Where the reader is.
        code: What the last command exited with.
    """

    folder: Path
    code: int = 0
    environ: dict[str, str] = field(default_factory=dict)

    def __call__(self, line: str) -> str:
        """Run a line.

        Returns:
            What it printed, errors too.
        """
        if line == "echo $?":
            text, self.code = f"{self.code}\n", 0
            return text
        words = shlex.split(line, comments=True)
        if words[0] == "export":
            self.environ.update(word.split("=", 1) for word in words[1:])  # type: ignore[misc]
            return ""
        if words[0] == "cd":
            self.folder /= words[1]
            return ""
        ours = words[0] in {"cloudwright", "python"} and not {"&&", "|", ">", ";"} & set(words)
        return self._here(words) if ours else self._elsewhere(line)

    def _here(self, words: list[str]) -> str:
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), self._settled():
            try:
                self.code = _cloudwright(words[1:]) if words[0] == "cloudwright" else _python(words[1:])
            except SystemExit as end:
                self.code = end.code if isinstance(end.code, int) else 1
        return out.getvalue()

    def _elsewhere(self, line: str) -> str:
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder,
            env={**os.environ, **self.environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=60,
        )
        self.code = done.returncode
        return done.stdout

    @contextlib.contextmanager
    def _settled(self) -> Iterator[None]:
        """In the reader's folder, with the reader's variables and nothing loaded yet."""
        before, modules, path = dict(os.environ), set(sys.modules), list(sys.path)
        os.environ.update(self.environ)
        try:
            with contextlib.chdir(self.folder):
                yield
        finally:
            os.environ.clear()
            os.environ.update(before)
            sys.path[:] = path
            for name in set(sys.modules) - modules:
                if str(getattr(sys.modules[name], "__file__", "")).startswith(str(self.folder)):
                    del sys.modules[name]


def _cloudwright(args: list[str]) -> int:
    return run(args)


def _python(args: list[str]) -> int:
    before = sys.argv
    sys.argv = args
    try:
        runpy.run_path(args[0], run_name="__main__")
    finally:
        sys.argv = before
    return 0


def check(line: str) -> None:
    """Check a line that can't be run here: every command of ours in it must exist, with these options.

    Args:
        line: May have comments, variables, pipes, redirections.

    Raises:
        click.UsageError: There is no such command or option.
    """
    for part in re.split(r" (?:&&|\||;) ", line.partition(" #")[0]):
        words = shlex.split(part.partition(" > ")[0])
        while words and re.match(r"[A-Z_]+=", words[0]):
            del words[0]
        if words and words[0] == "cloudwright":
            _parse(words[1:])


def _parse(words: list[str]) -> None:
    name: str | None = None
    command: click.Command | None = root
    rest = words
    while isinstance(command, click.Group):
        name, command, rest = command.resolve_command(click.Context(command), rest)
    assert command is not None
    command.make_context(name, rest)
