"""`cloudwright fleet`: one program in many accounts and Regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import common, decorated, with_program

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path
    from typing import Any

    from cloudwright.app.app import App
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View
    from cloudwright.fleet.model import FleetRun, FleetSpec
    from cloudwright.fleet.service import Fleet

    Body = Callable[[View, Fleet], Awaitable[int]]

_EPILOG = """\b
Examples:
  cloudwright fleet deploy infra.py --targets targets.toml --yes
  cloudwright fleet worker --concurrency 8          (on any machine that reaches the database)
  cloudwright fleet status --watch
  cloudwright fleet destroy infra.py --targets targets.toml
"""

_DEPLOY = """\b
Examples:
  cloudwright fleet deploy infra.py --targets targets.toml --yes
  cloudwright fleet deploy infra.py --targets targets.toml --canary 0.1 --max-failures 3
  cloudwright fleet deploy infra.py --targets targets.toml --detach --database postgresql://db/fleet
"""

_DESTROY = """\b
Examples:
  cloudwright fleet destroy infra.py --targets targets.toml
  cloudwright fleet destroy infra.py --targets targets.toml --stage review --yes
  cloudwright fleet plan && cloudwright fleet approve
"""

_DRIFT = """\b
Examples:
  cloudwright fleet drift infra.py --targets targets.toml
  cloudwright fleet drift infra.py --targets targets.toml --json
  cloudwright fleet plan                            (shows the drift)
  cloudwright fleet deploy infra.py --targets targets.toml --refresh   (repairs the drift)

\b
Exit codes: 0 no drift, 2 drift and nothing else, 1 or 3 where targets failed
(also where AWS denied a read, or nothing could be compared).
"""

_WORKER = """\b
Examples:
  cloudwright fleet worker --concurrency 8
  cloudwright fleet worker --until-idle --database postgresql://db/fleet
"""

_STATUS = """\b
Examples:
  cloudwright fleet status                          (the newest run)
  cloudwright fleet status 7f3a --watch
  cloudwright fleet status --json
"""

_PLAN = """\b
Examples:
  cloudwright fleet plan
  cloudwright fleet plan 7f3a --target prod@111122223333.eu-west-1
"""

_APPROVE = """\b
Examples:
  cloudwright fleet plan && cloudwright fleet approve
  cloudwright fleet approve 7f3a
"""

_PAUSE = """\b
Examples:
  cloudwright fleet pause                           (cloudwright fleet resume continues it)
  cloudwright fleet pause 7f3a
"""

_RESUME = """\b
Examples:
  cloudwright fleet resume
  cloudwright fleet resume 7f3a
"""

_CANCEL = """\b
Examples:
  cloudwright fleet cancel
  cloudwright fleet cancel 7f3a
"""

_RETRY = """\b
Examples:
  cloudwright fleet retry
  cloudwright fleet retry 7f3a --target prod-eu
"""

_DATABASE = click.option(
    "--database", metavar="URL", envvar="CLOUDWRIGHT_FLEET",
    help="The fleet's database: sqlite:///FILE or postgresql://... Default: $CLOUDWRIGHT_FLEET, .cloudwright/fleet.db.",
)  # fmt: skip
_CONCURRENCY = click.option(
    "--concurrency",
    type=click.IntRange(1, 64),
    default=4,
    show_default=True,
    help="Parallel targets in this process.",
)
_ONLY = click.option("--target", "targets", multiple=True, metavar="TARGET", help="Only this target. Repeatable.")
_RUN = click.argument("run", metavar="[RUN]", default="")


@click.group("fleet", epilog=_EPILOG)
def command() -> None:
    """Deploy one program to many accounts and Regions. Needs the extra `fleet`."""


def _begins(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every verb that begins a run."""
    options = (
        with_program,
        click.option("--targets", required=True, metavar="FILE", help="A TOML file with [[target]] entries."),
        _DATABASE,
        _CONCURRENCY,
        click.option(
            "--concurrency-per-account", "per_account", type=click.IntRange(1, 64), default=1, show_default=True,
            metavar="N", help="Parallel targets in one account, over all workers.",
        ),
        click.option("--detach", is_flag=True, help="Only queue the run; other workers do the work."),
    )  # fmt: skip
    return decorated(command, options)


