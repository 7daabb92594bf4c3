"""`graph` and `report` over an app without a cloud."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cloudwright.plan.model import Action, Declared
from render_samples import CONFIGURATION, HERE, configuration, plan, step

if TYPE_CHECKING:
    from pathlib import Path

    from cli_fakes import Command, FakeApp


@pytest.fixture(autouse=True)
def planned(app: FakeApp) -> None:
    declared = Declared(key="basic", type=CONFIGURATION, target=HERE, properties=configuration())
    app.plans = [plan(step("basic", Action.CREATE), declared=(declared,))]


@pytest.mark.parametrize(
    ("form", "begin"), [("svg", "<svg"), ("mermaid", "flowchart"), ("dot", "digraph"), ("json", "{")]
)
def test_a_graph_has_four_forms(command: Command, app: FakeApp, form: str, begin: str) -> None:
    ran = command("graph", "--format", form, app=app)

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(begin)
    assert "basic" in ran.out


def test_machines_get_the_graph_as_a_line(command: Command, app: FakeApp) -> None:
    ran = command("graph", "--json", app=app)

    assert ran.types == ["version", "graph"]
    assert ran.lines[1]["nodes"][0]["action"] == "create"


def test_a_graph_is_written_to_a_file(command: Command, app: FakeApp, tmp_path: Path) -> None:
    file = tmp_path / "graph.json"
    ran = command("graph", "--format", "json", "-o", str(file), "--json", app=app)

    assert ran.lines[1] == {"type": "file", "path": str(file), "written": True}
    assert json.loads(file.read_text("utf-8"))["nodes"][0]["id"] == "basic"


def test_a_report_is_written_whole(command: Command, app: FakeApp, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    ran = command("report", "-o", str(file), app=app)

    assert (ran.code, ran.out) == (0, f"written: {file}\n")
    assert file.read_text("utf-8").endswith("</html>\n")
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize("name", ["graph", "report", "images"])
def test_a_place_that_can_not_be_written_is_reported(command: Command, app: FakeApp, tmp_path: Path, name: str) -> None:
    nowhere = command(name, "-o", str(tmp_path / "no" / "page"), app=app)
    folder = command(name, "-o", str(tmp_path), app=app)

    assert (nowhere.code, "can't be written: No such file or directory" in nowhere.err) == (1, True)
    assert (folder.code, "is a folder" in folder.err) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_form_names_the_known_ones(command: Command, app: FakeApp) -> None:
    ran = command("graph", "--format", "png", app=app)

    assert ran.code == 64
    assert "'svg', 'mermaid', 'dot', 'json'" in ran.err
