"""The sign and the colour of each action."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.model import Action

if TYPE_CHECKING:
    from cloudwright.render.terminal.style import TerminalStyle


@dataclass(frozen=True, slots=True)
class Symbol:
    """The sign and colour of an action, and its noun in a summary."""

    fine: str
    plain: str
    color: str
    noun: str


SYMBOLS = {
    Action.CREATE: Symbol("+", "+", "green", "create"),
    Action.UPDATE: Symbol("~", "~", "yellow", "update"),
    Action.REPLACE: Symbol("±", "+/-", "magenta", "replace"),
    Action.DELETE: Symbol("-", "-", "red", "delete"),
    Action.IMPORT: Symbol("<", "<", "cyan", "import"),
    Action.MOVE: Symbol("→", "->", "cyan", "move"),
    Action.FORGET: Symbol("x", "x", "yellow", "forget"),
    Action.RUN: Symbol("»", ">>", "cyan", "run"),
    Action.RESUME: Symbol("…", "..", "cyan", "resume"),
    Action.READ: Symbol(">", ">", "blue", "read"),
    Action.NONE: Symbol("=", "=", "dim", "unchanged"),
}

COUNTED = tuple(action for action in SYMBOLS if action not in {Action.READ, Action.NONE})
"""The actions that a summary counts, in order."""


def sign(action: Action, style: TerminalStyle) -> str:
    """The action's sign, as wide as every other sign on this output."""
    symbol = SYMBOLS[action]
    width = 1 if style.unicode else 3
    return style.paint(style.glyph(symbol.fine, symbol.plain).ljust(width), symbol.color)
