"""What deploy and destroy share: show the plan, prompt, apply, stop on a signal, report the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.cli.approval import Approval
from cloudwright.cli.interrupts import Interrupts
from cloudwright.render.detail import Detail

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from cloudwright.app.app import App
    from cloudwright.cli.views.port import View
    from cloudwright.engine.outcome import Result
    from cloudwright.plan.model import Plan

    Approve = Callable[[Plan], Awaitable[bool]]


async def apply(
    app: App, view: View, run: Callable[[Approve], Awaitable[Result]], *, yes: bool, allow_findings: bool, resume: str
) -> int:
    """Run a deploy or a destroy.

    Args:
        app: The app, which is notified of signals.
        view: Where everything is shown.
        run: Starts the run with the given approval.
        yes: `--yes`.
        allow_findings: Whether findings of severity error stop nothing.
        resume: The command line that resumes after an interrupt.

    Returns:
        The exit code.
    """
    interrupts = Interrupts(app, view, resume)
    approval = Approval(view, interrupts, yes=yes, allow_findings=allow_findings)
    return await interrupts.carry_out(run(approval), lambda result: _reported(view, approval, result))


def _reported(view: View, approval: Approval, result: Result) -> int:
    if approval.declined and not result.outcomes:
        from cloudwright.cli.approval import declined

        declined(view)
        return 1
    for plan in result.plans:
        if not any(plan is shown for shown in approval.shown):
            view.plan(plan, Detail.BRIEF)
    code = view.result(result)
    return code or int(approval.declined)
