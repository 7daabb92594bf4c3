"""`images run`, `follow`, `retry`, `approve` and `reject`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import decorated, with_program

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View

_CODES = """
\b
Exit codes: 0 all cells delivered, 3 some are missing, 1 failed or cancelled.
Ctrl-C leaves the build running.
"""

_RUN = f"""\b
Examples:
  cloudwright images run
  cloudwright images run infra.py --pipeline golden --json
{_CODES}"""

_FOLLOW = f"""\b
Examples:
  cloudwright images follow
  cloudwright images follow infra.py --image arn:aws:...:image/golden/1.0.0/3
  cloudwright images follow infra.py --cancel
{_CODES}"""

_RETRY = f"""\b
Examples:
  cloudwright images retry
  cloudwright images retry infra.py --pipeline golden
{_CODES}"""

_APPROVE = """\b
Examples:
  cloudwright images approve
  cloudwright images approve infra.py --step WaitForApproval --reason "checked by QA"
"""

_REJECT = """\b
Examples:
  cloudwright images reject infra.py --reason "the scan found CVE-2026-1234"
"""

_PIPELINE = click.option("--pipeline", metavar="KEY", help="The pipeline; needed only if there are several.")
_IMAGE = click.option("--image", metavar="ARN", help="The full ARN of an image build version.")
_START_OVER = click.option(
    "--start-over", is_flag=True, help="Start a new one, even if an interrupted run may have started one."
)


@click.command("run", epilog=_RUN)
@with_program
@_PIPELINE
@_START_OVER
def run(call: CommandOptions, *, pipeline: str | None, start_over: bool) -> int:
    """Start a pipeline and follow its image. Ends when the image is delivered everywhere.

    After an interruption it finds the build that it started, and starts no second one.
    """

    async def body(view: View) -> int:
        from cloudwright.cli.images.following import followed
        from cloudwright.cli.program import app_for

        app = app_for(call)
        return await followed(call, app, view, app.images.run(pipeline, watch=view.building, start_over=start_over))

    return _run(call, "images run", body)


@click.command("follow", epilog=_FOLLOW)
@with_program
@_PIPELINE
@_IMAGE
@click.option("--cancel", is_flag=True, help="Cancel the build first; AMIs that it has already made are kept.")
def follow(call: CommandOptions, *, pipeline: str | None, image: str | None, cancel: bool) -> int:
    """Follow the build in progress, or show how the latest one ended."""
    _refuse_both(pipeline, image)

    async def body(view: View) -> int:
        from cloudwright.cli.images.following import followed
        from cloudwright.cli.program import app_for

        app = app_for(call)
        work = app.images.follow(pipeline, image=image, cancel=cancel, watch=view.building)
        return await followed(call, app, view, work)

    return _run(call, "images follow", body)


@click.command("retry", epilog=_RETRY)
@with_program
@_PIPELINE
@_IMAGE
def retry(call: CommandOptions, *, pipeline: str | None, image: str | None) -> int:
    """Continue a failed image from the step that failed."""
    _refuse_both(pipeline, image)

    async def body(view: View) -> int:
        from cloudwright.cli.images.following import followed
        from cloudwright.cli.program import app_for

        app = app_for(call)
        work = app.images.retry(pipeline, image=image, watch=view.building)
        return await followed(call, app, view, work)

    return _run(call, "images retry", body)


def _decision(function: Callable[..., Any]) -> Callable[..., Any]:
    return decorated(
        function,
        (
            click.option("--step", metavar="NAME", help="The step's name or id; needed only if several wait."),
            click.option("--reason", default="", metavar="TEXT", help="The reason that Image Builder records."),
        ),
    )


@click.command("approve", epilog=_APPROVE)
@with_program
@_decision
def approve(call: CommandOptions, *, step: str | None, reason: str) -> int:
    """Continue a workflow step that waits for a decision."""
    return _answer(call, step, reason, approve=True)


@click.command("reject", epilog=_REJECT)
@with_program
@_decision
def reject(call: CommandOptions, *, step: str | None, reason: str) -> int:
    """Stop a workflow step that waits for a decision; its image fails."""
    return _answer(call, step, reason, approve=False)


def _answer(call: CommandOptions, step: str | None, reason: str, *, approve: bool) -> int:
    async def body(view: View) -> int:
        from cloudwright.cli.program import app_for
        from cloudwright.render.contract.delivery import StepAnsweredLine
        from cloudwright.render.terminal.escaping import visible

        answered = await app_for(call).images.answer(step, approve=approve, reason=reason)
        verb = "goes on" if approve else "was stopped"
        resume = call.again("images follow", "--image", answered.image)
        view.message(
            f"{visible(answered.name)} {verb}; follow the build: `{resume}`",
            StepAnsweredLine(
                step_id=answered.id, step=answered.name, image=answered.image, approved=approve
            ).as_object(),
        )
        return 0

    return _run(call, f"images {'approve' if approve else 'reject'}", body)


def _refuse_both(pipeline: str | None, image: str | None) -> None:
    if pipeline and image:
        raise click.UsageError("--pipeline and --image both name the build; give one of them")


def _run(call: CommandOptions, command: str, body: Callable[[View], Any]) -> int:
    from cloudwright.cli.run_command import run_command

    return run_command(call, command, body)


COMMANDS = (run, follow, retry, approve, reject)
