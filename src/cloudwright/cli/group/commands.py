"""`plan`, `deploy` and `destroy` of several apps, and `destroy --older-than`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.run_command import run_command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.app.group.model import Member
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.group.apply import GroupCommand
    from cloudwright.cli.views.port import View
    from cloudwright.plan.options import PlanOptions


def plan_group(call: CommandOptions, *, options: PlanOptions, strict: bool, detailed_exitcode: bool, full: bool) -> int:
    """Show what a deploy of several apps would do.

    Args:
        call: Names the programs.
        options: The options of the plan.
        strict: `--strict`.
        detailed_exitcode: `--detailed-exitcode`.
        full: `--full`.
    """
    _refuse_keys(options)

    async def body(view: View) -> int:
        from cloudwright.app.group.group import AppGroup
        from cloudwright.cli.commands.plan import detailed_code
        from cloudwright.cli.group.members import members_of, show_failures, show_plans, subjects_of
        from cloudwright.plan.findings import errors, refuse
        from cloudwright.render.detail import Detail

        members = members_of(call)
        subjects = subjects_of(members, call)
        planned = await AppGroup(members).plan(options)
        show_plans(planned, subjects, view, Detail.FULL if full else Detail.USUAL)
        if code := show_failures(planned, subjects, view):
            return code
        for plan in planned.plans if strict else ():
            refuse(plan, errors(plan.findings))
        return detailed_code(planned.plans) if detailed_exitcode else 0

    return run_command(call, "plan", body)


def deploy_group(
    call: CommandOptions, *, options: PlanOptions, allow_findings: bool, yes: bool, concurrency: int | None
) -> int:
    """Deploy several apps.

    Args:
        call: Names the programs.
        options: The options of the plan.
        allow_findings: `--allow-findings`.
        yes: `--yes`.
        concurrency: `--concurrency`, for each app.
    """
    _refuse_keys(options)

    async def body(view: View) -> int:
        from cloudwright.app.group.model import CannotPlan
        from cloudwright.cli.group.members import members_of, show_failures

        command = _command(call, view, members_of(call), "deploy", yes=yes, allow_findings=allow_findings)
        try:
            return await command(
                lambda approve: command.group.deploy(
                    options=options, concurrency=concurrency, approve=approve, allow_findings=allow_findings
                )
            )
        except CannotPlan as error:
            return show_failures(error.planned, command.subjects, view)

    return run_command(call, "deploy", body)


def destroy_group(
    call: CommandOptions, *, refresh: bool, yes: bool, concurrency: int | None, older_than: float | None
) -> int:
    """Destroy several apps, or the stages of an app that nobody has deployed for some time.

    Args:
        call: Names the programs, and the stages.
        refresh: `--refresh`.
        yes: `--yes`.
        concurrency: `--concurrency`, for each app.
        older_than: `--older-than`, in seconds.
    """
    if older_than is not None and not (call.stage or "").strip("*?[]!"):
        raise click.UsageError("--older-than needs a pattern of stages with a fixed part, such as --stage 'review-*'")

    async def body(view: View) -> int:
        from cloudwright.app.group.model import CannotPlan
        from cloudwright.cli.group.members import members_of, show_failures
        from cloudwright.plan.options import PlanOptions

        members = members_of(call) if older_than is None else await _old_previews(call, view, older_than)
        if not members:
            return 0
        more = () if older_than is None else ("--older-than", f"{older_than / 3600:.0f}h")
        command = _command(call, view, members, "destroy", *more, yes=yes, allow_findings=True)
        try:
            return await command(
                lambda approve: command.group.destroy(
                    options=PlanOptions(refresh=refresh), concurrency=concurrency, approve=approve
                )
            )
        except CannotPlan as error:
            return show_failures(error.planned, command.subjects, view)

    return run_command(call, "destroy", body)


async def _old_previews(call: CommandOptions, view: View, older_than: float) -> tuple[Member, ...]:
    from pathlib import Path

    from cloudwright.app.group.previews import old_previews
    from cloudwright.app.group.programs import program_files
    from cloudwright.clock import SystemClock
    from cloudwright.render.contract.run import PreviewLine
    from cloudwright.render.deploy.outcomes import duration
    from cloudwright.render.terminal.escaping import visible

    files = program_files(map(Path, call.files or (call.program,)))
    now = SystemClock().now()
    found = await old_previews(files, call.stage or "", local=call.local or None, before=now - older_than)
    for each in found:
        age = duration(now - each.deployed_at)
        line = PreviewLine(
            app=each.member.app.name, stage=each.member.app.state_stage, deployed_at=each.deployed_at
        ).as_object()
        view.message(f"{visible(each.member.name)} was last deployed {age} ago", line)
    if not found:
        view.message(f"no stage that matches {visible(call.stage or '')} was last deployed so long ago")
    return tuple(each.member for each in found)


def _command(
    call: CommandOptions,
    view: View,
    members: Sequence[Member],
    verb: str,
    *more: str,
    yes: bool,
    allow_findings: bool,
) -> GroupCommand:
    from cloudwright.app.group.group import AppGroup
    from cloudwright.cli.group.apply import GroupCommand
    from cloudwright.cli.group.members import subjects_of

    return GroupCommand(
        group=AppGroup(tuple(members)),
        view=view,
        subjects=subjects_of(members, call),
        yes=yes,
        allow_findings=allow_findings,
        verb=verb.capitalize(),
        past=f"{verb}ed",
        resume=call.again(verb, *more),
    )


def _refuse_keys(options: PlanOptions) -> None:
    keys = (options.targets, options.excludes, options.replace, options.allow_replace, options.delete_first)
    if any(keys) or options.adopt:
        raise click.UsageError("options with a KEY name a resource of one app: pass only that app")
