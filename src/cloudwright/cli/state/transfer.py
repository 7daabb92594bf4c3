"""`cloudwright state init`, `pull`, `push`, `copy` and `export`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import with_program

if TYPE_CHECKING:
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View
    from cloudwright.render.json_lines import Line
    from cloudwright.state.snapshot import Snapshot

_INIT = """\b
Examples:
  CLOUDWRIGHT_STATE=s3://my-bucket/states cloudwright state init
  CLOUDWRIGHT_STATE=postgresql://me@host/states cloudwright state init
"""

_PULL = """\b
Examples:
  cloudwright state pull -o state.json
  cloudwright state pull infra.py --stage prod > state.json
"""

_PUSH = """\b
Examples:
  cloudwright state push state.json
  cloudwright state push state.json infra.py --stage prod --yes
"""

_RESTORE = """\b
Examples:
  cloudwright state restore
  cloudwright state restore infra.py --stage prod --yes
"""

_COPY = """\b
Examples:
  cloudwright state copy --from .cloudwright/state.db --to s3://my-bucket/states
  cloudwright state copy infra.py --stage prod --from s3://old/states --to postgresql://me@host/states
"""

_EXPORT = """\b
Examples:
  cloudwright state export
  cloudwright state export --json | jq 'select(.type == "record")'
"""

_YES = click.option("-y", "--yes", is_flag=True, help="Do not ask.")


@click.command("init", epilog=_INIT)
@with_program
@_YES
def init(call: CommandOptions, *, yes: bool) -> int:
    """Create the state store. This is a private, versioned, encrypted bucket, or tables, or a file."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.cli.approval import agreed, declined
        from cloudwright.cli.program import app_for
        from cloudwright.render.terminal.escaping import visible
        from cloudwright.state.address import described, public

        app = app_for(call)
        url = app.state_admin.address()
        view.message(visible(described(url)))
        if not agreed(visible(f"Prepare {public(url)}?"), yes=yes):
            declined(view)
            return 1
        await app.state_admin.prepare()
        from cloudwright.render.contract.store import PreparedLine

        view.message(f"{visible(public(url))} is ready", PreparedLine(url=public(url)).as_object())
        return 0

    return run_command(call, "state init", body)


@click.command("pull", epilog=_PULL)
@with_program
@click.option("-o", "--out", metavar="STATEFILE", help="Write to this file (mode 0600) instead of standard output.")
def pull(call: CommandOptions, *, out: str | None) -> int:
    """Write the state as one JSON document, for `state push`. Secrets are masked or sealed."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        import json

        from cloudwright.cli.program import app_for
        from cloudwright.render.contract.store import PulledLine
        from cloudwright.state.edits import dump

        snapshot = await app_for(call).snapshot()
        text = json.dumps(json.loads(dump(snapshot)), indent=1)
        if out:
            _write(out, text)
            view.message(
                f"written: {out} (serial {snapshot.serial})",
                PulledLine(serial=snapshot.serial, path=out, document=None).as_object(),
            )
        else:
            line = PulledLine(serial=snapshot.serial, path=None, document=json.loads(text))
            view.message(text, line.as_object())
        return 0

    return run_command(call, "state pull", body)


@click.command("push", epilog=_PUSH)
@click.argument("statefile")
@with_program
@_YES
def push(call: CommandOptions, *, statefile: str, yes: bool) -> int:
    """Replace the state with an edited copy. Refused if the state has changed since the pull."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.cli.approval import agreed, declined
        from cloudwright.cli.program import app_for
        from cloudwright.render.terminal.escaping import visible
        from cloudwright.state.history import compare

        app, document = app_for(call), _read(statefile)
        view.differences(compare(await app.snapshot(), document))
        if not agreed(visible(f"Replace the state of {app.name}/{app.state_stage}?"), yes=yes):
            declined(view)
            return 1
        serial = await app.state_admin.push(document)
        from cloudwright.render.contract.store import ChangedLine

        line = ChangedLine(app=app.name, stage=app.state_stage, serial=serial, what=[statefile]).as_object()
        view.message(f"{visible(f'{app.name}/{app.state_stage}')} is at serial {serial}", line)
        return 0

    return run_command(call, "state push", body)


@click.command("restore", epilog=_RESTORE)
@with_program
@_YES
def restore(call: CommandOptions, *, yes: bool) -> int:
    """Restore a state that was deleted from its S3 bucket. Uses the old versions of its objects."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.cli.approval import agreed, declined
        from cloudwright.cli.program import app_for
        from cloudwright.render.terminal.escaping import visible
        from cloudwright.state.address import public

        app = app_for(call)
        place, name = public(app.state_admin.address()), f"{app.name}/{app.state_stage}"
        deleted = await app.state_admin.deleted()
        view.message(
            visible(f"{name} in {place}: {deleted} of its objects were deleted and are kept as former versions")
        )
        if not agreed(visible(f"Restore the state of {name}?"), yes=yes):
            declined(view)
            return 1
        objects, now = await app.state_admin.restore()
        from cloudwright.render.contract.store import RestoredLine

        line = RestoredLine(app=app.name, stage=app.state_stage, objects=objects, serial=now.serial)
        text = f"{objects} objects are back; {name} is at serial {now.serial} with {len(now.records)} resources"
        view.message(visible(text), line.as_object())
        return 0

    return run_command(call, "state restore", body)


@click.command("copy", epilog=_COPY)
@with_program
@click.option("--from", "source", required=True, metavar="URL", help="Store to copy from; it is not changed.")
@click.option(
    "--to", "destination", required=True, metavar="URL", help="Store to copy to; it must not contain this state yet."
)
def copy(call: CommandOptions, *, source: str, destination: str) -> int:
    """Copy this app and stage to another store. Both are locked while it runs."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.cli.program import app_for
        from cloudwright.render.terminal.escaping import visible
        from cloudwright.state.address import public

        app = app_for(call)
        copied = await app.state_admin.copy(source, destination)
        from cloudwright.render.contract.store import CopiedLine

        line = CopiedLine(from_=public(source), to=public(destination), serial=copied.serial).as_object()
        view.message(
            visible(
                f"copied: {app.name}/{app.state_stage} with {len(copied.records)} resources; "
                f"from now on, everybody must use it: CLOUDWRIGHT_STATE={public(destination)}"
            ),
            line,
        )
        return 0

    return run_command(call, "state copy", body)


@click.command("export", epilog=_EXPORT)
@with_program
def export(call: CommandOptions) -> int:
    """Export the state as JSON lines for other programs. Secrets are masked (docs/json.md)."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.cli.program import app_for
        from cloudwright.render.state.export import export_lines

        lines = export_lines(await app_for(call).snapshot())
        view.listing([_pretty(lines)], lines)
        return 0

    return run_command(call, "state export", body)


COMMANDS = (init, pull, push, restore, copy, export)


def _pretty(lines: list[Line]) -> str:
    import json

    return json.dumps(lines, indent=1)


def _write(out: str, text: str) -> None:
    from cloudwright.cli.output_files import write_text

    write_text(out, text + "\n", mode=0o600)


def _read(statefile: str) -> Snapshot:
    from pathlib import Path

    from cloudwright.errors import StateError
    from cloudwright.state.edits import parse

    try:
        text = Path(statefile).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise StateError(
            f"{statefile} can't be read: {reason}", hint="make one: `cloudwright state pull FILE -o STATEFILE`"
        ) from error
    return parse(text, statefile)
