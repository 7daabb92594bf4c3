"""What the fleet's commands do, behind their options."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudwright.errors import CloudwrightError, LockHeld, ProgramError
from cloudwright.fleet.model import Verb
from cloudwright.render.fleet.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View
    from cloudwright.fleet.model import Attempt, FleetRun, Spec
    from cloudwright.fleet.queue import Queue
    from cloudwright.fleet.store import FleetStore


@contextlib.contextmanager
def open_fleet(url: str) -> Iterator[Fleet]:
    """The fleet of a database.

    Args:
        url: The database's.

    Raises:
        CloudwrightError: The extra is not installed.
    """
    if find_spec("dbos") is None:
        raise CloudwrightError("a fleet needs the package dbos", hint="pip install 'cloudwright[fleet]'")
    from cloudwright.fleet.queue import Queue
    from cloudwright.fleet.store import FleetStore

    store = FleetStore(url)
    queue = Queue(url)
    try:
        yield Fleet(store, queue)
    finally:
        queue.close()
        store.close()


def known_database(named: str | None) -> str:
    """The URL of a database that is there already, as far as this machine can tell.

    Args:
        named: By the user; `None`: the file of this folder.

    Raises:
        ProgramError: This folder has none.
    """
    file = _own_file()
    if named is None and not file.is_file():
        raise ProgramError(
            f"no fleet run was begun in this folder: there is no {file}",
            hint="go to the folder where it was begun, or name its database: --database URL, or CLOUDWRIGHT_FLEET=URL",
        )
    return named or f"sqlite:///{file}"


def own_database(named: str | None) -> str:
    """The same, but the file of this folder is made where it is missing.

    Args:
        named: By the user; `None`: the file of this folder.
    """
    if named is not None:
        return named
    file = _own_file()
    try:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        file.touch(mode=0o600)
    except OSError as error:
        from cloudwright.os_errors import machine_error

        what, elsewhere = f"{file} can't be made", "name another database: --database URL, or CLOUDWRIGHT_FLEET=URL"
        raise machine_error(error, what, path=file, elsewhere=elsewhere) from error
    return f"sqlite:///{file}"


def _own_file() -> Path:
    return Path.cwd() / ".cloudwright" / "fleet.db"


class Fleet:
    """The runs of one database, in the hands of a person."""

    def __init__(self, store: FleetStore, queue: Queue) -> None:
        """Take its store and its queue."""
        self.store: FleetStore = store
        self.queue: Queue = queue

    def begin(self, call: CommandOptions, verb: str, *, targets: str, order: str, **asked: Any) -> FleetRun:
        """Keep a new run; workers find it.

        Args:
            call: The common options.
            verb: A `Verb`.
            targets: The targets file.
            order: `waves` or `none`.
            asked: The rest of a `Spec`.

        Raises:
            ProgramError: The program or the targets file is not as it must be.
            LockHeld: Another run is still to change one of the targets.
        """
        spec = _spec(call, verb, targets=targets, order=order, **asked)
        self._refuse_contested(spec)
        return self.store.add(spec)

    def _refuse_contested(self, spec: Spec) -> None:
        from cloudwright.fleet.schedule import contested, newest

        for run in self.store.active():
            if names := contested(spec, run, newest(self.queue.attempts(run))):
                raise LockHeld(
                    f"fleet run {run.id} ({run.spec.verb} of {run.spec.app}) still works on "
                    f"{counted(len(names), 'target')} of this one, such as {names[0]}",
                    hint=f"wait for it: cloudwright fleet status {run.id} --watch; "
                    f"or end it: cloudwright fleet cancel {run.id}",
                )

    def approve(self, run: FleetRun, chosen: tuple[str, ...] = ()) -> str:
        """Approve the plans that wait.

        Raises:
            ProgramError: A chosen target's plan does not wait.
        """
        from cloudwright.fleet.model import TargetStatus

        self._refuse_cancelled(run)
        waiting = {one.target: one.digest for one in self.rows(run) if one.status is TargetStatus.WAITING}
        if wrong := [name for name in chosen if name not in waiting]:
            known = ", ".join(waiting) or "none"
            raise ProgramError(f"no plan of {', '.join(wrong)} waits in run {run.id}", hint=f"waiting: {known}")
        waiting = {name: digest for name, digest in waiting.items() if not chosen or name in chosen}
        self.store.approve(run, waiting)
        return f"{counted(len(waiting), 'plan')} approved" if waiting else "no plan waits for approval"

    def pause(self, run: FleetRun) -> str:
        """Begin nothing more."""
        return self._say(run, "PAUSED", "paused; what is being applied is brought to its end")

    def resume(self, run: FleetRun) -> str:
        """Let it go on.

        Raises:
            ProgramError: Too much has failed for that.
        """
        from cloudwright.fleet.schedule import newest, stopped

        if stopped(run, newest(self.queue.attempts(run))):
            raise ProgramError(
                f"run {run.id} stopped because of its failures",
                hint=f"cloudwright fleet retry {run.id} tries them again",
            )
        return self._say(run, "RUNNING", "goes on, as soon as a worker is there")

    def cancel(self, run: FleetRun) -> str:
        """End it."""
        told = self._say(run, "CANCELLED", "cancelled; what is being applied is brought to its end")
        self.queue.take_back(run)
        return told

    def retry(self, run: FleetRun, chosen: tuple[str, ...] = ()) -> str:
        """Try the failed targets once more.

        Raises:
            ProgramError: A chosen target has not failed, or too much else has.
        """
        from cloudwright.fleet.model import TargetStatus
        from cloudwright.fleet.schedule import newest, stopped

        self._refuse_cancelled(run)
        failed = {
            one.target: one.number
            for one in self.rows(run)
            if one.status in {TargetStatus.FAILED, TargetStatus.CANCELLED}
        }
        if wrong := [name for name in chosen if name not in failed]:
            known = ", ".join(failed) or "none has"
            raise ProgramError(f"{', '.join(wrong)} has not failed in run {run.id}", hint=f"failed: {known}")
        again = {name: number for name, number in failed.items() if not chosen or name in chosen}
        if stopped(replace(run, again={**run.again, **again}), newest(self.queue.attempts(run))):
            raise ProgramError(
                f"run {run.id} would stay stopped because of the other failures, and try nothing again",
                hint=f"cloudwright fleet retry {run.id} tries all of them again; or name more of them",
            )
        self.store.again(run, again)
        return f"{counted(len(again), 'target')} tried again" if again else "no target has failed"

    def rows(self, run: FleetRun) -> list[Attempt]:
        """Where each target stands."""
        from cloudwright.fleet.schedule import newest, rows

        return list(rows(run, newest(self.queue.attempts(run))))

    def plans(self, face: View, run: FleetRun, chosen: tuple[str, ...]) -> None:
        """Show the plans of the chosen targets; of all that wait for approval, or that drifted, if none is chosen.

        Raises:
            ProgramError: The run has no such target.
        """
        from cloudwright.fleet.model import TargetStatus

        known = {one.target: one for one in self.rows(run)}
        if wrong := [name for name in chosen if name not in known]:
            raise ProgramError(
                f"run {run.id} has no target {', '.join(wrong)}", hint="cloudwright fleet status names them"
            )
        telling = [name for name, one in known.items() if one.drifted or one.status is TargetStatus.WAITING]
        for name in chosen or telling:
            self._plan(face, run, known[name])
        if not chosen and not telling:
            told = "no drift was found" if run.spec.verb is Verb.DRIFT else "no plan waits for approval"
            from cloudwright.render.contract.fleet import FleetSaidLine

            face.message(told, FleetSaidLine(run=run.id, verb="plan", text="none").as_object())

    def _plan(self, face: View, run: FleetRun, attempt: Attempt) -> None:
        from cloudwright.cli.views.command_hints import advice_for_target

        if attempt.number and (plan := self.queue.plan(run, attempt)):
            face.plan(advice_for_target(run, attempt.target).plan(plan))
        elif attempt.number and (report := self.queue.report(run, attempt)):
            face.drift(report)
        else:
            face.message(f"{attempt.target} has no {'report' if run.spec.verb is Verb.DRIFT else 'plan'} yet")

    async def show(self, face: View, run: FleetRun) -> int:
        """Show a run as it is."""
        from cloudwright.cli.views.command_hints import attempts_with_advice
        from cloudwright.fleet.schedule import AT_REST, newest, run_status

        latest = newest(self.queue.attempts(run))
        status = run_status(run, latest)
        code = face.fleet(run, status, attempts_with_advice(run, self.rows(run)))
        if status not in AT_REST and not self._anybody_works():
            face.message("\n  next: cloudwright fleet worker  (none is at work)")
        return code

    def _anybody_works(self) -> bool:
        from cloudwright.fleet.liveness import alive

        return bool(alive(self.store.workers()))

    async def watch(self, face: View, run: FleetRun) -> int:
        """Tell of every target that moves, until the run is over; then show it."""
        from cloudwright.cli.fleet.worker import follow

        try:
            await follow(face, self, run)
        finally:
            face.pause()
        return await self.show(face, self.store.run(run.id))

    async def work(self, face: View, run: FleetRun, concurrency: int) -> int:
        """Work on a run until it is over or a signal comes, then show it."""
        from cloudwright.cli.fleet.worker import work

        return await work(face, self, run, concurrency)

    async def serve(self, face: View, concurrency: int, *, until_idle: bool) -> int:
        """Work on every run, until a signal comes, or until there is nothing left to do."""
        from cloudwright.cli.fleet.worker import serve

        return await serve(face, self.store.url, concurrency, until_idle=until_idle)

    def _say(self, run: FleetRun, decision: str, told: str) -> str:
        from cloudwright.fleet.model import RunControl

        self._refuse_cancelled(run)
        self.store.say(run, RunControl[decision])
        return told

    def _refuse_cancelled(self, run: FleetRun) -> None:
        from cloudwright.fleet.model import RunControl

        if run.decision is RunControl.CANCELLED:
            raise ProgramError(
                f"run {run.id} was cancelled", hint=f"cloudwright fleet {run.spec.verb} begins a new one"
            )


def _spec(call: CommandOptions, verb: str, *, targets: str, order: str, **asked: Any) -> Spec:
    from cloudwright.cli.program import app_for
    from cloudwright.fleet.jobs import place_of_state
    from cloudwright.fleet.model import Spec
    from cloudwright.fleet.program_files import files_of, forget
    from cloudwright.fleet.targets import read_targets

    program = Path(call.program).resolve()
    if call.context.app is None:
        forget(program.parent)
    app = app_for(call)
    if "@" in app.state_stage:
        raise ProgramError(f"{app.state_stage} is a target of a fleet, no stage", hint="--stage prod, for instance")
    state, host = place_of_state(app)
    return Spec(
        program=str(program),
        files=files_of(program),
        app=app.name,
        verb=Verb(verb),
        state=state,
        host=host,
        local=app.local,
        targets=read_targets(Path(targets), app.stage),
        by_wave=order == "waves",
        **asked,
    )
