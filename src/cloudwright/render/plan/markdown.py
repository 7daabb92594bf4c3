"""A plan as a comment on a pull request: a summary, and the complete plan folded below."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.plan.model import Action, Plan
from cloudwright.render.plan.text import PlanText
from cloudwright.render.terminal.escaping import visible
from cloudwright.render.terminal.style import TerminalStyle
from cloudwright.render.terminal.symbols import COUNTED, SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.plan.model import Step

LONGEST = 65_536
"""Characters of a comment that GitHub accepts (its API answers "body is too long (maximum is 65536 characters)")."""

MOST_ROWS = 40
"""Rows of the table; the complete plan is folded below it."""

_LOOK = TerminalStyle(unicode=True, width=110)
_SIGN = re.compile(r"^( +)([-+~±!x<→»…]) ")
_COLOURED = "+-!"


def plan_markdown(plan: Plan) -> str:
    """A plan in GitHub's Markdown, short enough for one comment.

    Text of the plan is in code spans or in a fence that it can't close, so it is never markup and never mentions a
    user.

    Returns:
        The text, with a line end. If the plan is too long, it ends with the number of omitted lines.
    """
    text = PlanText(_LOOK)
    head = [f"### {_title(plan)}", "", text.summary(plan), "", *_table(plan)]
    lines = [_highlighted(line) for line in text.lines(plan)]
    fence = "`" * max(3, 1 + _longest_run("\n".join(lines)))
    foot = [fence, "", "</details>", ""]
    opening = ["<details><summary>The whole plan</summary>", "", f"{fence}diff"]
    space = LONGEST - len("\n".join([*head, *opening, *foot])) - 100
    return "\n".join([*head, *opening, *_cut(lines, space), *foot])


def _title(plan: Plan) -> str:
    return f"{'Destroy' if plan.destroy else 'Plan'} of {_code(f'{plan.app}/{plan.stage}')}"


def _table(plan: Plan) -> Iterator[str]:
    shown = [step for step in plan.steps if step.action in COUNTED]
    if not shown:
        return
    # Irreversible steps come first.
    shown.sort(key=lambda step: not step.needs_consent and step.action not in {Action.DELETE, Action.REPLACE})
    yield "| | resource | type |"
    yield "|---|---|---|"
    yield from (_row(step) for step in shown[:MOST_ROWS])
    if len(shown) > MOST_ROWS:
        yield f"| | and {len(shown) - MOST_ROWS} more | |"
    yield ""


def _row(step: Step) -> str:
    symbol = SYMBOLS[step.action]
    what = f"{symbol.fine} {symbol.noun}{', needs consent' if step.needs_consent else ''}"
    loud = f"**{what}**" if step.needs_consent or step.action in {Action.DELETE, Action.REPLACE} else what
    return f"| {loud} | {_code(step.key)} | {_code(step.type)} |"


def _code(text: str) -> str:
    """A code span of any text, valid inside a table (CommonMark 6.1, GFM 4.10)."""
    shown = visible(text)
    ticks = "`" * (1 + _longest_run(shown))
    edge = " " if "`" in shown[:1] + shown[-1:] else ""
    return f"{ticks}{edge}{shown}{edge}{ticks}".replace("|", "\\|")


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _highlighted(line: str) -> str:
    """The line with its sign in the first column, where a `diff` fence colours it."""
    found = _SIGN.match(line)
    if found is None:
        return line
    indent, mark, rest = found[1], found[2], line[found.end() :]
    return f"{mark}{indent} {rest}" if mark in _COLOURED else f"!{indent[1:]}{mark} {rest}"


def _cut(lines: list[str], space: int) -> list[str]:
    """As many complete lines as fit, in characters, and the number of the others."""
    kept = 0
    for number, line in enumerate(lines):
        kept += len(line) + 1
        if kept > space:
            return [*lines[:number], f"# {len(lines) - number} more lines; `cloudwright plan FILE` shows them"]
    return lines
