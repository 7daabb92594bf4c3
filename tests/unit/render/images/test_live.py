"""The delivery matrix as people read it: on a terminal, as a page, as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from cloudwright.imagebuilder.delivery.matrix import LiveReport, compare
from cloudwright.imagebuilder.delivery.scope import Place
from cloudwright.render.images.lines import live_json
from cloudwright.render.images.live import live_lines, live_page
from cloudwright.render.terminal.style import TerminalStyle
from delivery_samples import ARN, BEGAN, BUILD, COPY, DEV, GUEST, HOME, ami_id, build, declared, line, present, shared

if TYPE_CHECKING:
    from cloudwright.imagebuilder.delivery.present import PresentCell
    from cloudwright.imagebuilder.delivery.scope import DeclaredCell

SCHEMA = json.loads((Path(__file__).parents[4] / "docs" / "json.schema.json").read_text(encoding="utf-8"))
ABROAD = Place(BUILD, "eu-west-1")
LATER = BEGAN + 3 * 86_400


def report(*cells: PresentCell, wanted: list[DeclaredCell] | None = None, **more: Any) -> LiveReport:
    """A line with two cells at home, and what was found."""
    configured = wanted or [declared(HOME, permissions=shared(GUEST)), declared(COPY)]
    found = {cell.place: cell for cell in cells}
    matrix = compare(line(*configured, **more), found, build("AVAILABLE", 2, HOME, COPY))
    return LiveReport(matrices=(matrix,), calls=7)


def text(found: LiveReport) -> list[str]:
    return list(live_lines(found, TerminalStyle(width=100), LATER))


def test_a_matrix_as_declared_shows_versions_ages_and_ids() -> None:
    assert text(report(present(HOME, 2, permissions=shared(GUEST)), present(COPY, 2))) == [
        "images  newest image 1.0.0/2, 3 d old",
        "",
        "               us-east-1*",
        "111111111111   1.0.0/2 3 d",
        "222222222222   1.0.0/2 3 d",
        "",
        "  111111111111 in us-east-1  ami-12",
        "  222222222222 in us-east-1  ami-22",
        "",
        "as declared: 2 cells read in 7 calls",
    ]


def test_differences_and_unreadable_values_are_distinguished() -> None:
    lines = text(report(present(HOME, 2), present(COPY, problem="AccessDenied: no")))

    assert "222222222222   unknown" in lines
    assert "! 111111111111 in us-east-1: 777777777777 may not launch ami-12, though the program shares it" in lines
    assert "? unknown: 222222222222 in us-east-1: AccessDenied: no" in lines
    assert "1 difference: 2 cells read in 7 calls, 1 not (fully) readable" == lines[-1]


def test_one_cell_is_no_cells() -> None:
    two = report(present(HOME, 2, permissions=shared(GUEST)), present(COPY, 2))
    one = replace(two, matrices=tuple(replace(each, cells=each.cells[:1]) for each in two.matrices), calls=1)

    assert text(one)[-1] == "as declared: 1 cell read in 1 call"


def test_the_page_shows_each_cell_with_its_ami_and_what_is_wrong_with_it() -> None:
    page = live_page(report(present(HOME, 2), present(COPY, 1)), LATER)

    assert "<title>Delivered images</title>" in page
    assert '<td class="current wrong" title="777777777777 may not launch ami-12' in page
    assert f"1.0.0/1 3 d behind !<small>{ami_id(COPY, 1)}</small>" in page
    assert "has 1.0.0/1, but 1.0.0/2 is the newest image</li>" in page
    assert "<script" not in page
    assert "http" not in page.replace(ARN, "")


def test_names_and_words_that_others_chose_are_text_on_the_page() -> None:
    evil = "<img src=x onerror=alert(1)>\"'\x1b[2J\u202e"
    cells = [
        declared(HOME, parameters=(f"/p/{evil}",), permissions=shared(evil)),
        declared(COPY),
        declared(ABROAD),
    ]
    found = [
        present(HOME, 2, parameters={f"/p/{evil}": evil}),
        present(COPY, problem=evil),
        present(ABROAD, 2, unread={"permissions": evil}),
    ]
    shown = report(*found, wanted=cells)
    matrix = shown.matrices[0]
    page = live_page(LiveReport(matrices=(type(matrix)(**_named(matrix, evil)),)), LATER)

    assert "<img" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;" in page


def _named(matrix: Any, name: str) -> dict[str, Any]:
    fields = {field: getattr(matrix, field) for field in matrix.__dataclass_fields__}
    return {**fields, "key": name, "names": {DEV: name, BUILD: name}}


def test_the_lines_for_machines_fit_the_schema() -> None:
    lines = list(live_json(report(present(HOME, 2), present(COPY, problem="no"))))
    for one in lines:
        jsonschema_rs.validate(SCHEMA, json.loads(json.dumps(one)))

    assert ["live_cell", "live_cell", "live"] == [one["type"] for one in lines]
    assert ["current", "unknown"] == [one["status"] for one in lines[:2]]
    assert ["permission-missing"] == [one["kind"] for one in lines[0]["differences"]]
