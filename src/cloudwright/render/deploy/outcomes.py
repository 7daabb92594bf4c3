"""The result of a run: counts, the slowest steps, outputs, and finally the failures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.engine.outcome import Outcome, Result, Status
from cloudwright.errors import CloudwrightError
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.model import Action
from cloudwright.render.source_lines import place_of
from cloudwright.render.terminal.escaping import cells, pad, visible, visible_lines
from cloudwright.render.terminal.symbols import sign
from cloudwright.render.values import fold, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.render.terminal.style import TerminalStyle

SLOWEST = 5
"""Number of slowest steps shown; no list if there are fewer steps."""

PAST = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.REPLACE: "replaced",
    Action.DELETE: "deleted",
    Action.IMPORT: "imported",
    Action.FORGET: "forgotten",
    Action.MOVE: "moved",
    Action.RUN: "run",
    Action.RESUME: "resumed",
}
"""Action -> its past participle."""


def exit_code_of(result: Result) -> int:
    """0 if everything succeeded, 128 + signal if a signal stopped the run, 3 if only some steps succeeded, else 1."""
    if result.interrupted:
        return 128 + result.interrupted
    if not result.failed:
        return 0
    done = any(outcome.status is Status.DONE and outcome.action in PAST for outcome in result.outcomes)
    return 3 if done else 1


def skip_reason(outcome: Outcome) -> str:
    """Why a step was skipped: the step that had to succeed first; empty without one."""
    if not outcome.waited_for:
        return ""
    needed = "still exists" if outcome.action is Action.DELETE else "does not exist"
    return f"{visible(outcome.waited_for)} {needed}"


def duration(seconds: float) -> str:
    """A duration as text: `0.4 s`, `12 s`, `3 min 5 s`, `2 h`, `2 h 10 min`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = whole % 3600 // 60
    return f"{whole // 3600} h" + (f" {minutes} min" if minutes else "")


@dataclass(frozen=True, slots=True)
class OutcomeText:
    """Formats results for one output."""

    style: TerminalStyle

    def lines(self, result: Result) -> Iterator[str]:
        """The end of a run: outputs, slowest steps, errors, and a summary line."""
        yield from self.outputs(result.outputs)
        yield from self._slowest(result)
        yield from self._remarks(result)
        yield from self.failures(result)
        yield self.summary(result)

    def summary(self, result: Result) -> str:
        """Such as `3 created, 1 failed in 12 s, 14 calls`."""
        parts = [self._count(result, action, word) for action, word in PAST.items()]
        parts += [self._ended(result, status) for status in (Status.FAILED, Status.SKIPPED, Status.RUNNING)]
        counts = ", ".join(part for part in parts if part) or "0 changes"
        calls = f"{result.calls} call{'' if result.calls == 1 else 's'}"
        mark = self.style.paint("ok", "green") if result.ok else self.style.paint("not complete", "red")
        return f"{mark}: {counts} in {duration(result.seconds)}, {calls}"

    def _count(self, result: Result, action: Action, word: str) -> str:
        done = [outcome for outcome in result.outcomes if outcome.status is Status.DONE]
        replaced = {outcome.key for outcome in done if outcome.action is Action.REPLACE}
        # The delete of a replaced resource's old generation is part of the replacement.
        counted = [o for o in done if not (o.action is Action.DELETE and o.key in replaced)]
        number = sum(1 for outcome in counted if outcome.action is action)
        return f"{number} {word}" if number else ""

    def _ended(self, result: Result, status: Status) -> str:
        number = sum(1 for outcome in result.outcomes if outcome.status is status)
        return self.style.paint(f"{number} {status}", "red") if number else ""

    def outputs(self, values: Mapping[str, object]) -> Iterator[str]:
        """The app's outputs, one a line; nothing if there are none."""
        if not values:
            return
        width = max(cells(visible(name)) for name in values)
        yield self.style.paint("Outputs:", "bold")
        for name, value in values.items():
            yield f"  {pad(visible(name), width)}  {text_of(value)}"
        yield ""

    def _slowest(self, result: Result) -> Iterator[str]:
        worked = (o for o in result.outcomes if o.seconds > 0 and o.action in PAST)
        timed = sorted(worked, key=lambda o: o.seconds, reverse=True)
        if len(timed) <= SLOWEST:
            return
        yield self.style.paint("Slowest:", "bold")
        for outcome in timed[:SLOWEST]:
            yield f"  {sign(outcome.action, self.style)} {duration(outcome.seconds):>12}  {visible(outcome.key)}"
        yield ""

    def _remarks(self, result: Result) -> Iterator[str]:
        for outcome in result.outcomes:
            for note in outcome.notes:
                yield f"  {self.style.paint('note:', 'cyan')} {visible(outcome.key)}: {visible(note)}"

    def failures(self, result: Result) -> Iterator[str]:
        """The failures and where they occurred, each reason once; empty on success."""
        failed = [outcome for outcome in result.outcomes if outcome.status is Status.FAILED]
        skipped = [outcome for outcome in result.outcomes if outcome.status is Status.SKIPPED]
        running = [outcome for outcome in result.outcomes if outcome.status is Status.RUNNING]
        for message, group in _by_message(failed).items():
            yield from self._failure(message, group)
        for cause in dict.fromkeys(map(skip_reason, skipped)):
            keys = ", ".join(visible(outcome.key) for outcome in skipped if skip_reason(outcome) == cause)
            because = f" because {cause}" if cause else ""
            yield f"{self.style.paint('skipped', 'yellow')}{because}: {fold(keys, 4 * self.style.width)}"
        for outcome in running:
            yield f"{self.style.paint('still running', 'yellow')} at AWS: {visible(outcome.key)}{_token(outcome)}"
        if running:
            yield "  The next run follows these requests to their end; nothing is sent twice."
        if failed or skipped or running:
            yield ""

    def _failure(self, message: str, group: list[Outcome]) -> Iterator[str]:
        for outcome in group:
            where = f"  {place_of(outcome.source)}" if outcome.source.file else ""
            name = self.style.paint(visible(outcome.key), "bold")
            what = "failed" if outcome.action is Action.NONE else f"{outcome.action} failed"
            failed = self.style.paint(what, "red")
            yield f"{sign(outcome.action, self.style)} {failed}  {visible(outcome.type)}  {name}{where}"
        yield from (f"    {line}" for line in visible_lines(message))
        yield from (f"    request token {visible(o.request_token)}" for o in group[:1] if o.request_token)
        error = group[0].error
        if isinstance(error, CloudwrightError) and error.hint and error.hint not in message:
            yield from (f"    {self.style.paint('fix:', 'green')} {line}" for line in visible_lines(error.hint))


def _by_message(outcomes: list[Outcome]) -> dict[str, list[Outcome]]:
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(_message(outcome), []).append(outcome)
    return groups


def _message(outcome: Outcome) -> str:
    error = outcome.error
    if isinstance(error, CloudwrightError) and outcome.message.startswith(error.message):
        return str(error)  # its hint is already complete, with the program's file
    if outcome.message:
        return outcome.message
    if isinstance(outcome.error, CloudwrightError):
        return outcome.error.message
    return f"{type(outcome.error).__name__}: {outcome.error}" if outcome.error else "no reason is known"


def _token(outcome: Outcome) -> str:
    return f" (request token {visible(outcome.request_token)})" if outcome.request_token else ""
