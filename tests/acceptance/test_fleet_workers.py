"""How a worker of a fleet ends, and what others do about one that is gone."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from dbos import DBOS

from cloudwright.fleet import dbos_internals, jobs, liveness
from cloudwright.fleet.store import FleetStore
from cloudwright.fleet.worker import working
from fleet_kit import Fleet, statuses

if TYPE_CHECKING:
    import contextlib
    import subprocess

    from cloudwright.local.cloud import LocalCloud
    from cloudwright.testing import ServedCloud

INFRA = """
    from cloudwright import App
    from cloudwright.aws import SNS

    app = App("net")

    @app.program
    async def main():
        SNS.Topic("topic", TopicName="topic")
"""


@pytest.fixture(autouse=True)
def _program(fleet: Fleet) -> None:
    fleet.program(INFRA)
    fleet.targets(1, 2, 3)
    fleet.deploy("--yes", "--concurrency-per-account", "2")


def wait_for_requests(worker: subprocess.Popen[str], cloud: LocalCloud) -> None:
    while not cloud.requests() and worker.poll() is None:
        time.sleep(0.02)


def once_each(cloud: LocalCloud) -> bool:
    return Counter(one.place for one in cloud.requests()).most_common(1)[0][1] == 1


@pytest.mark.local_cloud(operation_time=1)
@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_asked_to_end_finishes_the_targets_in_progress(
    fleet: Fleet, local_cloud_server: ServedCloud, asked: signal.Signals
) -> None:
    with fleet.worker() as worker:
        wait_for_requests(worker, local_cloud_server.cloud)
        worker.send_signal(asked)
        printed, _ = worker.communicate(timeout=60)

    shown = [line["text"] for line in map(json.loads, printed.splitlines()) if line.get("text")]
    after = statuses(fleet.say("status"))
    assert worker.returncode == 0
    assert [text.partition(" prod@")[0] for text in shown] == ["ends once", "ended; it has no targets in progress"]
    assert "another signal stops at once" in shown[0]
    assert (after["running"], after["failed"]) == (0, 0)
    assert after["done"] >= 1
    assert statuses(fleet.work()) == {"done": 6}
    assert once_each(local_cloud_server.cloud)


@pytest.mark.local_cloud(operation_time=1)
def test_a_deploy_that_is_interrupted_leaves_the_rest_to_the_next_worker(
    fleet: Fleet, local_cloud_server: ServedCloud
) -> None:
    assert fleet.say("cancel")[-1]["verb"] == "cancel"
    words = ("deploy", "infra.py", "--targets", "targets.toml", "--yes", "--concurrency", "2")
    with fleet.process(*words) as deploy:
        wait_for_requests(deploy, local_cloud_server.cloud)
        deploy.send_signal(signal.SIGINT)
        printed, _ = deploy.communicate(timeout=60)

    assert deploy.returncode == 128 + signal.SIGINT
    assert printed.count("another signal stops at once") == 1
    assert "the next worker continues the run; cloudwright fleet cancel" in printed
    assert statuses(fleet.say("status"))["running"] == 0
    assert statuses(fleet.work()) == {"done": 6}
    assert once_each(local_cloud_server.cloud)


@pytest.mark.local_cloud(operation_time=2)
def test_a_second_signal_ends_a_worker_at_once_and_another_one_continues(
    fleet: Fleet, local_cloud_server: ServedCloud
) -> None:
    with fleet.worker() as worker:
        wait_for_requests(worker, local_cloud_server.cloud)
        worker.send_signal(signal.SIGINT)
        assert worker.stdout is not None
        lines = [worker.stdout.readline() for _ in range(3)]
        worker.send_signal(signal.SIGINT)
        left, _ = worker.communicate(timeout=1.5)

    assert worker.returncode == 128 + signal.SIGINT
    assert "ends once" in lines[-1]
    assert "stopped at once; another worker takes over" in json.loads(left)["text"]
    assert statuses(fleet.work()) == {"done": 6}
    assert once_each(local_cloud_server.cloud)


@pytest.mark.local_cloud(operation_time=0.5)
def test_work_of_somebody_whom_nobody_knows_any_more_is_taken_over(
    fleet: Fleet, local_cloud_server: ServedCloud
) -> None:
    with fleet.worker() as worker:
        wait_for_requests(worker, local_cloud_server.cloud)
        worker.kill()
    store = FleetStore(f"sqlite:///{fleet.folder}/.cloudwright/fleet.db")
    store.remove_workers([one.name for one in store.workers()])
    store.close()

    assert statuses(fleet.say("status"))["running"] > 0
    lines = fleet.work()
    assert statuses(lines) == {"done": 6}, [line.get("error") for line in lines]
    assert once_each(local_cloud_server.cloud)


class LetGo(BaseException):
    """What ends a workflow without an end in the database."""


def test_work_that_a_worker_has_let_go_of_is_taken_up_again(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    in_flight, dropped = jobs.WorkerContext.in_flight, list[str]()

    def dropping(context: jobs.WorkerContext, workflow: str) -> contextlib.AbstractContextManager[None]:
        if not dropped:
            dropped.append(workflow)
            raise LetGo
        return in_flight(context, workflow)

    monkeypatch.setattr(liveness, "LOST_AFTER", 0.5)
    monkeypatch.setattr(jobs.WorkerContext, "in_flight", dropping)

    assert statuses(fleet.work()) == {"done": 6}
    assert len(dropped) == 1


def test_a_run_that_nobody_works_on_says_so(fleet: Fleet) -> None:
    assert fleet.text("status").endswith("\n  next: cloudwright fleet worker  (none is at work)\n")
    store = FleetStore(f"sqlite:///{fleet.folder}/.cloudwright/fleet.db")
    store.write_heartbeat("somebody")

    assert "none is at work" not in fleet.text("status")
    store.remove_workers(["somebody"])
    store.close()
    assert statuses(fleet.work()) == {"done": 6}
    assert "none is at work" not in fleet.text("status")


def test_a_worker_takes_its_own_limit_whatever_another_one_takes(fleet: Fleet) -> None:
    with working(f"sqlite:///{fleet.folder}/.cloudwright/fleet.db", concurrency=2):
        # Like a worker with a higher limit that began later.
        DBOS.register_queue("cloudwright-7", worker_concurrency=6, partition_concurrency=7)
        queue = DBOS.retrieve_queue("cloudwright-7")

        assert queue is not None
        assert queue.worker_concurrency == 2


def test_a_dbos_without_a_way_to_take_over_is_refused_before_anything_is_taken(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(DBOS, "_recover_pending_workflows")

    code, lines = fleet.ended("worker", "--until-idle")

    assert code == 1
    assert "has no _recover_pending_workflows: without it, a fleet can't take over" in lines[-1]["message"]
    assert lines[-1]["hint"] == f"pip install '{dbos_internals.REQUIREMENT}'"
    assert statuses(fleet.say("status")) == {"pending": 6}
