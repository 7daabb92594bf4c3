"""Commands in advice, completed so that they run as they are printed.

Below the command line nobody knows the program's file. So hints, reasons and notes write ``cloudwright unlock FILE``
in backticks, and what the user sees has the file, the stage and `--local` as the user gave them, or starts with
`python infra.py` where the user did.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudwright.cli.context import CommandOptions, Invocation
from cloudwright.errors import CloudwrightError
from cloudwright.lazy_dataclass import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudwright.engine.outcome import Outcome
    from cloudwright.fleet.model import Attempt, FleetRun
    from cloudwright.plan.model import Plan

_COMMAND = re.compile(r"`(?P<settings>(?:[A-Z_]+=\S+ )*)cloudwright (?P<words>[a-z][^`]*?) FILE(?P<more>[^`]*)`")


@dataclass(frozen=True, slots=True)
class CommandHints:
    """Completes the commands in texts.

    Attributes:
        call: How the user called.
    """

    call: CommandOptions

    def text(self, text: str) -> str:
        """A text with its commands completed; any other text as it is."""
        return _COMMAND.sub(self._completed, text)

    def line(self, line: dict[str, Any]) -> dict[str, Any]:
        """A copy of a line of JSON with the commands in its texts completed."""
        return {name: self._value(value) for name, value in line.items()}

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self._value(one) for one in value]
        return self.line(value) if isinstance(value, dict) else value

    def error(self, error: BaseException | None) -> None:
        """Complete an error's hint, in place."""
        if isinstance(error, BaseExceptionGroup):
            for inner in error.exceptions:
                self.error(inner)
        elif isinstance(error, CloudwrightError) and error.hint:
            error.hint = self.text(error.hint)

    def outcomes(self, outcomes: Iterable[Outcome]) -> None:
        """Complete the hints of what failed, in place."""
        for outcome in outcomes:
            self.error(outcome.error)

    def plan(self, plan: Plan) -> Plan:
        """A copy of a plan to be shown."""
        steps = tuple(
            replace(step, reasons=tuple(map(self.text, step.reasons))) if step.reasons else step for step in plan.steps
        )
        return replace(plan, steps=steps, notes=tuple(map(self.text, plan.notes)))

    def _completed(self, found: re.Match[str]) -> str:
        more = found["more"].split()
        call = replace(self.call, stage=None) if "--stage" in more else self.call
        return f"`{found['settings']}{call.again(found['words'], *more)}`"


def advice_for_target(run: FleetRun, target: str) -> CommandHints:
    """The same for what a worker ran for one target of a fleet.

    Args:
        run: Knows the program.
        target: The target's name, which is its stage; or a placeholder for several.
    """
    return CommandHints(CommandOptions(Invocation(), file=run.spec.program, stage=target, local=run.spec.local))


def attempts_with_advice(run: FleetRun, attempts: Iterable[Attempt]) -> list[Attempt]:
    """Attempts whose errors and notes are to be shown; those with the same error still have the same one.

    Args:
        run: Knows the program.
        attempts: One a target.
    """
    advice = advice_for_target(run, "TARGET")
    return [
        replace(one, error=advice.text(one.error), notes=tuple(map(advice.text, one.notes)))
        if one.error or one.notes
        else one
        for one in attempts
    ]
