from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from cloudwright.app.group.programs import load_members, program_files
from cloudwright.errors import NoProgram, ProgramError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = """
from cloudwright import App
import common

app = App(common.NAME, stage="prod")

@app.program
def main():
    pass
"""


@pytest.fixture(autouse=True)
def _imports(tmp_path: Path) -> Iterator[None]:
    """What the programs imported is forgotten afterwards; cloudwright's own modules stay."""
    paths, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = paths
    for name in set(sys.modules) - modules:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


def write(file: Path, text: str = PROGRAM) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def test_a_folder_means_its_programs(tmp_path: Path) -> None:
    network, web = write(tmp_path / "network.py"), write(tmp_path / "web" / "infra.py")
    broken = write(tmp_path / "zz.py", "def (")
    write(tmp_path / "common.py", "NAME = 'x'")
    write(tmp_path / "test_web.py")
    write(tmp_path / ".hidden" / "infra.py")
    write(tmp_path / "env" / "infra.py")
    write(tmp_path / "env" / "pyvenv.cfg", "")

    # What can't be parsed may be a program: loading it reports the error.
    assert program_files([tmp_path]) == [network, web, broken]


def test_a_file_that_is_named_twice_is_listed_once(tmp_path: Path) -> None:
    web, network = write(tmp_path / "web.py"), write(tmp_path / "network.py")

    assert program_files([web, tmp_path]) == [web, network]


def test_a_folder_without_a_program_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NoProgram, match="no file in"):
        program_files([tmp_path])


def test_each_folder_has_modules_of_its_own(tmp_path: Path) -> None:
    files = [write(tmp_path / name / "infra.py") for name in ("a", "b", "a2")]
    for file in files:
        write(file.parent / "common.py", f"NAME = {file.parent.name!r}")

    members = load_members(files, stage=None, local=True)

    assert [member.name for member in members] == ["a/prod", "b/prod", "a2/prod"]


def test_two_files_of_one_app_are_refused(tmp_path: Path) -> None:
    files = [write(tmp_path / name) for name in ("one.py", "two.py")]
    write(tmp_path / "common.py", "NAME = 'shop'")

    with pytest.raises(ProgramError, match=r"one\.py and .*two\.py both define shop/prod"):
        load_members(files, stage=None, local=True)