def _changes(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a run that changes its targets."""
    options = (
        click.option(
            "--max-failures", type=click.IntRange(0), default=0, show_default=True, metavar="K",
            help="Start no more targets once more than K have failed.",
        ),
        click.option(
            "--canary", type=click.FloatRange(0, 1), default=0.0, metavar="FRACTION",
            help="Deploy this fraction of the first wave first; stop if one of its targets fails.",
        ),
        click.option(
            "--order", type=click.Choice(["waves", "none"]), default="waves", show_default=True,
            help="waves: each wave waits for the one before it. none: it does not.",
        ),
        click.option("--refresh", is_flag=True, help="Read the live resources before each plan."),
        click.option("--yes", is_flag=True, help="Apply every plan without asking."),
    )  # fmt: skip
    return decorated(command, options)


@command.command("deploy", epilog=_DEPLOY)
@_begins
@_changes
def deploy(call: CommandOptions, **asked: Any) -> int:
    """Deploy to every target: plan, check, approve, apply."""
    return _begun(call, "deploy", **asked)


@command.command("destroy", epilog=_DESTROY)
@_begins
@_changes
def destroy(call: CommandOptions, **asked: Any) -> int:
    """Destroy every target, the last wave first. Each plan has to be approved."""
    return _begun(call, "destroy", **asked)


@command.command("drift", epilog=_DRIFT)
@_begins
def drift(call: CommandOptions, **asked: Any) -> int:
    """Show the drift of every target. Changes nothing."""
    return _begun(call, "drift", order="none", **asked)


@command.command("worker", epilog=_WORKER)
@common
@_DATABASE
@_CONCURRENCY
@click.option("--until-idle", is_flag=True, help="Exit when no run is active.")
def worker(call: CommandOptions, *, database: str | None, concurrency: int, until_idle: bool) -> int:
    """Work on every run of the database, until Ctrl-C."""

    async def body(view: View, fleet: Fleet) -> int:
        from cloudwright.cli.fleet.worker import serve

        return await serve(view, fleet.store.url, concurrency, until_idle=until_idle)

    return _work(call, "fleet worker", database, body)


@command.command("status", epilog=_STATUS)
@common
@_RUN
@_DATABASE
@click.option("--watch", is_flag=True, help="Keep showing the status until the run ends.")
def status(call: CommandOptions, *, run: str, database: str | None, watch: bool) -> int:
    """Show the status of each target. RUN defaults to the newest one."""

    async def body(view: View, fleet: Fleet) -> int:
        from cloudwright.cli.fleet import show, worker

        return await (worker.watch if watch else show.show_run)(view, fleet, fleet.store.run(run))

    return _run(call, "fleet status", database, body)


@command.command("plan", epilog=_PLAN)
@common
@_RUN
@_DATABASE
@_ONLY
def plan(call: CommandOptions, *, run: str, database: str | None, targets: tuple[str, ...]) -> int:
    """Show the plans that wait for approval. Of a drift run, show the drift. --target shows one target."""

    async def body(view: View, fleet: Fleet) -> int:
        from cloudwright.cli.fleet.show import show_plans

        show_plans(view, fleet, fleet.store.run(run), targets)
        return 0

    return _run(call, "fleet plan", database, body)


@command.command("approve", epilog=_APPROVE)
@common
@_RUN
@_DATABASE
@_ONLY
def approve(call: CommandOptions, *, run: str, database: str | None, targets: tuple[str, ...]) -> int:
    """Approve the plans that `fleet plan` shows. If a plan has changed since, it waits again."""
    return _decided(call, "approve", run, database, targets)


@command.command("pause", epilog=_PAUSE)
@common
@_RUN
@_DATABASE
def pause(call: CommandOptions, *, run: str, database: str | None) -> int:
    """Start no more targets; those that are being applied finish."""
    return _decided(call, "pause", run, database)


@command.command("resume", epilog=_RESUME)
@common
@_RUN
@_DATABASE
def resume(call: CommandOptions, *, run: str, database: str | None) -> int:
    """Continue a paused run."""
    return _decided(call, "resume", run, database)


@command.command("cancel", epilog=_CANCEL)
@common
@_RUN
@_DATABASE
def cancel(call: CommandOptions, *, run: str, database: str | None) -> int:
    """Cancel a run; targets that are being applied finish."""
    return _decided(call, "cancel", run, database)


@command.command("retry", epilog=_RETRY)
@common
@_RUN
@_DATABASE
@_ONLY
def retry(call: CommandOptions, *, run: str, database: str | None, targets: tuple[str, ...]) -> int:
    """Retry the failed targets."""
    return _decided(call, "retry", run, database, targets)


def _begun(
    call: CommandOptions, verb: str, *, database: str | None, concurrency: int, detach: bool, **asked: Any
) -> int:
    async def body(view: View, fleet: Fleet) -> int:
        from cloudwright.cli.fleet.worker import work

        program, app = _loaded(call)
        with app.traced(f"fleet {verb}") as tracing:
            run = fleet.begin(_spec(app, program, verb, trace=tracing.carrier if tracing else {}, **asked))
            _announce(view, run)
            if detach:
                return 0
            code = await work(view, fleet, run, concurrency)
            if tracing is not None:
                tracing.changed(failed=len(fleet.failed(run)))
            return code

    return _work(call, f"fleet {verb}", database, body)


def _announce(view: View, run: FleetRun) -> None:
    from cloudwright.fleet.model import counted
    from cloudwright.render.contract.fleet import FleetBegunLine

    text = f"fleet run {run.id}: {run.spec.verb} of {counted(len(run.spec.targets), 'target')}"
    view.message(text, FleetBegunLine(run=run.id).as_object())


def _loaded(call: CommandOptions) -> tuple[Path, App]:
    from pathlib import Path

    from cloudwright.app.user_modules import forget
    from cloudwright.cli.program import app_for

    program = Path(call.program).resolve()
    if call.context.app is None:
        # So that every module of the program is loaded, and counted among its files, by this run.
        forget(program.parent)
    return program, app_for(call)


def _spec(app: App, program: Path, verb: str, *, targets: str, order: str, **asked: Any) -> FleetSpec:
    from pathlib import Path

    from cloudwright.fleet.model import Verb
    from cloudwright.fleet.service import spec_of

    return spec_of(app, program, Verb(verb), targets=Path(targets), by_wave=order == "waves", **asked)


def _decided(call: CommandOptions, verb: str, name: str, database: str | None, *more: Any) -> int:
    async def body(view: View, fleet: Fleet) -> int:
        run: FleetRun = fleet.store.run(name)
        text: str = getattr(fleet, verb)(run, *more)
        from cloudwright.render.contract.fleet import FleetMessageLine

        view.message(f"fleet run {run.id}: {text}", FleetMessageLine(run=run.id, verb=verb, text=text).as_object())
        return 0

    return _run(call, f"fleet {verb}", database, body)


def _run(call: CommandOptions, name: str, database: str | None, body: Body) -> int:
    """A command about runs that were begun before."""
    from cloudwright.fleet.service import known_database

    return _opened(call, name, lambda: known_database(database), body)


def _work(call: CommandOptions, name: str, database: str | None, body: Body) -> int:
    """A command that may be the first one in its folder."""
    from cloudwright.fleet.service import own_database

    return _opened(call, name, lambda: own_database(database), body)


def _opened(call: CommandOptions, name: str, url: Callable[[], str], body: Body) -> int:
    from cloudwright.cli.run_command import run_command

    async def opened(view: View) -> int:
        from cloudwright.fleet.service import open_fleet

        with open_fleet(url()) as fleet:
            return await body(view, fleet)

    return run_command(call, name, opened)
