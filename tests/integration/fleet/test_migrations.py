"""The fleet's tables in PostgreSQL, made once and brought forward, and what was queued for workers of before."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from cloudwright.errors import StateTooNew
from cloudwright.fleet import queue as queues
from cloudwright.fleet.database import driver_url
from cloudwright.fleet.migrations import FORMAT, migrate
from cloudwright.fleet.model import FleetSpec, TargetStatus, Verb
from cloudwright.fleet.queue import Queue
from cloudwright.fleet.store import FleetStore
from cloudwright.fleet.targets import FleetTarget
from conformance import postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    not postgres_server.available() and not postgres_server.REQUIRED, reason="PostgreSQL's programs are not installed"
)

TARGET = FleetTarget("111122223333", "eu-west-1", "prod")
FORMER = """
    CREATE TABLE cloudwright_runs (
        id TEXT PRIMARY KEY, made_at FLOAT NOT NULL, spec TEXT NOT NULL, decision TEXT NOT NULL, approved TEXT NOT NULL,
        again TEXT NOT NULL, version INTEGER NOT NULL, at_rest BOOLEAN NOT NULL
    )
"""
SPEC = {
    "program": "/srv/net/infra.py",
    "digest": "abc",
    "app": "net",
    "targets": [{"account": "111122223333", "region": "eu-west-1", "stage": "prod", "role_arn": "", "wave": 0}],
    "canary": 0.5,
}


@pytest.fixture
def engine() -> Iterator[sa.Engine]:
    with postgres_server.running() as url:
        made = sa.create_engine(driver_url(url))
        yield made
        made.dispose()


def url_of(engine: sa.Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def test_many_that_come_at_once_make_the_tables_once(engine: sa.Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert [*pool.map(lambda _: migrate(engine), range(8))] == [None] * 8

    with engine.connect() as db:
        assert db.exec_driver_sql("SELECT version FROM cloudwright_format").all() == [(FORMAT,)]


def test_what_an_earlier_cloudwright_kept_is_brought_forward_and_a_newer_one_refused(engine: sa.Engine) -> None:
    former = sa.text("INSERT INTO cloudwright_runs VALUES ('7f3a', 1.5, :spec, 'paused', '{}', '{}', 3, false)")
    with engine.begin() as db:
        db.exec_driver_sql(FORMER)
        db.execute(former, {"spec": json.dumps(SPEC)})
    store = FleetStore(url_of(engine))

    assert store.run().spec == FleetSpec(
        program="/srv/net/infra.py", files={"infra.py": "abc"}, app="net", targets=(TARGET,), canary=0.5
    )
    assert store.run().spec.verb is Verb.DEPLOY
    store.close()

    with engine.begin() as db:
        db.exec_driver_sql("UPDATE cloudwright_format SET version = 99")
    with pytest.raises(StateTooNew, match=f"format 99, this cloudwright reads up to {FORMAT}"):
        FleetStore(url_of(engine))


def test_what_was_queued_for_workers_of_an_earlier_version_is_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'fleet.db'}"
    store, queue = FleetStore(url), Queue(url)
    run = store.add(FleetSpec(program="/p", files={}, app="a", targets=(TARGET,)))
    monkeypatch.setattr(queues, "VERSION", 1)
    queue.put(run, TARGET, 1)
    monkeypatch.undo()
    queue.put(run, TARGET, 2)

    queue.cancel_earlier_versions(set())

    assert {one.number: one.status for one in queue.attempts(run)} == {
        1: TargetStatus.CANCELLED,
        2: TargetStatus.QUEUED,
    }
    queue.close()
    store.close()
