"""What the fleet's commands show of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.cli.views.command_hints import advice_for_target, attempts_with_advice
from cloudwright.errors import ProgramError
from cloudwright.fleet.model import TargetStatus, Verb
from cloudwright.fleet.schedule import AT_REST, newest, run_status

if TYPE_CHECKING:
    from cloudwright.cli.views.port import View
    from cloudwright.fleet.model import Attempt, FleetRun
    from cloudwright.fleet.service import Fleet


def show_plans(view: View, fleet: Fleet, run: FleetRun, chosen: tuple[str, ...]) -> None:
    """Show the plans of the chosen targets; of all that wait for approval, or that drifted, if none is chosen.

    Raises:
        ProgramError: The run has no such target.
    """
    known = {one.target: one for one in fleet.rows(run)}
    if wrong := [name for name in chosen if name not in known]:
        raise ProgramError(f"run {run.id} has no target {', '.join(wrong)}", hint="cloudwright fleet status names them")
    relevant = [name for name, one in known.items() if one.drifted or one.status is TargetStatus.WAITING]
    for name in chosen or relevant:
        _show_plan(view, fleet, run, known[name])
    if not chosen and not relevant:
        text = "no drift was found" if run.spec.verb is Verb.DRIFT else "no plan waits for approval"
        from cloudwright.render.contract.fleet import FleetMessageLine

        view.message(text, FleetMessageLine(run=run.id, verb="plan", text="none").as_object())


def _show_plan(view: View, fleet: Fleet, run: FleetRun, attempt: Attempt) -> None:
    if attempt.number and (plan := fleet.queue.plan(run, attempt)):
        view.plan(advice_for_target(run, attempt.target).plan(plan))
    elif attempt.number and (report := fleet.queue.report(run, attempt)):
        view.drift(report)
    else:
        view.message(f"{attempt.target} has no {'report' if run.spec.verb is Verb.DRIFT else 'plan'} yet")


async def show_run(view: View, fleet: Fleet, run: FleetRun) -> int:
    """Show a run as it is.

    Returns:
        The exit code.
    """
    latest = newest(fleet.queue.attempts(run))
    status = run_status(run, latest)
    code = view.fleet(run, status, attempts_with_advice(run, fleet.rows(run)))
    if status not in AT_REST and not _anybody_works(fleet):
        view.message("\n  next: cloudwright fleet worker  (none is at work)")
    return code


def _anybody_works(fleet: Fleet) -> bool:
    from cloudwright.fleet.liveness import alive

    return bool(alive(fleet.store.workers()))
