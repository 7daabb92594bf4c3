"""One fleet of several stages: a worker's process has all of them in hand at once, and each is its own program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleet_kit import REGIONS, Fleet, account, statuses

if TYPE_CHECKING:
    from cloudwright.testing import ServedCloud

INFRA = """
    from cloudwright import App
    from cloudwright.aws import SNS

    app = App("net")

    @app.program
    async def main():
        from naming import topic_name

        SNS.Topic("topic", TopicName=topic_name())
"""
NAMING = """
    import time

    from infra import app

    AT_IMPORT = app.stage
    time.sleep(0.05)

    def topic_name():
        return f"{AT_IMPORT}-{app.stage}"
"""
STAGES = ("dev", "test", "prod")


def test_a_module_sees_the_stage_of_its_own_target(fleet: Fleet, local_cloud_server: ServedCloud) -> None:
    fleet.program(INFRA)
    fleet.program(NAMING, "naming.py")
    places = [(account(number), stage) for number in (1, 2) for stage in STAGES]
    entries = [
        f'[[target]]\naccount = "{at}"\nregion = "{REGIONS[0]}"\nstage = "{stage}"\n'
        f'role_arn = "arn:aws:iam::{at}:role/deploy"\n'
        for at, stage in places
    ]
    (fleet.folder / "targets.toml").write_text("".join(entries), "utf-8")

    fleet.deploy("--yes", "--concurrency-per-account", "3")
    assert statuses(fleet.work()) == {"done": 6}

    names = sorted((one.place.account, one.properties["TopicName"]) for one in local_cloud_server.cloud.resources())
    assert names == sorted((at, f"{stage}-{stage}") for at, stage in places)
