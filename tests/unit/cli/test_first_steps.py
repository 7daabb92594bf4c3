from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from cloudwright.plan.model import Action, Declared
from render_samples import CONFIGURATION, HERE, configuration, plan, step

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from cli_fakes import Command, FakeApp


def test_what_init_writes_can_be_planned_and_passes_its_own_test(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "My Images!"
    ran = command("init", str(folder))

    assert ran.code == 0
    assert ran.out.count("wrote") == 4
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert 'App("my-images")' in (folder / "infra.py").read_text(encoding="utf-8")


def test_init_keeps_what_is_there(command: Command, tmp_path: Path) -> None:
    (tmp_path / "infra.py").write_text("mine")
    ran = command("init", str(tmp_path), "--json")

    assert [line["written"] for line in ran.lines[1:]] == [False, True, True, True]
    assert (tmp_path / "infra.py").read_text() == "mine"


def test_init_where_nothing_can_be_written_says_so(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = command("init", str(tmp_path / "file" / "folder"))

    assert ran.code == 1
    assert "can't be written" in ran.err


def test_doctor_is_well_on_the_local_cloud(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = command("doctor", "--local")

    assert (ran.code, ran.out.count("ok "), "WRONG" in ran.out) == (0, 7, False)


def test_doctor_without_a_region_fails_with_advice(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    ran = command("doctor")

    assert ran.code == 1
    assert "WRONG  region" in ran.out
    assert "fix: export AWS_REGION" in ran.out
    assert command("doctor", "--json").lines[-1]["ok"] is False


def test_images_are_shown_as_text_lines_and_a_page(command: Command, app: FakeApp, tmp_path: Path) -> None:
    declared = Declared(key="basic", type=CONFIGURATION, target=HERE, properties=configuration())
    app.plans = [plan(step("basic", Action.CREATE), declared=(declared,))]
    page = tmp_path / "images.html"
    ran = command("images", "-o", str(page), app=app)

    assert ran.code == 0
    assert "GAINS" in ran.out
    assert f"written: {page}" in ran.out
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert command("images", "--json", app=app).types == ["version", "images"]


def test_a_page_that_can_not_be_written_is_an_error(command: Command, app: FakeApp, tmp_path: Path) -> None:
    ran = command("images", "-o", str(tmp_path / "no" / "page.html"), app=app)

    assert (ran.code, "can't be written" in ran.err) == (1, True)
