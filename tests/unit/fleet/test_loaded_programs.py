"""Programs side by side in one worker: each finds its own modules."""

from __future__ import annotations

import importlib
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from cloudwright.errors import ProgramError
from cloudwright.fleet.loaded_programs import LoadedPrograms, ProgramKey
from cloudwright.fleet.program_files import files_of

if TYPE_CHECKING:
    from pathlib import Path

    from cloudwright.app.app import App

PROGRAM = """
from cloudwright import App

app = App("net")

@app.program
def main():
    import helper_of_net

    return helper_of_net.WORD
"""
SOON = 0.05


@pytest.fixture(autouse=True)
def _path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])


def write(folder: Path, word: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    program = folder / "infra.py"
    program.write_text(PROGRAM, "utf-8")
    if word:
        (folder / "helper_of_net.py").write_text(f"WORD = {word!r}", "utf-8")
    return program


def key_of(program: Path, stage: str = "prod") -> ProgramKey:
    return ProgramKey(str(program), tuple(files_of(program).items()), stage, local=False)


def word(app: App) -> object:
    assert app._function is not None
    return app._function()


def test_each_program_imports_its_own_late_module_however_often_they_take_turns(tmp_path: Path) -> None:
    programs, words = LoadedPrograms(), []
    made = [write(tmp_path / "a", "of a"), write(tmp_path / "b", "of program b")]
    for program in (*made, *made):
        with programs.using(key_of(program), lambda found=program: found) as app:  # type: ignore[misc]
            words.append(word(app))

    assert words == ["of a", "of program b"] * 2


def test_a_program_is_loaded_once_a_stage_and_knows_it(tmp_path: Path) -> None:
    programs, asked = LoadedPrograms(), []
    program = write(tmp_path, "any")

    def find() -> Path:
        asked.append(program)
        return program

    for stage in ("dev", "prod", "dev"):
        with programs.using(key_of(program, stage), find) as app:
            assert app.stage == stage
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("helper", "stage", "waits"), [("any", "dev", True), ("any", "prod", False), ("", "dev", False)]
)
def test_what_runs_with_other_modules_is_waited_for(tmp_path: Path, helper: str, stage: str, waits: bool) -> None:  # noqa: FBT001
    programs, entered = LoadedPrograms(), threading.Event()
    program = write(tmp_path, helper)

    def other() -> None:
        with programs.using(key_of(program, stage), lambda: program):
            entered.set()

    thread = threading.Thread(target=other)
    with programs.using(key_of(program), lambda: program):
        thread.start()
        assert entered.wait(SOON if waits else 10) is not waits
    thread.join(10)
    assert entered.is_set()


def test_a_program_that_is_not_the_right_one_leaves_the_way_free(tmp_path: Path) -> None:
    programs, program = LoadedPrograms(), write(tmp_path, "any")

    def refuse() -> Path:
        raise ProgramError("another one")

    with pytest.raises(ProgramError, match="another one"), programs.using(key_of(program), refuse):
        pass
    with programs.using(key_of(program, "dev"), lambda: program) as app:
        assert word(app) == "any"


def test_a_module_that_changed_before_its_import_is_refused_and_one_of_a_made_up_name_is_told(tmp_path: Path) -> None:
    programs, program = LoadedPrograms(), write(tmp_path, "any")
    key = key_of(program)
    write(tmp_path, "changed since")

    with programs.using(key, lambda: program) as app:
        (tmp_path / "made_up_of_net.py").touch()
        assert programs.imported_late(key, "7f3a") == []
        importlib.import_module("made_up_of_net")
        assert programs.imported_late(key, "7f3a") == ["made_up_of_net.py"]
        word(app)
        with pytest.raises(ProgramError, match=r"helper_of_net\.py changed since this run was created"):
            programs.imported_late(key, "7f3a")


def test_a_module_that_was_imported_as_it_was_may_change_later(tmp_path: Path) -> None:
    programs, program = LoadedPrograms(), write(tmp_path, "any")
    key = key_of(program)

    with programs.using(key, lambda: program) as app:
        word(app)
        assert programs.imported_late(key, "7f3a") == []
        write(tmp_path, "edited while the run goes on")
        assert programs.imported_late(key, "7f3a") == []
