from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloudwright.engine.outcome import Result
from cloudwright.imagebuilder.access import changes
from cloudwright.lazy_dataclass import replace
from cloudwright.plan.drift import DriftReport
from cloudwright.plan.model import Action
from cloudwright.render.display import TextAndHtml
from cloudwright.render.plan.text import PlanText
from cloudwright.render.terminal.style import TerminalStyle
from imagebuilder_plans import distribution, entry, plan_of
from render_samples import every_kind, outcome, plan, step

if TYPE_CHECKING:
    from cloudwright.display import Displayed
    from cloudwright.plan.model import Plan

HOSTILE = '<img src=x onerror="alert(1)">'
SHOWN: dict[str, Displayed] = {
    "plan": every_kind(),
    "result": Result(plans=(every_kind(),), outcomes=(outcome("basic", Action.CREATE),), seconds=1.5, calls=3),
    "drift": DriftReport(app="payments", stage="dev", serial=3),
    "access": changes(plan_of(distribution(entry())))[0],
}


def test_a_printed_plan_is_what_the_command_line_shows() -> None:
    style = TerminalStyle(unicode=True, width=100)

    assert str(every_kind()) == "\n".join(PlanText(style).lines(every_kind()))


@pytest.mark.parametrize("name", SHOWN)
def test_everything_has_text_and_html(name: str) -> None:
    assert str(SHOWN[name]).strip()
    assert SHOWN[name]._repr_html_().startswith(("<pre", "<svg", "<figure"))


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("result", "<Result ok: 1 steps in 1.5 s, 3 calls>"),
        ("drift", "<DriftReport payments/dev: 0 of 0 drifted>"),
    ],
)
def test_a_repr_is_one_line(name: str, line: str) -> None:
    assert repr(SHOWN[name]) == line


def test_the_repr_of_a_plan_counts() -> None:
    two = plan(step("a", Action.CREATE), step("b", Action.CREATE), step("c", Action.UPDATE))

    assert repr(two) == f"<Plan {two.app}/{two.stage}: 2 create, 1 update>"
    assert repr(replace(two, steps=())) == f"<Plan {two.app}/{two.stage}: empty>"
    assert repr(replace(two, destroy=True)).startswith("<Destroy ")


def hostile() -> Plan:
    return plan(replace(step("a", Action.CREATE), key=HOSTILE))


def test_nothing_untrusted_is_markup() -> None:
    assert "&lt;img" in hostile()._repr_html_()
    assert "<img" not in hostile()._repr_html_()


def test_what_has_no_display_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="int has no display"):
        TextAndHtml().text(3)
