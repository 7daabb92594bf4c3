"""A plan as plain text.

A summary at the top and at the bottom, changes with their reasons, and the number of unchanged resources.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.model import Action, Change, Order, Plan, Step
from cloudwright.render.detail import Detail
from cloudwright.render.plan.access_changes import broadenings
from cloudwright.render.plan.edit_text import EditText, why
from cloudwright.render.plan.findings import FindingText, finding_counts
from cloudwright.render.plan.lookups import LookupText
from cloudwright.render.source_lines import place_of
from cloudwright.render.terminal.escaping import cells, pad, visible, wrapped
from cloudwright.render.terminal.symbols import COUNTED, SYMBOLS, sign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.render.terminal.style import TerminalStyle

LINES_A_STEP = 40
"""Limit of lines of one step without `--full`."""


@dataclass(frozen=True, slots=True)
class PlanText:
    """Formats plans for one output.

    Attributes:
        style: The capabilities of the output.
        detail: `FULL` also shows unchanged resources, long values and all lines.
    """

    style: TerminalStyle
    detail: Detail = Detail.USUAL

    def lines(self, plan: Plan) -> Iterator[str]:
        """The whole plan, line by line, without line ends."""
        yield self.heading(plan)
        yield self.summary(plan)
        yield from LookupText(self.style, self.detail).lines(plan.lookups)
        yield from self._steps(plan)
        yield from self.consents(plan)
        yield from self._access(plan)
        yield from self._findings(plan)
        yield from self._notes(plan)
        if not plan.empty:
            yield ""
            yield self.summary(plan)

    def heading(self, plan: Plan) -> str:
        """App, stage, targets, and the state's serial."""
        title = "Destroy" if plan.destroy else "Plan"
        parts = [self.style.paint(title, "bold"), self.style.paint(visible(f"{plan.app}/{plan.stage}"), "bold")]
        parts += [_several(sorted({step.target.region for step in plan.steps}), "Regions")]
        parts += [_several(sorted({step.target.account for step in plan.steps}), "accounts")]
        parts += [f"serial {plan.serial}", "refreshed" if plan.refreshed else ""]
        return "  ".join(part for part in parts if part)

    def summary(self, plan: Plan) -> str:
        """Counts of actions and findings."""
        counts = [(plan.count(action), SYMBOLS[action]) for action in COUNTED]
        parts = [self.style.paint(f"{count} {symbol.noun}", symbol.color) for count, symbol in counts if count]
        parts = parts or ["0 changes"]
        left = plan.left_alone
        parts += [f"{left} left alone"] if left else []
        parts += [self.style.paint(f"{plan.count(Action.NONE) - left} unchanged", "dim")]
        findings = finding_counts(plan.findings)
        return ", ".join(parts) + (f"    findings: {findings}" if findings else "")

    @property
    def full(self) -> bool:
        """Whether nothing is left out."""
        return self.detail is Detail.FULL

    def _findings(self, plan: Plan) -> Iterator[str]:
        if plan.findings:
            yield ""
            yield from FindingText(self.style, self.detail).lines(plan.findings)

    def _steps(self, plan: Plan) -> Iterator[str]:
        shown = [step for step in plan.steps if self.full or step.action not in {Action.NONE, Action.READ}]
        if not shown:
            return
        yield ""
        width = min(max(cells(step.type) for step in shown), self.style.width // 2)
        many_places = len({step.target.place for step in plan.steps}) > 1
        for step in shown:
            yield from self._step(step, width, str(step.target) if many_places else "")

    def _step(self, step: Step, type_width: int, place: str) -> Iterator[str]:
        head = f"  {sign(step.action, self.style)} {pad(visible(step.type), type_width)}  "
        head += self.style.paint(visible(step.key), "bold")
        tail = [place, self.meaning(step)]
        yield "  ".join(part for part in (head, *tail) if part)
        yield from self.details(step)

    def details(self, step: Step) -> Iterator[str]:
        """The reasons and the changes of one step, indented."""
        for reason in step.reasons[1:] if step.action is Action.RUN else step.reasons:
            yield self.style.paint(f"      # {visible(reason)}", "dim")
        yield from self._folded(list(self._body(step)))

    def _folded(self, lines: list[str]) -> Iterator[str]:
        shown = lines if self.full else lines[:LINES_A_STEP]
        yield from shown
        if len(shown) < len(lines):
            yield self.style.paint(f"      # {len(lines) - len(shown)} more lines; --full shows them", "dim")

    def meaning(self, step: Step) -> str:
        """What is special about a step, in a few words; often empty."""
        words = [_meaning_of_action(step)]
        if step.may_replace:
            words.append("may be replaced" if step.needs_consent else "may be replaced, as allowed")
        if step.needs_consent:
            words.append("needs consent")
        if step.maybe:
            words.append("may turn out unchanged")
        return self.style.paint(visible("; ".join(word for word in words if word)), "dim")

    def _body(self, step: Step) -> Iterator[str]:
        forcing = "forces replacement" if step.action is Action.REPLACE else "may force replacement"
        edits = EditText(self.style, full=self.full, hint="; --full shows them", forcing=forcing)
        return edits.document(step.desired) if step.action is Action.CREATE else edits.changes(step.changes)

    def remarks(self, plan: Plan) -> Iterator[str]:
        """Further remarks: lookups that changed, access that becomes wider, notes."""
        yield from LookupText(self.style, self.detail).lines(plan.lookups)
        yield from self._access(plan)
        yield from self._notes(plan)

    def consents(self, plan: Plan) -> Iterator[str]:
        """The steps that need consent, and how to give it."""
        if not plan.consents:
            return
        yield ""
        yield self.style.paint("Needs consent; a deploy refuses this plan without it:", "bold", "magenta")
        for consent in plan.consents:
            first, *more = consent.text.splitlines()
            yield from wrapped(first, " " * 4, self.style.width, first="  ! ")
            for line in more:
                yield from wrapped(line.strip(), " " * 8, self.style.width, first=" " * 6)
            yield from wrapped(f"fix: {consent.fix}", " " * 9, self.style.width, first=" " * 4)

    def _access(self, plan: Plan) -> Iterator[str]:
        found = broadenings(plan)
        if not found:
            return
        yield ""
        yield self.style.paint("Access that becomes wider:", "bold", "yellow")
        alike: dict[tuple[str, ...], list[str]] = {}
        for key, items in groupby(found, key=lambda item: item.key):
            alike.setdefault(tuple(item.text for item in items), []).append(visible(key))
        for texts, keys in alike.items():
            yield from self._wider(keys, texts)

    def _wider(self, keys: list[str], texts: tuple[str, ...]) -> Iterator[str]:
        mark = self.style.paint("!", "yellow")
        if len(texts) == len(keys) == 1 and cells(f"    {keys[0]}  {visible(texts[0])}") <= self.style.width:
            yield f"  {mark} {keys[0]}  {visible(texts[0])}"
            return
        first, *rest = wrapped(", ".join(keys), " " * 4, self.style.width)
        yield f"  {mark} {first.lstrip()}"
        yield from rest
        yield from self._folded(
            [line for text in texts for line in wrapped(text, " " * 8, self.style.width, first=" " * 6)]
        )

    def _notes(self, plan: Plan) -> Iterator[str]:
        notes = list(plan.notes)
        if plan.partial:
            where = f" at {place_of(plan.partial.source)}" if plan.partial.source.file else ""
            notes.append(
                f"this plan is partial: {plan.partial.reason}{where}; deploy applies it, plans the rest and asks again"
            )
        if plan.targeted:
            notes.append("--target or --exclude limits this plan; the rest of the program is not changed")
        if not notes:
            return
        yield ""
        for note in notes:
            first, *rest = wrapped(note, " " * 8, self.style.width)
            yield f"  {self.style.paint('note:', 'cyan')} {first.lstrip()}"
            yield from rest


def _several(names: list[str], noun: str) -> str:
    return visible(", ".join(names)) if len(names) <= 3 else f"{len(names)} {noun}"


def _meaning_of_action(step: Step) -> str:
    match step.action:
        case Action.REPLACE:
            order = "delete first" if step.order is Order.DELETE_FIRST else "create first"
            because = ", ".join(dict.fromkeys(_because(change) for change in step.changes if change.forces))
            return f"replace, {order}" + (f": {because}" if because else "")
        case Action.DELETE:
            return f"old generation {step.generation}" if step.superseded else ""
        case Action.MOVE:
            return f"was {step.moved_from}"
        case Action.FORGET:
            return "removed from the state" if step.is_action else "removed from the state, kept in AWS"
        case Action.RUN:
            return f"runs: {step.reasons[0]}" if step.reasons else "runs"
        case Action.IMPORT:
            return f"adopts {step.identifier}"
        case Action.RESUME:
            return "a request of an earlier run whose result is unknown"
        case _:
            return ""


def _because(change: Change) -> str:
    name = change.path.removeprefix("/")
    match change.rule:
        case "createOnly":
            return f"{name} is create-only"
        case "conditionalCreateOnly":
            return f"{name} may be create-only"
        case _:
            return why(change) or f"{name} changed"
