"""Templates as users write them: converted whole, deployed on the local cloud, and unchanged after that."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudwright.app.convert import ConvertRequest, convert_template
from cloudwright.plan.model import Action
from converted_kit import load

TEMPLATES = sorted((Path(__file__).parents[2] / "data" / "templates").iterdir())


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
async def test_a_template_becomes_a_program_whose_second_plan_is_empty(template: Path, tmp_path: Path) -> None:
    converted = convert_template(
        ConvertRequest(source=template, app=template.stem.replace("_", "-"), values={}, tags={})
    )
    assert [str(remark) for remark in converted.remarks if remark.blocks] == []

    app = load(converted.source, tmp_path).app.configure(local=True, stage="test", folder=tmp_path)
    result = await app.deploy()
    again = await app.plan()

    assert [(outcome.key, outcome.message) for outcome in result.failed] == []
    assert {step.key: step.changes for step in again.steps if step.action is not Action.NONE} == {}
