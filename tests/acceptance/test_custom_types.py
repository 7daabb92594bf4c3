"""A resource type written in Python, by every command that shows or takes over resources."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest

from shell_kit import Shell

DOCS = Path(__file__).parents[2] / "docs" / "providers.md"
TYPE = "Example::Files::TextFile"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A folder with the program of the documentation."""
    found = re.search(r'```python title="infra.py"\n(.*?)```', DOCS.read_text("utf-8"), re.DOTALL)
    assert found is not None
    shell = Shell(tmp_path)
    shell.write(dedent(found[1]))
    return shell


@pytest.fixture
def deployed(shell: Shell) -> Shell:
    assert shell("deploy", "--local", "--yes").code == 0
    return shell


def test_a_live_resource_is_imported_by_its_identifier_and_then_updated(shell: Shell) -> None:
    (shell.folder / "motto.txt").write_text("hello\n", "utf-8")

    ran = shell("import", "infra.py", "motto", "motto.txt", "--local", "--yes", "--json")

    [imported] = [line for line in ran.of("outcome") if line["action"] == "import"]
    assert (imported["key"], imported["status"], imported["identifier"]) == ("motto", "done", "motto.txt")
    assert (shell.folder / "motto.txt").read_text("utf-8") == "plain Python\n"
    assert not (shell.folder / "note.txt").exists()


def test_a_resource_that_is_not_there_is_not_imported(shell: Shell) -> None:
    ran = shell("import", "infra.py", "motto", "nothing.txt", "--local", "--yes")

    assert ran.code == 1
    assert "motto" in ran.err
    assert "nothing.txt" in ran.err


def test_state_and_outputs_show_it_as_any_other(deployed: Shell) -> None:
    listed = deployed("state", "list", "--local", "--json").of("record")

    assert [(line["key"], line["resource"], line["identifier"]) for line in listed] == [
        ("motto", TYPE, "motto.txt"),
        ("note", TYPE, "note.txt"),
    ]
    assert '"size": 13' in re.sub(r"\s+", " ", deployed("outputs", "--local", "--json").out.replace(":", ": "))


def test_what_it_refers_to_is_in_the_graph_and_in_the_report(deployed: Shell) -> None:
    drawn = deployed("graph", "--local", "--format", "dot").out
    assert re.search(r'"?motto"?.*->.*"?note"?|"?note"?.*->.*"?motto"?', drawn)

    assert deployed("report", "--local", "-o", "report.html").code == 0
    page = (deployed.folder / "report.html").read_text("utf-8")
    assert TYPE in page
    assert "<title>note needs motto</title>" in page


def test_its_drift_is_reported_and_fixed(deployed: Shell) -> None:
    (deployed.folder / "motto.txt").write_text("changed by hand\n", "utf-8")
    (deployed.folder / "note.txt").unlink()

    ran = deployed("drift", "--local", "--json")
    assert ran.code == 2
    assert {line["key"]: line["condition"] for line in ran.of("drift")} == {"motto": "changed", "note": "missing"}

    assert deployed("drift", "--local", "--fix", "--yes").code == 0
    assert (deployed.folder / "motto.txt").read_text("utf-8") == "plain Python\n"
    assert (deployed.folder / "note.txt").exists()


def test_destroy_deletes_it(deployed: Shell) -> None:
    assert deployed("destroy", "--local", "--yes").code == 0
    assert not (deployed.folder / "motto.txt").exists()
