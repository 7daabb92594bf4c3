"""The fleet's own tables, in the same database as DBOS's: runs and workers."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from cloudwright.errors import ProgramError, StateError, StateTooNew
from cloudwright.fleet.database import answering, engine_at
from cloudwright.fleet.liveness import here
from cloudwright.fleet.migrations import migrate
from cloudwright.fleet.model import FleetRun, FleetSpec, FleetWorker, RunControl, Verb
from cloudwright.fleet.targets import FleetTarget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_META = sa.MetaData()
_RUNS = sa.Table(
    "cloudwright_runs",
    _META,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("made_at", sa.Float, nullable=False),
    sa.Column("spec", sa.Text, nullable=False),
    sa.Column("decision", sa.Text, nullable=False),
    sa.Column("approved", sa.Text, nullable=False),
    sa.Column("again", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at_rest", sa.Boolean, nullable=False),
)
_WORKERS = sa.Table(
    "cloudwright_workers",
    _META,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("seen_at", sa.Float, nullable=False),
)
# Machines may have different times, so all times are read from the database's clock.
_NOW = {
    "sqlite": sa.literal_column("(julianday('now') - 2440587.5) * 86400.0", sa.Float),
    "postgresql": sa.literal_column("extract(epoch from clock_timestamp())", sa.Float),
}


class FleetStore:
    """Reads and writes the fleet's tables."""

    def __init__(self, url: str) -> None:
        """Open the database, create missing tables and migrate older ones.

        Args:
            url: `sqlite:///PATH` or `postgresql://...`.

        Raises:
            StateUnavailable: It does not answer; raised by every method.
            StateTooNew: A newer cloudwright created the tables.
            StateError: It rejects the request.
        """
        self.url = url
        self._engine = engine_at(url)
        try:
            with answering():
                migrate(self._engine)
        except StateError:
            self.close()
            raise

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    # Runs

    def add(self, spec: FleetSpec) -> FleetRun:
        """Record a new run."""
        made = secrets.token_hex(4)
        with answering(), self._engine.begin() as db:
            now = db.execute(sa.select(self._now)).scalar_one()
            db.execute(
                _RUNS.insert().values(
                    id=made,
                    made_at=now,
                    spec=json.dumps(asdict(spec)),
                    decision=RunControl.RUNNING,
                    approved="{}",
                    again="{}",
                    version=0,
                    at_rest=False,
                )
            )
        return FleetRun(id=made, made_at=float(now), spec=spec)

    def runs(self) -> list[FleetRun]:
        """All runs, the newest first."""
        with answering(), self._engine.connect() as db:
            return [_run(row) for row in db.execute(sa.select(_RUNS).order_by(_RUNS.c.made_at.desc()))]

    def active(self) -> list[FleetRun]:
        """The runs that may progress without a decision."""
        wanted = sa.select(_RUNS).where(_RUNS.c.at_rest.is_(sa.false())).order_by(_RUNS.c.made_at)
        with answering(), self._engine.connect() as db:
            return [_run(row) for row in db.execute(wanted)]

    def set_inactive(self, run: FleetRun) -> None:
        """Mark a run as inactive, unless a decision was recorded since the run was read."""
        seen = (_RUNS.c.id == run.id) & (_RUNS.c.version == run.version)
        with answering(), self._engine.begin() as db:
            db.execute(_RUNS.update().where(seen).values(at_rest=True))

    def run(self, name: str = "") -> FleetRun:
        """A run by its id; the latest one if none is named.

        Raises:
            ProgramError: There is none.
        """
        known = self.runs()
        found = [run for run in known if run.id == name or not name]
        if found:
            return found[0]
        if not known:
            raise ProgramError(
                "there are no fleet runs in this database", hint="cloudwright fleet deploy FILE --targets FILE"
            )
        raise ProgramError(f"there is no fleet run {name!r}", hint=f"known are {', '.join(run.id for run in known)}")

    def set_control(self, run: FleetRun, decision: RunControl) -> None:
        """Resume, pause or cancel a run."""
        self._change(run, lambda _: {"decision": decision})

    def approve(self, run: FleetRun, digests: Mapping[str, str]) -> None:
        """Approve plans: target -> the digest of the plan that was reviewed."""
        self._change(run, lambda now: {"approved": json.dumps({**now.approved, **digests})})

    def request_retry(self, run: FleetRun, attempts: Mapping[str, int]) -> None:
        """Request a retry: target -> the number of the failed attempt."""
        self._change(run, lambda now: {"again": json.dumps({**now.again, **attempts})})

    def _change(self, run: FleetRun, change: Callable[[FleetRun], dict[str, Any]]) -> None:
        """Update the latest version of a run; no concurrent decision is lost."""
        while True:
            now = self.run(run.id)
            seen = (_RUNS.c.id == now.id) & (_RUNS.c.version == now.version)
            values = {**change(now), "version": now.version + 1, "at_rest": False}
            with answering(), self._engine.begin() as db:
                if db.execute(_RUNS.update().where(seen).values(**values)).rowcount:
                    return

    # Workers

    def write_heartbeat(self, name: str) -> None:
        """Write a heartbeat of this process."""
        with answering(), self._engine.begin() as db:
            changed = db.execute(_WORKERS.update().where(_WORKERS.c.name == name).values(seen_at=self._now))
            if not changed.rowcount:
                values = {"name": name, "host": here(), "pid": os.getpid(), "seen_at": self._now}
                db.execute(_WORKERS.insert().values(**values))

    def remove_workers(self, names: Iterable[str]) -> None:
        """Remove workers from the list."""
        with answering(), self._engine.begin() as db:
            db.execute(_WORKERS.delete().where(_WORKERS.c.name.in_(list(names))))

    def workers(self) -> list[FleetWorker]:
        """All workers on the list, including dead ones."""
        columns = (*_WORKERS.c, (self._now - _WORKERS.c.seen_at).label("silence"))
        with answering(), self._engine.connect() as db:
            return [FleetWorker(*row) for row in db.execute(sa.select(*columns).order_by(_WORKERS.c.name))]

    @property
    def _now(self) -> sa.ColumnElement[float]:
        return _NOW[self._engine.dialect.name]


def _run(row: sa.Row[Any]) -> FleetRun:
    return FleetRun(
        id=row.id,
        made_at=row.made_at,
        spec=_spec(json.loads(row.spec), row.id),
        decision=RunControl(row.decision),
        approved=json.loads(row.approved),
        again=json.loads(row.again),
        version=row.version,
    )


def _spec(document: dict[str, Any], run: str) -> FleetSpec:
    """The specification of a run. A worker that is older than the tables may find unknown fields."""
    if unknown := sorted(set(document) - {field.name for field in fields(FleetSpec)}):
        raise StateTooNew(
            f"fleet run {run} has {', '.join(unknown)}, which this cloudwright does not know",
            hint="upgrade cloudwright on this machine, too",
        )
    targets = tuple(FleetTarget(**target) for target in document["targets"])
    return FleetSpec(**{**document, "verb": Verb(document["verb"]), "targets": targets})
