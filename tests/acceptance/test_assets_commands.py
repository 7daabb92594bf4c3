"""The bucket for assets by the command line: made next to a program, listed, and pruned of what nothing uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloudwright.cli.root import run
from cloudwright.clock import SystemClock
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.store import CloudStore
from cloudwright.schema.catalog import Catalog
from json_output import read_lines

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
from cloudwright import App, asset
from cloudwright.aws import Lambda

app = App("{name}")


@app.program
def main():
    Lambda.LayerVersion("layer", Content=asset("{name}.txt"))
"""
BUCKET = "cloudwright-assets-000000000000-us-east-1"


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A deployed app in another folder than the current one, and an asset that a run left behind."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "site"
    folder.mkdir()
    program = written(folder, "kept")
    assert run(["bootstrap", program, "--local", "--yes"]) == 0
    assert run(["deploy", program, "--local", "--yes"]) == 0
    store = CloudStore(folder / ".cloudwright" / "local" / "cloud.db")
    cloud = LocalCloud(Catalog.bundled(), clock=SystemClock(), store=store)
    cloud.handle("s3", "PutObject", b"left", "000000000000", "us-east-1", f"/{BUCKET}/assets/{'0' * 64}.zip")
    cloud.close()
    capsys.readouterr()


def written(folder: Path, name: str) -> str:
    (folder / f"{name}.txt").write_text(name, "utf-8")
    path = folder / f"{name}.py"
    path.write_text(PROGRAM.format(name=name), "utf-8")
    return str(path)


def users(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    """Who uses each asset, as `assets list` shows them."""
    capsys.readouterr()
    assert run(["assets", "list", "site/kept.py", "--local", "--json"]) == 0
    return sorted(line["used_by"] for line in read_lines(capsys.readouterr().out) if line["type"] == "asset")


def test_what_no_state_of_the_store_uses_is_pruned(capsys: pytest.CaptureFixture[str]) -> None:
    assert users(capsys) == [[], ["kept/dev"]]

    assert run(["assets", "prune", "site/kept.py", "--local", "--older-than", "0", "--yes"]) == 0

    assert "unused\ndeleted 1 assets (4 bytes)" in capsys.readouterr().out
    assert users(capsys) == [["kept/dev"]]


def test_without_consent_nothing_is_pruned(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["assets", "prune", "site/kept.py", "--local", "--older-than", "0"]) == 1
    assert len(users(capsys)) == 2


def test_what_was_uploaded_lately_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["assets", "prune", "site/kept.py", "--local", "--yes"]) == 0

    assert "deleted 0 assets (0 bytes)" in capsys.readouterr().out
    assert len(users(capsys)) == 2


def test_a_file_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bootstrap", "site/nothing.py", "--local"]) == 1

    assert capsys.readouterr().err == (
        "error: there is no file site/nothing.py\n"
        "  fix: name the program whose folder keeps the state, or leave FILE out for the current folder\n"
    )
