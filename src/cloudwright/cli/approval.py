"""Asking before anything is changed."""

from __future__ import annotations

import sys
from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.errors import ConsentNeeded
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.consent import consent_hint, covered_later
from cloudwright.plan.findings import blocking, refuse
from cloudwright.render.detail import Detail
from cloudwright.render.terminal.escaping import visible

if TYPE_CHECKING:
    from cloudwright.cli.interrupts import Interrupts
    from cloudwright.cli.views.port import View
    from cloudwright.plan.model import Plan


@dataclass(slots=True)
class Approval:
    """Shows every plan and prompts for approval, unless `--yes` was given.

    Attributes:
        view: Where plans are shown.
        interrupts: Handles signals while no question is open.
        yes: `--yes`.
        allow_findings: `--allow-findings`.
        shown: The plans shown so far.
        declined: Whether the user has said no.
    """

    view: View
    interrupts: Interrupts
    yes: bool = False
    allow_findings: bool = False
    shown: list[Plan] = field(default_factory=list)
    declined: bool = False

    async def __call__(self, plan: Plan) -> bool:
        """Show a plan and decide.

        Raises:
            ConsentNeeded: Nobody can be asked, or the plan replaces what nobody agreed to.
            FindingsStop: There is a finding of severity error that nobody silenced or allowed.
        """
        self.view.pause()
        later = bool(self.shown)
        self.shown.append(plan)
        self.view.plan(plan, Detail.BRIEF)
        refuse_unconsented(plan)
        if not self.allow_findings:
            refuse(plan, blocking(plan))
        if not plan.empty and not self._agreed(plan, later=later):
            self.declined = True
            return False
        self.interrupts.begin()
        if not plan.empty:
            self.view.applying(plan)
        return True

    def _agreed(self, plan: Plan, *, later: bool) -> bool:
        if self.yes and (not later or covered_later(plan)):
            return True
        if not sys.stdin.isatty():
            raise _nobody_to_ask(plan, later=later and self.yes)
        verb = "Destroy" if plan.destroy else "Apply these changes to"
        with self.interrupts.paused():
            return ask(f"{verb} {visible(plan.app)}/{visible(plan.stage)}?")


def refuse_unconsented(plan: Plan) -> None:
    """Stop a plan that needs consent; what it needs it for has just been shown."""
    if plan.consents:
        keys = dict.fromkeys(key for consent in plan.consents for key in consent.keys)
        raise ConsentNeeded(
            f"the replacement of {', '.join(keys)} needs consent; nothing was changed", hint=consent_hint(plan)
        )


def agreed(question: str, *, yes: bool) -> bool:
    """Whether the user approves, now or by `--yes`.

    Args:
        question: Printable text.
        yes: `--yes`.

    Raises:
        ConsentNeeded: Nobody can be asked.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        raise ConsentNeeded(
            f"this needs confirmation, and there is no terminal to ask on ({question}); nothing was changed",
            hint="add --yes",
        )
    return ask(question)


def ask(question: str) -> bool:
    """Ask a yes-or-no question on the terminal; an empty answer and the end of input are a no.

    Args:
        question: Printable text.
    """
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    answer = sys.stdin.readline()
    return answer.strip().lower() in {"y", "yes"}


def _nobody_to_ask(plan: Plan, *, later: bool) -> ConsentNeeded:
    name = f"{plan.app}/{plan.stage}"
    if later:
        return ConsentNeeded(
            f"{name} now needs replacements or deletes that the first plan did not show; --yes does not cover them",
            hint="run the same command again; its plan then starts with them",
        )
    what = "destroying" if plan.destroy else "changing"
    return ConsentNeeded(
        f"{what} {name} needs confirmation, and there is no terminal to ask on; nothing was changed", hint="add --yes"
    )


def declined(view: View) -> None:
    """Report that the question was answered with no."""
    from cloudwright.render.contract.command import DeclinedLine

    view.message("nothing was changed", DeclinedLine().as_object())
