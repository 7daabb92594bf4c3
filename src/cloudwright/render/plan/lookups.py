"""The answers of a plan's lookups that changed, and what they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.lookups import differing
from cloudwright.render.detail import Detail
from cloudwright.render.terminal.escaping import visible, wrapped
from cloudwright.render.values import fold, is_secret, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloudwright.plan.model import PinnedAnswer
    from cloudwright.render.terminal.style import TerminalStyle

_SHOWN = 5
"""Limit of places named for an answer; the rest is shown as a number."""


@dataclass(frozen=True, slots=True)
class LookupText:
    """Formats the lookups of a plan for one output.

    Attributes:
        style: What the output can show.
        detail: `FULL` also shows unchanged answers, and shortens nothing.
    """

    style: TerminalStyle
    detail: Detail = Detail.USUAL

    def lines(self, lookups: Iterable[PinnedAnswer]) -> Iterator[str]:
        """The lookups that changed, one per line; no lines if none did."""
        full = self.detail is Detail.FULL
        shown = [one for one in lookups if full or differing(one)]
        if not shown:
            return
        yield ""
        yield self.style.paint("Lookups:" if full else "Lookups that changed:", "bold")
        for one in shown:
            yield from self._lookup(one)

    def _lookup(self, pinned: PinnedAnswer) -> Iterator[str]:
        label = self.style.paint(visible(pinned.label), "bold")
        if not differing(pinned):
            yield f"    {label}: {self._shown(pinned.answer)}"
            return
        arrow = self.style.glyph("→", "->")
        yield f"  {self.style.paint('~', 'yellow')} {label}: {self._change(pinned, arrow)}"
        effects = pinned.effects if self.detail is Detail.FULL else pinned.effects[:_SHOWN]
        more = [f"{len(pinned.effects) - len(effects)} more"] if len(effects) < len(pinned.effects) else []
        text = f"changes {', '.join((*effects, *more))}" if effects else "changes nothing in this plan"
        for line in wrapped(text, " " * 8, self.style.width, first=" " * 6):
            yield self.style.paint(line, "dim")

    def _change(self, pinned: PinnedAnswer, arrow: str) -> str:
        if is_secret(pinned.answer) and is_secret(pinned.before):
            return f"{text_of(pinned.answer)}, another value than before"
        return f"{self._shown(pinned.before)} {arrow} {self._shown(pinned.answer)}"

    def _shown(self, value: object) -> str:
        if isinstance(value, str) and value and value == visible(value) and " " not in value:
            text = value
        else:
            text = text_of(value)
        return text if self.detail is Detail.FULL else fold(text, max(self.style.width // 2 - 10, 20))
