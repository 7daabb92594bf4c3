"""The fleet's tables of an earlier and of a newer cloudwright."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from cloudwright.errors import StateTooNew
from cloudwright.fleet.migrations import FORMAT, migrate
from cloudwright.fleet.model import FleetSpec, Verb
from cloudwright.fleet.store import FleetStore
from cloudwright.fleet.targets import FleetTarget

if TYPE_CHECKING:
    from pathlib import Path

TARGET = FleetTarget("111122223333", "eu-west-1", "prod")
FORMER = (
    """CREATE TABLE cloudwright_runs (
        id TEXT PRIMARY KEY, made_at FLOAT NOT NULL, spec TEXT NOT NULL, decision TEXT NOT NULL, approved TEXT NOT NULL,
        again TEXT NOT NULL, version INTEGER NOT NULL, at_rest BOOLEAN NOT NULL
    )""",
    "INSERT INTO cloudwright_runs VALUES ('7f3a', 1.5, '{spec}', 'paused', '{{}}', '{{}}', 3, false)",
)
SPEC = {
    "program": "/srv/net/infra.py",
    "digest": "abc",
    "app": "net",
    "targets": [{"account": "111122223333", "region": "eu-west-1", "stage": "prod", "role_arn": "", "wave": 0}],
    "canary": 0.5,
    "yes": True,
}
"""A run as the first version kept it, before its tables told their format."""


def engine_of(folder: Path) -> sa.Engine:
    return sa.create_engine(f"sqlite:///{folder / 'fleet.db'}")


def write(engine: sa.Engine, *statements: str) -> None:
    with engine.begin() as db:
        for statement in statements:
            db.exec_driver_sql(statement)
    engine.dispose()


def version_of(engine: sa.Engine) -> int:
    with engine.connect() as db:
        return int(db.exec_driver_sql("SELECT version FROM cloudwright_format").scalar_one())


def test_new_tables_have_the_format_of_now(tmp_path: Path) -> None:
    engine = engine_of(tmp_path)
    migrate(engine)
    migrate(engine)

    assert version_of(engine) == FORMAT


def test_what_an_earlier_cloudwright_kept_is_brought_forward(tmp_path: Path) -> None:
    write(engine_of(tmp_path), *(text.format(spec=json.dumps(SPEC)) for text in FORMER))
    store = FleetStore(f"sqlite:///{tmp_path / 'fleet.db'}")
    run = store.run()
    store.close()

    assert run.spec == FleetSpec(
        program="/srv/net/infra.py", files={"infra.py": "abc"}, app="net", targets=(TARGET,), canary=0.5, yes=True
    )
    assert (run.spec.verb, run.version, run.decision) == (Verb.DEPLOY, 3, "paused")
    assert version_of(engine_of(tmp_path)) == FORMAT


def test_a_newer_database_is_refused_with_both_versions_and_left_alone(tmp_path: Path) -> None:
    engine = engine_of(tmp_path)
    migrate(engine)
    write(engine, f"UPDATE cloudwright_format SET version = {FORMAT + 5}")
    before = (tmp_path / "fleet.db").read_bytes()

    with pytest.raises(
        StateTooNew, match=f"database has format {FORMAT + 5}, this cloudwright reads up to {FORMAT}"
    ) as told:
        FleetStore(f"sqlite:///{tmp_path / 'fleet.db'}")

    assert "upgrade cloudwright" in str(told.value.hint)
    assert (tmp_path / "fleet.db").read_bytes() == before


def test_a_migration_that_fails_leaves_the_tables_as_they_were(tmp_path: Path) -> None:
    engine = engine_of(tmp_path)
    write(engine, *(text.format(spec="no JSON") for text in FORMER))

    with pytest.raises(sa.exc.OperationalError, match="malformed JSON"):
        migrate(engine)

    assert sa.inspect(engine).get_table_names() == ["cloudwright_runs"]


def test_a_worker_of_before_the_migration_is_told_what_it_does_not_know(tmp_path: Path) -> None:
    store = FleetStore(f"sqlite:///{tmp_path / 'fleet.db'}")
    made = store.add(FleetSpec(program="/p", files={}, app="a", targets=(TARGET,)))
    write(engine_of(tmp_path), "UPDATE cloudwright_runs SET spec = json_set(spec, '$.mood', 'good')")

    with pytest.raises(StateTooNew, match=f"fleet run {made.id} has mood, which this cloudwright does not know"):
        store.active()
    store.close()
