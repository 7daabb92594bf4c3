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
from itertools import takewhile
from typing import TYPE_CHECKING

import click

from cloudwright.cli.root import root, run
from cloudwright.clock import SystemClock
from cloudwright.testing.loop import EPOCH, VirtualLoop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest


@dataclass
class Timeline:
    """Virtual time that goes on from one event loop to the next, as it does from one command to the next."""

    loop: VirtualLoop = field(default_factory=VirtualLoop)

    def now(self, _: object = None) -> float:
        """Seconds since the epoch."""
        return EPOCH + self.boot()

    def boot(self, _: object = None) -> float:
        """Seconds since the first loop began; a loop that is closed still knows its time."""
        return self.loop.time()

    def rule(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let every clock and every loop of this process follow."""
        self.loop.close()
        monkeypatch.setattr(asyncio.events, "new_event_loop", self._next)
        monkeypatch.setattr(SystemClock, "now", self.now)
        monkeypatch.setattr(SystemClock, "boot", self.boot)

    def _next(self) -> VirtualLoop:
        following = VirtualLoop()
        following._jumping.time = self.boot()
        self.loop = following
        return following


class _Agreeing(io.StringIO):
    """A terminal at which somebody answers every question with yes, and sees the answer."""

    def isatty(self) -> bool:
        return True

    def readline(self, _: int | None = -1, /) -> str:  # type: ignore[override]
        sys.stdout.write("y\n")
        return "y\n"


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
            self.environ.update(_variables(words[1:]))
            return ""
        if words[0] == "cd":
            self.folder /= words[1]
            return ""
        given = _variables(words)
        words = words[len(given) :]
        # The workers of a fleet have threads and a database of their own, which know no virtual time.
        ours = words[0] in {"cloudwright", "python"} and not {"&&", "|", ">", ";", "fleet"} & set(words)
        return self._here(words, given) if ours else self._elsewhere(line)

    def _here(self, words: list[str], given: dict[str, str]) -> str:
        out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), self._settled(given):
            try:
                self.code = _cloudwright(words[1:]) if words[0] == "cloudwright" else _python(words[1:])
            except SystemExit as end:
                self.code = end.code if isinstance(end.code, int) else 1
        out.seek(0)
        return out.read()

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
    def _settled(self, given: dict[str, str]) -> Iterator[None]:
        """In the reader's folder, with the reader's variables and nothing loaded yet."""
        before, modules, path, stdin = dict(os.environ), set(sys.modules), list(sys.path), sys.stdin
        sys.stdin = _Agreeing()
        os.environ.update(self.environ | given)
        try:
            with contextlib.chdir(self.folder):
                yield
        finally:
            os.environ.clear()
            os.environ.update(before)
            sys.path[:], sys.stdin = path, stdin
            for name in set(sys.modules) - modules:
                if str(getattr(sys.modules[name], "__file__", "")).startswith(str(self.folder)):
                    del sys.modules[name]


def _variables(words: list[str]) -> dict[str, str]:
    """The `NAME=VALUE` words that a command begins with."""
    found = takewhile(re.compile(r"[A-Z_]+=").match, words)
    return {name: value for name, _, value in (word.partition("=") for word in found)}


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
        words = words[len(_variables(words)) :]
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
