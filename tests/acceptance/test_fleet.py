"""A fleet as people run it, over a served local cloud: a worker is killed, a target fails, plans wait."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from fleet_kit import INFRA, REGIONS, Fleet, account, statuses

if TYPE_CHECKING:
    import subprocess

    from cloudwright.local.cloud import LocalCloud
    from cloudwright.testing import ServedCloud


@pytest.fixture(autouse=True)
def _program(fleet: Fleet) -> None:
    fleet.program(INFRA)


def kill_in_mid_apply(worker: subprocess.Popen[str], cloud: LocalCloud, requests: int) -> None:
    while len(cloud.requests()) < requests and worker.poll() is None:
        time.sleep(0.02)
    worker.send_signal(signal.SIGKILL)
    worker.wait()


@pytest.mark.local_cloud(operation_time=0.4)
def test_a_killed_worker_loses_nothing_repeats_nothing_and_needs_no_second_approval(
    fleet: Fleet, local_cloud_server: ServedCloud
) -> None:
    cloud = local_cloud_server.cloud
    fleet.targets(1, 2, 3)
    fleet.deploy("--concurrency-per-account", "2")
    assert statuses(fleet.work()) == {"waiting for approval": 6}
    assert fleet.say("approve")[-1]["text"] == "6 plans approved"

    with fleet.worker() as doomed:
        kill = threading.Thread(target=kill_in_mid_apply, args=(doomed, cloud, 2))
        kill.start()
        while not cloud.requests() and doomed.poll() is None:
            time.sleep(0.02)
        lines = fleet.work()
        kill.join()

    creates = Counter((one.place, one.type_name) for one in cloud.requests())
    assert doomed.returncode == -signal.SIGKILL
    assert statuses(lines) == {"done": 6}
    assert (len(creates), set(creates.values())) == (12, {1})


def test_one_failure_is_reported_and_tried_again_while_others_continue(
    fleet: Fleet, local_cloud_server: ServedCloud
) -> None:
    cloud = local_cloud_server.cloud
    taken = cloud.put(account(1), REGIONS[0], "AWS::SNS::Topic", {"TopicName": "topic"})
    fleet.targets(1, 2)

    code, lines = fleet.ended("deploy", "infra.py", "--targets", "targets.toml", "--yes", "--max-failures", "1")
    (failed,) = [line for line in lines[-5:] if line.get("status") == "failed"]
    assert (code, statuses(lines)) == (3, {"done": 3, "failed": 1})
    assert failed["target"] == f"prod@{account(1)}.{REGIONS[0]}"
    assert "topic" in failed["error"]

    cloud.remove(account(1), REGIONS[0], "AWS::SNS::Topic", taken)
    assert fleet.say("retry")[-1]["text"] == "1 target queued for a retry"
    assert statuses(fleet.work()) == {"done": 4}


def test_only_the_program_of_the_run_is_run(fleet: Fleet) -> None:
    fleet.targets(1)
    fleet.deploy()
    assert statuses(fleet.work()) == {"waiting for approval": 2}

    assert fleet.say("approve")[-1]["text"] == "2 plans approved"
    fleet.program(INFRA + "# changed\n")
    lines = fleet.work()

    assert statuses(lines) == {"failed": 2}
    assert all(
        "changed since this run was created" in line["error"] for line in lines if line["type"] == "fleet_target"
    )


def test_only_the_modules_of_the_run_are_run(fleet: Fleet, local_cloud_server: ServedCloud) -> None:
    module = fleet.folder / "network.py"
    fleet.program("NAME = 'first'", "network.py")
    fleet.program(
        INFRA.replace('TopicName="topic"', "TopicName=NAME").replace("app =", "from network import NAME\n\n    app =")
    )
    fleet.targets(1)

    fleet.deploy("--yes", "--max-failures", "1")
    fleet.program("NAME = 'second'", "network.py")
    assert f"{module} changed since this run was created" in refused(fleet, local_cloud_server.cloud)

    module.unlink()
    fleet.say("retry")
    assert f"infra.py needs network.py, but there is no {module} on this worker" in refused(
        fleet, local_cloud_server.cloud
    )

    fleet.program("NAME = 'second'", "network.py")
    fleet.deploy("--yes")
    assert statuses(fleet.work()) == {"done": 2}
    names = {one.properties.get("TopicName") for one in local_cloud_server.cloud.resources()}
    assert names == {"second", None}, "an earlier load of this process has left no module"


def refused(fleet: Fleet, cloud: LocalCloud) -> str:
    """The one error of all targets, none of which was touched."""
    lines = fleet.work()
    assert statuses(lines) == {"failed": 2}
    assert cloud.requests() == []
    (error,) = {line["error"].replace(REGIONS[1], REGIONS[0]) for line in lines if line["type"] == "fleet_target"}
    return str(error)


def test_a_worker_with_another_state_makes_nothing(
    fleet: Fleet, local_cloud_server: ServedCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.targets(1)
    fleet.deploy("--yes", "--max-failures", "1")
    monkeypatch.setenv("CLOUDWRIGHT_STATE", f"sqlite:///{fleet.folder}/another.db")
    shown = refused(fleet, local_cloud_server.cloud)

    assert f"this worker uses the states in sqlite:///{fleet.folder}/another.db, but the run those in " in shown
    assert "start the worker with CLOUDWRIGHT_STATE=" in shown


def test_a_worker_on_another_machine_than_the_state_makes_nothing(
    fleet: Fleet, local_cloud_server: ServedCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.targets(1)
    fleet.deploy("--yes", "--max-failures", "1")
    here = socket.gethostname()
    monkeypatch.setattr(socket, "gethostname", lambda: "another-machine")
    shown = refused(fleet, local_cloud_server.cloud)

    assert f"is a file on {here}, but this worker runs on another-machine" in shown
    assert "share the state: CLOUDWRIGHT_STATE=s3://" in shown


def test_a_retry_that_would_change_nothing_is_refused(fleet: Fleet) -> None:
    fleet.targets(1)
    fleet.program("""
        from cloudwright import App

        app = App("net")

        @app.program
        async def main():
            raise KeyError("subnet")
    """)
    fleet.deploy("--yes", "--order", "none", "--concurrency-per-account", "2")
    assert statuses(fleet.work()) == {"failed": 2}

    code, lines = fleet.ended("retry", "--target", f"prod@{account(1)}.{REGIONS[0]}")

    assert code == 1
    assert "would remain stopped because of the other failures" in lines[-1]["message"]
    assert fleet.say("retry")[-1]["text"] == "2 targets queued for a retry"


def test_a_look_in_the_wrong_folder_says_so_and_leaves_nothing(fleet: Fleet) -> None:
    assert "no fleet run was started in this folder" in fleet.text("status")
    assert not (fleet.folder / ".cloudwright").exists()
