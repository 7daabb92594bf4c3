"""A fleet whose PostgreSQL goes away while targets are applied, and comes back."""

from __future__ import annotations

import re
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from conformance import postgres_server
from fleet_kit import Fleet, statuses

if TYPE_CHECKING:
    from cloudwright.testing import ServedCloud

pytestmark = pytest.mark.skipif(
    not postgres_server.available() and not postgres_server.REQUIRED, reason="PostgreSQL's programs are not installed"
)

INFRA = """
    from cloudwright import App
    from cloudwright.aws import SNS

    app = App("net")

    @app.program
    async def main():
        SNS.Topic("topic", TopicName="topic")
"""
END_ALL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL"


class Outage:
    """A server's door: closed, nobody gets in and everybody inside is thrown out."""

    def __init__(self, url: str) -> None:
        found = re.search(r"host=([^&]+)", url)
        assert found is not None
        self._door = Path(found[1]) / ".s.PGSQL.5432"
        self._away = self._door.with_suffix(".away")
        self._inside = psycopg.connect(url, autocommit=True)

    def begin(self) -> None:
        self._door.rename(self._away)
        self._inside.execute(END_ALL)

    def end(self) -> None:
        self._away.rename(self._door)
        self._inside.close()


@pytest.mark.local_cloud(operation_time=1)
def test_workers_wait_for_a_database_that_is_away_and_continue(
    fleet: Fleet, local_cloud_server: ServedCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = local_cloud_server.cloud
    fleet.program(INFRA)
    fleet.targets(1, 2)
    with postgres_server.running() as url:
        monkeypatch.setenv("CLOUDWRIGHT_FLEET", url)
        fleet.deploy("--yes", "--concurrency-per-account", "2")
        outage = Outage(url)
        with fleet.worker(text=True) as worker:
            while not cloud.requests() and worker.poll() is None:
                time.sleep(0.02)
            outage.begin()
            time.sleep(2)
            shown, lines = fleet.ended("status")
            outage.end()
            printed, _ = worker.communicate(timeout=60)
        after = statuses(fleet.say("status"))

    assert (shown, lines[-1]["error"]) == (1, "StateUnavailable")
    assert worker.returncode == 0, printed
    assert printed.count("the fleet's database can't be used: ") == 1
    assert "waiting for it\nthe fleet's database answers again\n" in printed
    assert after == {"done": 4}
    assert Counter(one.place for one in cloud.requests()).most_common(1)[0][1] == 1
