"""Targets whose role fails, or returns credentials of another account: each is reported, the others continue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.local.faults import parse
from fleet_kit import Fleet, account, statuses

if TYPE_CHECKING:
    from cloudwright.testing import ServedCloud

INFRA = """
    from cloudwright import App
    from cloudwright.aws import SNS

    app = App("net")

    @app.program
    async def main():
        SNS.Topic("one", TopicName="one")
        SNS.Topic("two", TopicName="two")
"""


def test_a_role_that_does_not_work_fails_its_targets_alone(fleet: Fleet, local_cloud_server: ServedCloud) -> None:
    cloud = local_cloud_server.cloud
    cloud.faults.add(parse(f"assume:type=*::{account(2)}:*"))
    cloud.faults.add(parse(f"assume:type=*::{account(3)}:*,account={account(555)}"))
    fleet.program(INFRA)
    fleet.targets(1, 2, 3)
    fleet.deploy("--yes", "--max-failures", "4")

    lines = fleet.work()

    errors = {line["target"][5:17]: line["error"] for line in lines if line.get("status") == "failed"}
    assert statuses(lines) == {"done": 2, "failed": 4}
    assert {one.place.account for one in cloud.requests()} == {account(1)}
    assert errors[account(2)].startswith(
        f"one, two: the credentials (role:arn:aws:iam::{account(2)}:role/deploy) can't be obtained: AccessDenied: "
    )
    assert "check the role's trust policy" in errors[account(2)]
    assert f"belong to account {account(555)}" in errors[account(3)]
    assert f"but {account(3)} is expected; nothing was sent to Cloud Control" in errors[account(3)]
    assert "name a role of that account in the targets file: role_arn = " in errors[account(3)]

    cloud.faults.clear()
    assert fleet.say("retry")[-1]["text"] == "4 targets queued for a retry"
    assert statuses(fleet.work()) == {"done": 6}
