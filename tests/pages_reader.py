"""Somebody who follows a page from top to bottom, in a folder of their own."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import json
import shlex
import sys
import tomllib
from dataclasses import dataclass, field, replace
from textwrap import indent
from typing import TYPE_CHECKING, Any

import yaml

from cloudwright.app.loading import load
from cloudwright.clock import SystemClock
from cloudwright.local.cloud import LocalCloud
from cloudwright.schema.catalog import Catalog
from cloudwright.testing.server import ServedCloud
from pages_kit import agrees, commands
from pages_shell import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from pages_kit import Block, Command
    from pages_shell import PageShell

_FRAME = """\
from cloudwright import App

app = App("page")


@app.program
async def main():
"""
"""What stands around a block that is not a whole program."""

ADDRESS = "http://127.0.0.1:4510"
"""Where `cloudwright local serve` listens on the pages."""

_DEPLOYING = {"deploy", "destroy", "import"}

_PYTEST = "-q -p no:cacheprovider -p cloudwright.testing.plugin"
"""With our plugin alone, since the others of this machine take seconds to load."""

_SERVE = "cloudwright local serve"

FOREIGN = {"hcl", "typescript"}
"""Languages of other tools, which nobody here can run."""


@dataclass
class Reader:
    """Does what a page says.

    Attributes:
        shell: At the folder where the reader is.
        programs: Files that were written, and that were neither deployed yet nor refused on purpose.
        closing: Ends what was started on the way.
        address: Of the local cloud that the page had the reader start.
    """

    shell: PageShell
    programs: list[Path] = field(default_factory=list)

    closing: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    address: str = ADDRESS

    def follow(self, page: Iterable[Block]) -> None:
        """Do what each block says, and deploy what was written and never run."""
        for block in page:
            try:
                self._do(replace(block, text=block.text.replace(ADDRESS, self.address)))
            except BaseException as error:
                error.add_note(f"in the block that begins in line {block.line}")
                raise
        for program in self.programs:
            self._deploy(program)
        if list(self.shell.folder.glob("test_line*.py")):
            printed = self.shell(f"{sys.executable} -m pytest {_PYTEST} test_line*.py")
            assert 0 == self.shell.code, printed

    def _do(self, block: Block) -> None:
        if block.language in {"console", "bash"}:
            for command in commands(block):
                if block.needs:
                    check(command.text)
                elif command.text.startswith(_SERVE):
                    self._serve(command)
                else:
                    self._type(command)
        elif block.language == "python":
            self._program(block)
        elif block.language == "diff":
            _change(self.shell.folder / block.title, block.text)
        else:
            _read(block)
            if block.language in {"toml", "yaml"} and block.title.endswith((".toml", ".yaml")):
                (self.shell.folder / block.title).write_text(block.text, "utf-8")

    def _type(self, command: Command) -> None:
        before = self.shell.code
        printed = self.shell(command.text)
        assert before == 0 or command.text == "echo $?", f"the command before this one exited with {before}"
        assert not command.shown or agrees(command.output, printed), (
            f"$ {command.text}\nshown:\n{command.output}\n\nprinted:\n{printed}"
        )
        assert command.shown or self.shell.code == 0, f"$ {command.text}\nexited with {self.shell.code}:\n{printed}"
        words = _words(command.text)
        if self.shell.code or words & _DEPLOYING:
            self.programs = [each for each in self.programs if each.name not in words]

    def _serve(self, command: Command) -> None:
        """Start a local cloud, which goes on while the page is read; a second one is only looked at."""
        check(command.text)
        if self.address == ADDRESS:
            cloud = LocalCloud(Catalog.bundled(), clock=SystemClock(), operation_time=0)
            self.address = self.closing.enter_context(ServedCloud(cloud)).url

    def _program(self, block: Block) -> None:
        ast.parse(block.text)
        if block.needs:
            return
        if block.title:
            file = self.shell.folder / block.title
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, "utf-8")
            if "App(" in block.text:
                self.programs.append(file)
            return
        if "def test_" in block.text:
            (self.shell.folder / f"test_line{block.line}.py").write_text(block.text, "utf-8")
            return
        file = self.shell.folder / f"line{block.line}" / "infra.py"
        file.parent.mkdir()
        whole = "@app.program" in block.text
        file.write_text(block.text if whole else _FRAME + indent(block.text, "    "), "utf-8")
        self._deploy(file)

    def _deploy(self, file: Path) -> None:
        """Deploy a program twice; the second time nothing is left to do."""
        with contextlib.chdir(file.parent):
            app = load(file).configure(stage="dev", local=True)
            first = asyncio.run(app.deploy())
            second = asyncio.run(app.deploy())
        assert first.ok, first.failed
        assert 0 == second.calls


def _words(command: str) -> set[str]:
    """The words of a command line, with the file that it leaves out."""
    words = set(shlex.split(command, comments=True))
    return words if any(word.endswith(".py") for word in words) else words | {"infra.py"}


def _change(file: Path, diff: str) -> None:
    """Apply a diff that has no positions: its old lines stand in the file once."""
    old = "".join(line[1:] for line in diff.splitlines(keepends=True) if not line.startswith("+"))
    new = "".join(line[1:] for line in diff.splitlines(keepends=True) if not line.startswith("-"))
    text = file.read_text("utf-8")
    assert text.count(old) == 1, f"{file.name} has this text {text.count(old)} times:\n{old}"
    file.write_text(text.replace(old, new), "utf-8")


def _read(block: Block) -> None:
    """Parse data, and check what it lets a machine run; another tool's language is left alone."""
    readers: dict[str, Callable[[str], Any]] = {"yaml": _yaml, "toml": tomllib.loads, "json": json.loads}
    if block.language in readers:
        for line in _runs(readers[block.language](block.text)):
            check(line)
    else:
        assert block.language in FOREIGN, f"what is {block.language}? See pages_kit.py"


class _AnyTag(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML has no types
    """YAML in which CloudFormation's short forms stand for their arguments."""


_AnyTag.add_multi_constructor(
    "!", lambda loader, tag, node: f"{tag} {loader.construct_scalar(node)}" if node.id == "scalar" else None
)


def _yaml(text: str) -> Any:
    return yaml.load(text, _AnyTag)


def _runs(document: Any) -> Iterator[str]:
    """The shell lines of a workflow's steps."""
    if isinstance(document, dict):
        yield from str(document.get("run", "")).splitlines()
    inner = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    for each in inner:
        yield from _runs(each)
