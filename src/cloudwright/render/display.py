"""Plans, results, drift reports and matrices for `print` and for notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.engine.outcome import Result
from cloudwright.imagebuilder.access import AccessChange
from cloudwright.imagebuilder.grid import DistributionGrid
from cloudwright.plan.drift import DriftReport
from cloudwright.plan.model import Plan
from cloudwright.render.terminal.ansi_html import painted_inline
from cloudwright.render.terminal.style import TerminalStyle

if TYPE_CHECKING:
    from collections.abc import Iterable

_NOTEBOOK_WIDTH = 100
"""Columns of the output cell of a notebook on a small screen."""


class TextAndHtml:
    """Shows the models as the command line does."""

    def text(self, shown: object) -> str:
        """The object as the command line shows it, without colours."""
        return "\n".join(_lines(shown, TerminalStyle(unicode=True, width=_NOTEBOOK_WIDTH)))

    def html(self, shown: object) -> str:
        """The object as escaped HTML: a picture for a matrix, else coloured text."""
        if isinstance(shown, DistributionGrid):
            from cloudwright.render.images.matrix_svg import matrix_svg

            return matrix_svg(shown)
        if isinstance(shown, AccessChange):
            from cloudwright.render.images.matrix_svg import access_svg

            return access_svg(shown)
        return painted_inline(_lines(shown, TerminalStyle(color=True, unicode=True, width=_NOTEBOOK_WIDTH)))


def _lines(shown: object, style: TerminalStyle) -> Iterable[str]:
    from cloudwright.render.deploy.outcomes import OutcomeText
    from cloudwright.render.images.matrix import access_text, matrix_text
    from cloudwright.render.plan.drift import drift_lines
    from cloudwright.render.plan.text import PlanText

    match shown:
        case Plan():
            return PlanText(style).lines(shown)
        case Result():
            return OutcomeText(style).lines(shown)
        case DriftReport():
            return drift_lines(shown, style)
        case DistributionGrid():
            return (matrix_text(shown, style.width),)
        case AccessChange():
            return (access_text(shown, width=style.width),)
    raise TypeError(f"{type(shown).__name__} has no display")
