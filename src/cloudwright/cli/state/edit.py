"""`cloudwright state mv` and `cloudwright state rm`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import with_program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cloudwright.app.app import App
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View
    from cloudwright.state.changes import StateChange
    from cloudwright.state.records import Record
    from cloudwright.state.snapshot import Snapshot

_MOVE = """\b
Examples:
  cloudwright state mv images/golden images/base
  cloudwright state mv old new infra.py --stage prod --yes
"""

_REMOVE = """\b
Examples:
  cloudwright state rm images/golden
  cloudwright state rm images/golden infra.py --stage prod --yes
"""

_YES = click.option("-y", "--yes", is_flag=True, help="Do not ask.")


@click.command("mv", epilog=_MOVE)
@click.argument("old")
@click.argument("new")
@with_program
@_YES
def move(call: CommandOptions, *, old: str, new: str, yes: bool) -> int:
    """Change a resource's key. Makes no AWS call; change it in the program, too."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.cli.program import app_for
        from cloudwright.state.edits import rename

        app = app_for(call)
        snapshot = await app.snapshot()
        rename(snapshot, old, new)
        what = [f"{record.key} becomes {new}: {record.type} {record.identifier}" for record in _of(snapshot, old)]
        question = f"Rename {old}?"
        return await edit_state(
            view, app, snapshot, lambda now: rename(now, old, new), what, question, yes=yes, command="state mv"
        )

    return run_command(call, "state mv", body)


@click.command("rm", epilog=_REMOVE)
@click.argument("key")
@with_program
@_YES
def remove(call: CommandOptions, *, key: str, yes: bool) -> int:
    """Remove a resource from the state. Makes no AWS call: the resource still exists, unmanaged."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.app.state_admin import forget
        from cloudwright.cli.program import app_for

        app = app_for(call)
        snapshot = await app.snapshot()
        forget(snapshot, key)
        what, question = [*_forgotten(snapshot, key)], f"Forget {key}?"
        return await edit_state(
            view, app, snapshot, lambda now: forget(now, key), what, question, yes=yes, command="state rm"
        )

    return run_command(call, "state rm", body)


COMMANDS = (move, remove)


def _of(snapshot: Snapshot, key: str) -> Iterator[Record]:
    return (record for record in snapshot.records if record.key == key)


def _forgotten(snapshot: Snapshot, key: str) -> Iterator[str]:
    for record in _of(snapshot, key):
        yield f"{record.type} {record.identifier} in {record.target} still exists, unmanaged"
    if any(action.key == key for action in snapshot.actions):
        yield f"{key} counts as an action that has never run"
    for entry in snapshot.journal:
        if entry.key == key:
            token = f", request token {entry.request_token}" if entry.request_token else ""
            yield f"a {entry.operation.value.lower()} whose result is unknown is dropped{token}: check {entry.target}"
    users = [record.key for record in snapshot.records if key in record.depends_on]
    if users:
        yield f"these depend on it: {', '.join(users)}"


async def edit_state(
    view: View,
    app: App,
    snapshot: Snapshot,
    make: Callable[[Snapshot], Sequence[StateChange]],
    what: list[str],
    question: str,
    *,
    yes: bool,
    command: str,
) -> int:
    """Show an edit of the state, ask, and write it.

    Args:
        view: Shows it.
        app: Whose state it is.
        snapshot: The state that the edit was made for.
        make: Computes the change from the state.
        what: What changes, a sentence each.
        question: What to ask.
        yes: Whether not to ask.
        command: Its name, for the audit.

    Returns:
        The exit code.
    """
    from cloudwright.cli.approval import agreed, declined
    from cloudwright.render.terminal.escaping import visible

    for text in what:
        view.message(visible(text))
    if not agreed(visible(question), yes=yes):
        declined(view)
        return 1
    serial = await app.state_admin.change(make, serial=snapshot.serial, command=command)
    from cloudwright.render.contract.store import ChangedLine

    line = ChangedLine(app=app.name, stage=app.stage, serial=serial, what=what).as_object()
    view.message(f"{visible(f'{app.name}/{app.stage}')} is at serial {serial}", line)
    return 0
