from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs

from cloudwright.plan.model import Action, Declared, Plan
from cloudwright.render.images.text import images_json, images_lines, images_page
from cloudwright.render.terminal.style import TerminalStyle
from render_samples import CONFIGURATION, HERE, configuration, plan, step

SCHEMA = json.loads((Path(__file__).parents[4] / "docs" / "json.schema.json").read_text(encoding="utf-8"))


def sharing(*users: str, before: tuple[str, ...] = ("222222222222",)) -> Plan:
    declared = Declared(
        key="basic",
        type=CONFIGURATION,
        target=HERE,
        properties=configuration(users=users),
        previous=configuration(users=before),
    )
    return plan(step("basic", Action.UPDATE), declared=(declared,))


def test_matrix_access_change_and_fanout_stand_one_below_the_other() -> None:
    lines = list(images_lines(sharing("222222222222", "333333333333"), TerminalStyle()))

    assert lines[0] == "basic"
    assert any(line.startswith("222222222222") and "S" in line for line in lines)
    assert any("GAINS" in line and "333333333333" in line for line in lines)
    assert "DISTRIBUTION" in lines
    assert any("S shared" in line for line in lines[-2:])


def test_an_app_without_images_is_reported() -> None:
    assert list(images_lines(plan(), TerminalStyle())) == ["payments/prod distributes no images"]


def test_the_lines_for_machines_fit_the_schema() -> None:
    (line,) = images_json(sharing("333333333333"))
    jsonschema_rs.validate(SCHEMA, json.loads(json.dumps(line)))

    assert [grant["principal"] for grant in line["gains"]] == ["333333333333"]
    assert [grant["principal"] for grant in line["loses"]] == ["222222222222"]


def test_the_page_holds_a_figure_for_each_picture_and_no_script() -> None:
    page = images_page(sharing("333333333333"))

    assert page.count("<figure") == 3
    assert "<script" not in page
    assert images_page(sharing("222222222222")).count("<figure") == 2
