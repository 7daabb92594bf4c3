"""The operations on fleet runs: begin, approve, pause, resume, cancel and retry.

A run is a request; workers find it in the database and carry it out. Nothing here prints.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudwright.errors import CloudwrightError, LockHeld, ProgramError
from cloudwright.fleet.model import FleetSpec, RunControl, TargetStatus, Verb, counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.app.app import App
    from cloudwright.fleet.model import Attempt, FleetRun
    from cloudwright.fleet.queue import Queue
    from cloudwright.fleet.store import FleetStore


@contextlib.contextmanager
def open_fleet(url: str) -> Iterator[Fleet]:
    """The fleet of a database.

    Args:
        url: The database's URL.

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
    """The URL of an existing database.

    Args:
        named: The user's choice; `None`: the file in this folder.

    Raises:
        ProgramError: This folder has none.
    """
    file = _own_file()
    if named is None and not file.is_file():
        raise ProgramError(
            f"no fleet run was started in this folder: there is no {file}",
            hint="change to its folder, or name its database: --database URL, or CLOUDWRIGHT_FLEET=URL",
        )
    return named or f"sqlite:///{file}"


def own_database(named: str | None) -> str:
    """The same, but creates the file in this folder if it is missing.

    Args:
        named: The user's choice; `None`: the file in this folder.
    """
    if named is not None:
        return named
    file = _own_file()
    try:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        file.touch(mode=0o600)
    except OSError as error:
        from cloudwright.os_errors import machine_error

        what, elsewhere = f"{file} can't be created", "name another database: --database URL, or CLOUDWRIGHT_FLEET=URL"
        raise machine_error(error, what, path=file, elsewhere=elsewhere) from error
    return f"sqlite:///{file}"


def _own_file() -> Path:
    return Path.cwd() / ".cloudwright" / "fleet.db"


class Fleet:
    """The runs of one database."""

    def __init__(self, store: FleetStore, queue: Queue) -> None:
        """Use this store and this queue."""
        self.store: FleetStore = store
        self.queue: Queue = queue

    def begin(self, spec: FleetSpec) -> FleetRun:
        """Record a new run; workers find it.

        Args:
            spec: From `spec_of`.

        Raises:
            LockHeld: An unfinished run is still going to change one of the targets.
        """
        self._refuse_contested(spec)
        return self.store.add(spec)

    def _refuse_contested(self, spec: FleetSpec) -> None:
        from cloudwright.fleet.schedule import contested, newest

        for run in self.store.active():
            if names := contested(spec, run, newest(self.queue.attempts(run))):
                raise LockHeld(
                    f"fleet run {run.id} ({run.spec.verb} of {run.spec.app}) is still going to change "
                    f"{counted(len(names), 'target')} of this one, such as {names[0]}",
                    hint=f"wait for it: cloudwright fleet status {run.id} --watch; "
                    f"or end it: cloudwright fleet cancel {run.id}",
                )

    def approve(self, run: FleetRun, chosen: tuple[str, ...] = ()) -> str:
        """Approve waiting plans.

        Raises:
            ProgramError: A selected target has no waiting plan.
        """
        self._refuse_cancelled(run)
        waiting = {one.target: one.digest for one in self.rows(run) if one.status is TargetStatus.WAITING}
        if wrong := [name for name in chosen if name not in waiting]:
            known = ", ".join(waiting) or "none"
            raise ProgramError(
                f"{', '.join(wrong)}: no plan waits for approval in run {run.id}", hint=f"waiting: {known}"
            )
        waiting = {name: digest for name, digest in waiting.items() if not chosen or name in chosen}
        self.store.approve(run, waiting)
        return f"{counted(len(waiting), 'plan')} approved" if waiting else "no plan waits for approval"

    def pause(self, run: FleetRun) -> str:
        """Start no more targets."""
        return self._decide(run, RunControl.PAUSED, "paused; targets in progress will be finished")

    def resume(self, run: FleetRun) -> str:
        """Resume the run.

        Raises:
            ProgramError: Too many targets have failed.
        """
        from cloudwright.fleet.schedule import newest, stopped

        if stopped(run, newest(self.queue.attempts(run))):
            raise ProgramError(
                f"run {run.id} has stopped because of its failures",
                hint=f"cloudwright fleet retry {run.id} retries them",
            )
        return self._decide(run, RunControl.RUNNING, "continues as soon as a worker runs")

    def cancel(self, run: FleetRun) -> str:
        """Cancel the run."""
        text = self._decide(run, RunControl.CANCELLED, "cancelled; targets in progress will be finished")
        self.queue.cancel_queued(run)
        return text

    def retry(self, run: FleetRun, chosen: tuple[str, ...] = ()) -> str:
        """Retry the failed targets.

        Raises:
            ProgramError: A selected target has not failed, or too many others have.
        """
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
                f"run {run.id} would remain stopped because of the other failures, so nothing would be retried",
                hint=f"cloudwright fleet retry {run.id} retries all of them, or name more targets",
            )
        self.store.request_retry(run, again)
        return f"{counted(len(again), 'target')} queued for a retry" if again else "no target has failed"

    def rows(self, run: FleetRun) -> list[Attempt]:
        """The status of each target."""
        from cloudwright.fleet.schedule import newest, rows

        return list(rows(run, newest(self.queue.attempts(run))))

    def failed(self, run: FleetRun) -> list[str]:
        """The targets that have failed."""
        return [one.target for one in self.rows(run) if one.status is TargetStatus.FAILED]

    def _decide(self, run: FleetRun, decision: RunControl, text: str) -> str:
        self._refuse_cancelled(run)
        self.store.set_control(run, decision)
        return text

    def _refuse_cancelled(self, run: FleetRun) -> None:
        if run.decision is RunControl.CANCELLED:
            raise ProgramError(
                f"run {run.id} was cancelled", hint=f"start a new one: cloudwright fleet {run.spec.verb}"
            )


def spec_of(app: App, program: Path, verb: Verb, *, targets: Path, by_wave: bool, **options: Any) -> FleetSpec:
    """The specification of a new run.

    Args:
        app: Configured with the run's stage.
        program: The program's file.
        verb: What to do to each target.
        targets: The targets file.
        by_wave: Whether a wave waits for the one before it.
        options: The rest of a `FleetSpec`.

    Raises:
        ProgramError: The stage already names a target, or the targets file is invalid.
    """
    from cloudwright.fleet.jobs import place_of_state
    from cloudwright.fleet.program_files import files_of
    from cloudwright.fleet.targets import read_targets

    if "@" in app.state_stage:
        raise ProgramError(
            f"{app.state_stage} is the stage of a fleet's target; pass a stage without account and Region",
            hint="--stage prod, for instance",
        )
    state, host = place_of_state(app)
    return FleetSpec(
        program=str(program),
        files=files_of(program),
        app=app.name,
        verb=verb,
        state=state,
        host=host,
        local=app.local,
        targets=read_targets(targets, app.stage),
        by_wave=by_wave,
        **options,
    )
