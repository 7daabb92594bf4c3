"""The blocks of a page, and a reader who runs them from top to bottom in its own folder.

A block is what stands between two fences; its language and its `title` say what becomes of it:

- `python`: an app is deployed to the local cloud; anything else is the body of a program, and runs in one.
- `python title="infra.py"`: the file is written first, for the commands below.
- `toml title="targets.toml"`, `yaml title="web.yaml"`: the file is written.
- `diff title="infra.py"`: the file is changed.
- `console`: lines after `$` are run; what stands below each is what they print. A line `...` stands for any lines.
- `bash`: each line is run, and must succeed.
- `... title="needs X"`: can't run here; command lines are parsed all the same.
- `yaml`, `json`, `toml`: parsed. `hcl`, `typescript`: another tool's language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"

_FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^`\n]+)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r'title="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block.

    Attributes:
        language: The fence's first word.
        title: What stands above it on the site; empty without one.
        line: Of the fence, from 1.
    """

    language: str
    title: str
    text: str
    line: int

    @property
    def needs(self) -> str:
        """What it needs that is not here; empty where it can run."""
        return self.title if self.title.startswith("needs ") else ""


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a shell block and the output shown below it."""

    text: str
    output: str
    shown: bool = False


def blocks(page: str) -> Iterator[Block]:
    """The fenced blocks of a page, in order.

    Args:
        page: Markdown.
    """
    for found in _FENCE.finditer(page):
        title = _TITLE.search(found["info"])
        line = page.count("\n", 0, found.start()) + 1
        yield Block(found["info"].split()[0], title[1] if title else "", dedent(found["text"]), line)


def commands(block: Block) -> Iterator[Command]:
    """The commands of a `console` or `bash` block, joined where a backslash ends a line."""
    text = block.text.replace("\\\n", " ")
    if block.language == "bash":
        yield from (Command(line, "") for line in text.splitlines() if line.strip() and not line.startswith("#"))
        return
    assert text.startswith("$ "), f"line {block.line}: a console block begins with `$ `"
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line, _, output = part.partition("\n")
        yield Command(line, output.rstrip(), shown=bool(output.strip()))


_VARYING = (
    (re.compile(r"\d+\.\d+ s\b"), "0.0 s"),
    (re.compile(r"\[ +0\.0 s\]"), "[0.0 s]"),
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?"), "(time)"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=\d*[a-f])[0-9a-f]{12,}"), "(id)"),
    (re.compile(r"(leet (?:run|plan|approve|retry|resume) )[0-9a-f]{8}\b"), r"\1(id)"),
    (re.compile(r" +$", re.MULTILINE), ""),
)
"""What differs from run to run: durations, times, identifiers that nobody chose."""


def normal(text: str) -> str:
    """An output without what differs from run to run."""
    for pattern, instead in _VARYING:
        text = pattern.sub(instead, text)
    return text.strip("\n")


def agrees(shown: str, printed: str) -> bool:
    """Whether an output is the one that a page shows.

    Args:
        shown: As on the page; a line `...` stands for any lines, `...` in a line for any text.
        printed: As it was printed.
    """
    lines = [_pattern(line) for line in normal(shown).splitlines()]
    return re.fullmatch("".join(lines), normal(printed) + "\n") is not None


def _pattern(line: str) -> str:
    if line.strip() == "...":
        return r"(?:.*\n)*?"
    return ".*".join(map(re.escape, line.split("..."))) + r"\n"
