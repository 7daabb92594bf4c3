"""The steps of a plan as HTML: replacements and deletes first, creates folded to one line each."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from cloudwright.plan.model import Action
from cloudwright.render.terminal.ansi_html import painted
from cloudwright.render.terminal.markup import markup
from cloudwright.render.terminal.symbols import SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cloudwright.plan.model import Plan, Step
    from cloudwright.render.plan.text import PlanText

_ORDER = (
    Action.REPLACE,
    Action.DELETE,
    Action.FORGET,
    Action.UPDATE,
    Action.IMPORT,
    Action.MOVE,
    Action.RESUME,
    Action.RUN,
    Action.CREATE,
)
"""Actions that need attention come first."""

_MANY = 25
"""Above this many steps of one action, their list is folded."""

_LONG = 80
"""Above this many lines, the changes of one action are folded."""


def step_groups(plan: Plan, text: PlanText, plain: PlanText) -> Iterator[str]:
    """A `<details>` element for each action of the plan, with one for each step in it."""
    steps = sorted((step for step in plan.steps if step.action in _ORDER), key=lambda one: _ORDER.index(one.action))
    many_places = len({step.target.place for step in plan.steps}) > 1
    for action, found in groupby(steps, key=lambda one: one.action):
        yield _group(action, list(found), text, plain, many_places=many_places)


def _group(action: Action, steps: Sequence[Step], text: PlanText, plain: PlanText, *, many_places: bool) -> str:
    bodies = [list(text.details(step)) for step in steps]
    unfolded = action is not Action.CREATE and sum(map(len, bodies)) <= _LONG
    opened = unfolded or action is not Action.CREATE or len(steps) <= _MANY
    rows = (
        _step(step, body, plain.meaning(step), str(step.target) if many_places else "", opened=unfolded)
        for step, body in zip(steps, bodies, strict=True)
    )
    return (
        f'<details class="steps {SYMBOLS[action].color}"{_open(opened)}><summary>{_sign(action)}'
        f"{len(steps):,} {SYMBOLS[action].noun}</summary>{''.join(rows)}</details>"
    )


def _step(step: Step, body: Iterable[str], meaning: str, place: str, *, opened: bool) -> str:
    notes = "".join(f'<span class="note">{markup(note)}</span>' for note in (place, meaning) if note)
    head = f'{_sign(step.action)}<b>{markup(step.key)}</b><span class="type">{markup(step.type)}</span>{notes}'
    lines = [line.removeprefix("    ") for line in body]
    if not lines:
        return f'<div class="step"><p>{head}</p></div>'
    return f'<details class="step"{_open(opened)}><summary>{head}</summary>{painted(lines)}</details>'


def _sign(action: Action) -> str:
    return f'<span class="sign">{SYMBOLS[action].fine}</span>'


def _open(opened: bool) -> str:  # noqa: FBT001 - an HTML attribute is there or not
    return " open" if opened else ""
