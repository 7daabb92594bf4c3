"""`cloudwright actions`: what has run, and the user's decision where nobody else knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import with_program

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View
    from cloudwright.state.changes import StateChange
    from cloudwright.state.snapshot import Snapshot

_EPILOG = """\b
Examples:
  cloudwright actions list infra.py
  cloudwright actions confirm migrate infra.py --stage prod
  cloudwright actions rerun migrate infra.py --yes
"""

_LIST = """\b
Examples:
  cloudwright actions list infra.py
  cloudwright actions list infra.py --stage prod --json
"""

_CONFIRM = """\b
Examples:
  cloudwright actions confirm migrate infra.py
  cloudwright actions confirm migrate infra.py --result '{"version": 7}' --yes
"""

_RERUN = """\b
Examples:
  cloudwright actions rerun migrate infra.py
  cloudwright actions rerun migrate infra.py --stage prod --yes
"""

_YES = click.option("-y", "--yes", is_flag=True, help="Do not ask.")


@click.group("actions", epilog=_EPILOG)
def command() -> None:
    """Show which actions have run; confirm or repeat a run."""


@command.command("list", epilog=_LIST)
@with_program
def list_actions(call: CommandOptions) -> int:
    """List the actions that have run, and the result of their last run."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.cli.program import app_for
        from cloudwright.render.json_lines import action_line
        from cloudwright.render.state.records import action_text

        snapshot = await app_for(call).snapshot()
        for record in snapshot.actions:
            view.message(action_text(record), action_line(record))
        if not snapshot.actions:
            view.message(f"no action of {snapshot.app}/{snapshot.stage} has run")
        return 0

    return run_command(call, "actions list", body)


@command.command("confirm", epilog=_CONFIRM)
@click.argument("key")
@with_program
@click.option("--result", metavar="JSON", help="The result of the run. Default: keep the last result.")
@_YES
def confirm(call: CommandOptions, *, key: str, result: str | None, yes: bool) -> int:
    """Count the last run of an action as done. Calls nothing."""
    from cloudwright.state import action_edits

    def make(snapshot: Snapshot) -> Sequence[StateChange]:
        return action_edits.confirm(snapshot, key, action_edits.NO_RESULT if result is None else _json(result))

    return _settle(call, "actions confirm", key, make, "counts as done and does not run again for this change", yes=yes)


@command.command("rerun", epilog=_RERUN)
@click.argument("key")
@with_program
@_YES
def rerun(call: CommandOptions, *, key: str, yes: bool) -> int:
    """Have the next deploy run an action again. Calls nothing."""
    from cloudwright.state import action_edits

    def make(snapshot: Snapshot) -> Sequence[StateChange]:
        return action_edits.rerun(snapshot, key)

    return _settle(call, "actions rerun", key, make, "runs again with the next deploy", yes=yes)


def _settle(
    call: CommandOptions,
    name: str,
    key: str,
    make: Callable[[Snapshot], Sequence[StateChange]],
    what: str,
    *,
    yes: bool,
) -> int:
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.cli.program import app_for
        from cloudwright.cli.state.edit import edit_state
        from cloudwright.render.state.records import action_text
        from cloudwright.state.action_edits import action_of

        app = app_for(call)
        snapshot = await app.snapshot()
        make(snapshot)
        texts = [action_text(action_of(snapshot, key)), f"{key} {what}"]
        return await edit_state(view, app, snapshot, make, texts, "Change the state?", yes=yes, command=name)

    return run_command(call, name, body)


def _json(text: str) -> object:
    import json

    from cloudwright.errors import StateError

    try:
        value: object = json.loads(text)
    except ValueError as error:
        raise StateError(f"--result is not JSON: {error}") from None
    return value
