"""A fleet's end as people bring it about: the last wave first, each plan agreed to, whatever dies in between."""

from __future__ import annotations

import signal
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


def deployed(fleet: Fleet, *accounts: int) -> None:
    fleet.targets(*accounts, in_waves=True)
    fleet.deploy("--yes", "--concurrency-per-account", "2")
    assert statuses(fleet.work()) == {"done": 2 * len(accounts)}


def deletes(cloud: LocalCloud) -> list[tuple[str, str]]:
    """Account and type of every delete, oldest first."""
    return [(one.place[0], one.type_name) for one in cloud.requests() if one.operation == "DELETE"]


def test_nothing_is_deleted_before_its_plan_was_seen_and_the_last_wave_goes_first(
    fleet: Fleet, local_cloud_server: ServedCloud
) -> None:
    cloud = local_cloud_server.cloud
    deployed(fleet, 1, 2)
    fleet.targets(1, 2, 3, in_waves=True)

    fleet.begin("destroy")
    lines = fleet.work()
    assert statuses(lines) == {"done": 2, "waiting for approval": 2, "pending": 2}
    assert {line["target"]: line["changes"] for line in lines if line.get("status") == "done"} == {
        f"prod@{account(3)}.{region}": 0 for region in REGIONS
    }, "what was never deployed is gone"
    assert [line["destroy"] for line in fleet.say("plan") if line["type"] == "plan"] == [True, True]
    assert deletes(cloud) == []

    fleet.say("approve")
    assert statuses(fleet.work()) == {"done": 4, "waiting for approval": 2}
    fleet.say("approve")
    assert statuses(fleet.work()) == {"done": 6}
    assert [number for number, _ in deletes(cloud)] == [account(2)] * 4 + [account(1)] * 4
    assert cloud.resources() == []


def kill_in_mid_destroy(worker: subprocess.Popen[str], cloud: LocalCloud) -> None:
    while not deletes(cloud) and worker.poll() is None:
        time.sleep(0.02)
    worker.send_signal(signal.SIGKILL)
    worker.wait()


@pytest.mark.local_cloud(operation_time=0.4)
@pytest.mark.parametrize("yes", [["--yes"], []], ids=["said in advance", "asked"])
def test_a_killed_worker_leaves_nothing_and_needs_no_second_approval(
    fleet: Fleet, local_cloud_server: ServedCloud, yes: list[str]
) -> None:
    cloud = local_cloud_server.cloud
    deployed(fleet, 1)
    fleet.begin("destroy", "--concurrency-per-account", "2", *yes)
    if not yes:
        assert statuses(fleet.work()) == {"waiting for approval": 2}
        fleet.say("approve")

    with fleet.worker() as doomed:
        kill_in_mid_destroy(doomed, cloud)
    lines = fleet.work()

    assert doomed.returncode == -signal.SIGKILL
    assert statuses(lines) == {"done": 2}
    assert cloud.resources() == []
    assert set(Counter((one.place, one.type_name, one.operation) for one in cloud.requests()).values()) == {1}


def test_nothing_is_begun_while_another_run_still_changes_the_same_targets(
    fleet: Fleet, local_cloud_server: ServedCloud
) -> None:
    fleet.targets(1)
    (_, begun) = fleet.deploy("--yes")
    code, lines = fleet.ended("destroy", "infra.py", "--targets", "targets.toml", "--yes")

    assert (code, lines[-1]["error"]) == (4, "LockHeld")
    assert (
        f"fleet run {begun['run']} (deploy of net) is still going to change 2 targets of this one"
        in lines[-1]["message"]
    )

    fleet.say("cancel")
    assert fleet.ended("destroy", "infra.py", "--targets", "targets.toml", "--yes")[0] == 0
    assert local_cloud_server.cloud.requests() == []


def test_what_is_protected_stays_and_is_named(fleet: Fleet, local_cloud_server: ServedCloud) -> None:
    fleet.program(INFRA.replace('TopicName="topic"', 'TopicName="topic", protect=True'))
    deployed(fleet, 1)

    fleet.begin("destroy", "--yes", "--max-failures", "1")
    lines = fleet.work()

    assert statuses(lines) == {"failed": 2}
    assert all("topic is protected" in line["error"] for line in lines if line["type"] == "fleet_target")
    assert deletes(local_cloud_server.cloud) == []


def test_who_uses_the_outputs_of_what_goes_is_reported(fleet: Fleet) -> None:
    fleet.program(INFRA + "        return {'Topic': topic.TopicArn}\n")
    deployed(fleet, 1)
    (target, *_) = sorted(line["target"] for line in fleet.say("status") if line["type"] == "fleet_target")
    fleet.program(
        """
        from cloudwright import App, outputs
        from cloudwright.aws import SSM

        app = App("web")

        @app.program
        async def main():
            theirs = await outputs("net", stage="TARGET")
            SSM.Parameter("copy", Name="/copy", Type="String", Value=theirs["Topic"])
        """.replace("TARGET", target),
        "web.py",
    )
    fleet.say("deploy", "web.py", "--targets", "targets.toml", "--yes")

    fleet.begin("destroy", "--yes")
    notes = {line["target"]: line["notes"] for line in fleet.work() if line["type"] == "fleet_target"}
    assert notes[target] == [f"other apps use its outputs: web/{target}, web/{target.replace(*REGIONS)}"]
    assert "other apps use its outputs: web/" in fleet.text("status")
