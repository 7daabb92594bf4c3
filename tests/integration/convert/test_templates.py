"""Templates as users write them: converted whole, deployed on the local cloud, and unchanged after that."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from cloudwright.app.convert import ConvertRequest, convert_template
from cloudwright.plan.model import Action
from converted_kit import load

FOLDER = Path(__file__).parents[2] / "data" / "templates"
SOURCES = tomllib.loads((FOLDER / "sources.toml").read_text("utf-8"))
TEMPLATES = {path.stem: path for path in sorted(FOLDER.iterdir()) if path.suffix in {".yaml", ".json"}}
UNDECIDED = {name: row["undecided"] for name, row in SOURCES.items() if "undecided" in row}


def request(name: str) -> ConvertRequest:
    return ConvertRequest(source=TEMPLATES[name], app=name.replace("_", "-"), values={}, tags={})


@pytest.mark.parametrize("name", [name for name in TEMPLATES if name not in UNDECIDED])
async def test_a_template_becomes_a_program_whose_second_plan_is_empty(name: str, tmp_path: Path) -> None:
    converted = convert_template(request(name))
    assert [str(remark) for remark in converted.remarks if remark.blocks] == []

    app = load(converted.source, tmp_path).app.configure(local=True, stage="test", folder=tmp_path)
    result = await app.deploy()
    again = await app.plan()

    assert [(outcome.key, outcome.message) for outcome in result.failed] == []
    assert {step.key: step.changes for step in again.steps if step.action is not Action.NONE} == {}


@pytest.mark.parametrize("name", UNDECIDED)
def test_what_has_no_counterpart_is_all_that_is_undecided(name: str) -> None:
    converted = convert_template(request(name))
    assert [remark.subject for remark in converted.remarks if remark.blocks] == UNDECIDED[name]


@pytest.mark.skipif(shutil.which("ruff", path=str(Path(sys.executable).parent)) is None, reason="ruff is not installed")
def test_the_programs_are_formatted_and_clean(tmp_path: Path) -> None:
    for name in TEMPLATES:
        (tmp_path / f"{name}.py").write_text(convert_template(request(name)).source, "utf-8")
    ruff = str(Path(sys.executable).parent / "ruff")
    # A template may compare two constants: that is its own.
    for words in (("format", "--diff"), ("check", "--ignore", "PLR0133")):
        ran = subprocess.run([ruff, *words, "--isolated", str(tmp_path)], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout


def test_the_public_templates_are_those_of_many_authors() -> None:
    addresses = [row["url"] for row in SOURCES.values()]
    authors = {address.split("/")[3] for address in addresses}

    assert len(set(addresses)) == len(addresses) >= 60
    assert len(authors) >= 20
    assert [name for name in SOURCES if name not in TEMPLATES] == []
