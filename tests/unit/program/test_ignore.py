"""Patterns mean what they mean to git: each case is asked of git itself."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from cloudwright.program.asset_content import files_of

if TYPE_CHECKING:
    from pathlib import Path

FILES = (
    "README.md",
    "a.log",
    "#note",
    "!loud",
    "build/out.txt",
    "build/keep/me.txt",
    "docs/a.md",
    "docs/deep/a.md",
    "docs/deep/er/b.txt",
    "src/build/x.py",
    "src/main.py",
    "src/a.log",
    "src/keep.log",
    "tests",
    "lib/tests/t.py",
    "lib/a b.txt",
    "lib/x1.txt",
    "lib/x[.txt",
)


@pytest.mark.parametrize(
    "lines",
    [
        ["*.log"],
        ["*.log", "!keep.log"],
        ["!keep.log", "*.log"],
        ["/*.log"],
        ["build"],
        ["build/"],
        ["/build/"],
        ["build/*", "!build/keep/"],
        ["build/", "!build/keep/me.txt"],
        ["tests/"],
        ["tests"],
        ["docs/*.md"],
        ["docs/**"],
        ["docs/**/a.md"],
        ["**/deep"],
        ["**/a.md"],
        ["docs/deep/**/b.txt"],
        ["docs/*/a.md"],
        ["x?.txt"],
        ["x[0-9].txt"],
        ["x[!0-9].txt"],
        ["x[^0-9].txt"],
        ["x\\[.txt"],
        ["\\#note", "\\!loud"],
        ["# a comment", "", "   ", "src/main.py  "],
        ["lib/a b.txt"],
        ["*", "!*/", "!*.py"],
        ["*.md", "!/README.md"],
        ["a*"],
        ["s*c/"],
        ["***.py"],
        ["/"],
    ],
    ids=" ".join,
)
def test_a_pattern_means_what_it_means_to_git(tmp_path: Path, lines: list[str]) -> None:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x", "utf-8")
    (tmp_path / ".gitignore").write_text("\n".join(lines) + "\n", "utf-8")
    git = ["git", "-c", "core.excludesFile=/dev/null", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    listed = subprocess.run(
        [*git, "ls-files", "--others", "--exclude-standard", "-z"], check=True, capture_output=True, text=True
    )
    kept = {name for name in listed.stdout.split("\0") if name} - {".gitignore"}

    found = {name for name, _ in files_of(tmp_path, lines)} - {".gitignore"}
    assert found == kept


def test_what_never_belongs_to_an_asset_can_not_be_taken_in(tmp_path: Path) -> None:
    for name in ("__pycache__/x.pyc", ".venv/lib.py", "a.py", ".assetignore"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x", "utf-8")
    assert [name for name, _ in files_of(tmp_path, ["!*"])] == ["a.py"]
