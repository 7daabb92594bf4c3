"""A look for drift in every target of a fleet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from cloudwright.cli.root import run
from fleet_kit import REGIONS, Fleet, account, statuses

if TYPE_CHECKING:
    from typing import Any

    from cloudwright.local.cloud import LocalCloud
    from cloudwright.testing import ServedCloud

INFRA = """
    from cloudwright import App
    from cloudwright.aws import SNS, SSM

    app = App("net")

    @app.program
    async def main():
        SNS.Topic("topic", TopicName="topic", DisplayName="ours")
        SSM.Parameter("pointer", Name="/topic", Type="String", Value="one")
"""
HERE = f"prod@{account(1)}.{REGIONS[0]}"
LOOK = ("drift", "infra.py", "--targets", "targets.toml")


@pytest.fixture(autouse=True)
def _deployed(fleet: Fleet) -> None:
    fleet.program(INFRA)
    fleet.targets(1, 2)
    fleet.deploy("--yes", "--concurrency-per-account", "2")
    assert statuses(fleet.work()) == {"done": 4}


def found(lines: list[dict[str, Any]]) -> dict[str, int]:
    """Target -> how many of its resources drifted, as the run's end tells."""
    last = [line for line in lines if line["type"] == "fleet_target"][-4:]
    return {line["target"]: line["drifted"] for line in last if line["drifted"]}


def change(cloud: LocalCloud) -> None:
    topics = [one for one in cloud.resources(account(1), REGIONS[0]) if one.type_name == "AWS::SNS::Topic"]
    cloud.modify(account(1), REGIONS[0], "AWS::SNS::Topic", topics[0].identifier, {"DisplayName": "theirs"})


def test_what_drifted_is_reported_by_target_and_shown_on_demand(fleet: Fleet, local_cloud_server: ServedCloud) -> None:
    assert fleet.ended(*LOOK)[0] == 0
    assert "; no drift" in fleet.text("status")

    before = len(local_cloud_server.cloud.requests())
    change(local_cloud_server.cloud)
    local_cloud_server.cloud.remove(account(1), REGIONS[0], "AWS::SSM::Parameter", "/topic")
    code, lines = fleet.ended(*LOOK)
    assert (code, found(lines), lines[-1]["drifted"]) == (2, {HERE: 2}, 2)
    assert fleet.ended("status")[0] == 2

    reports = fleet.say("plan")
    assert [(line["key"], line["condition"]) for line in reports if line["type"] == "drift"] == [
        ("pointer", "missing"),
        ("topic", "changed"),
    ]
    assert "theirs" in fleet.text("plan")
    assert "2 resources drifted in 1 target" in fleet.text("status")
    assert len(local_cloud_server.cloud.requests()) == before, "nothing was changed"


def test_what_may_not_be_read_fails_its_target_and_stops_no_other(
    fleet: Fleet, local_cloud_server: ServedCloud
) -> None:
    change(local_cloud_server.cloud)
    local_cloud_server.cloud.faults.add(
        "refuse:code=AccessDeniedException,operation=GetResource,type=AWS::SNS::Topic,count=1"
    )

    code, lines = fleet.ended(*LOOK)
    failed = [line["error"] for line in lines[-5:-1] if line["status"] == "failed"]

    assert (code, statuses(lines)) == (3, {"done": 3, "failed": 1})
    assert len(failed) == 1
    assert "let the role read these types" in failed[0]


def test_a_deploy_that_reads_first_brings_it_back(fleet: Fleet, local_cloud_server: ServedCloud) -> None:
    change(local_cloud_server.cloud)
    before = len(local_cloud_server.cloud.requests())

    fleet.deploy("--refresh", "--yes")
    assert statuses(fleet.work()) == {"done": 4}
    assert len(local_cloud_server.cloud.requests()) == before + 1
    assert fleet.ended(*LOOK)[0] == 0


def test_one_target_is_repaired_by_hand_in_its_own_place_or_not_at_all(
    fleet: Fleet, local_cloud_server: ServedCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = local_cloud_server.cloud
    change(cloud)
    before = len(cloud.requests())
    command = ["drift", "infra.py", "--stage", HERE, "--fix", "--yes"]

    assert run(command) == 1, "these are credentials of another account"
    assert re.search(f"belong to account {account(999)} .* but {account(1)} is expected", fleet.heard(), re.DOTALL)
    assert len(cloud.requests()) == before

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", account(1))
    assert run(command) == 0
    assert {one.place for one in cloud.requests()[before:]} == {(account(1), REGIONS[0])}
    assert fleet.ended(*LOOK)[0] == 0
