"""Cases of bad input in a text file: files (`+++ NAME`), the command (`$ ...`), the exit code and what is printed."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cloudwright.cli.root import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pytest

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class BadInput:
    """One case: its files, the command after `cloudwright`, the exit code, and what is printed."""

    title: str
    files: tuple[tuple[str, str], ...]
    words: str
    code: int
    printed: str

    def text(self) -> str:
        files = "".join(f"+++ {name}\n{text}" for name, text in self.files)
        return f"=== {self.title}\n{files}$ {self.words}\n{self.code}\n{self.printed}\n"


def read_cases(name: str) -> list[BadInput]:
    """The cases of a file in `data`."""
    found = []
    for block in re.split(r"^=== ", (DATA / name).read_text("utf-8"), flags=re.MULTILINE)[1:]:
        title, _, rest = block.partition("\n")
        files, words, answer = re.split(r"^\$ (.*)\n", rest, maxsplit=1, flags=re.MULTILINE)
        code, _, printed = answer.partition("\n")
        parts = re.split(r"^\+\+\+ (.*)\n", files, flags=re.MULTILINE)[1:]
        pairs = tuple(zip(parts[::2], parts[1::2], strict=True))
        found.append(BadInput(title, pairs, words, int(code), printed[:-1]))
    return found


def write(folder: Path, files: Iterable[tuple[str, str]]) -> None:
    """Write files below a folder."""
    for name, text in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def below(folder: Path) -> dict[str, bytes | None]:
    """Each file and folder, without what cloudwright and Python keep."""
    paths = [one for one in folder.rglob("*") if not {".cloudwright", "__pycache__"} & {*one.parts}]
    return {str(one.relative_to(folder)): one.read_bytes() if one.is_file() else None for one in paths}


def check(
    case: BadInput,
    name: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    plain: Callable[[str], str] = lambda text: text,
) -> None:
    """Run a case, and compare all that is printed. What fails must leave every file as it was.

    With `UPDATE_BAD_INPUT=1` what is printed now is written into the file, to be read before it is committed.

    Args:
        case: The case.
        name: Its file in `data`.
        folder: The current one.
        capsys: Of the test.
        plain: Replaces what differs from run to run.
    """
    write(folder, case.files)
    before = below(folder)
    code = run(shlex.split(case.words))
    printed = capsys.readouterr()
    assert code == 0 or below(folder) == before, "something was written"
    found = replace(case, code=code, printed=plain(printed.out + printed.err))
    if os.environ.get("UPDATE_BAD_INPUT"):
        text = (DATA / name).read_text("utf-8")
        (DATA / name).write_text(text.replace(case.text(), found.text()), "utf-8")
    assert found.text() == case.text()
    assert "itself failed" not in found.printed
