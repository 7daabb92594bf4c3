"""What an update in place leaves as it is, and what a plan makes of the attributes that it may change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright.aws import RDS, SSM, ApiGateway, Events
from cloudwright.errors import PlanDeviation
from cloudwright.plan.model import Action

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cloudwright.plan.model import Plan


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def bus(team: str) -> Callable[[], None]:
    def main() -> None:
        bus = Events.EventBus("bus", Name="orders", Tags=[{"Key": "team", "Value": team}])
        Events.Rule("rule", EventBusName=bus.Arn, EventPattern={"source": ["orders"]})

    return main


def api(description: str) -> Callable[[], None]:
    def main() -> None:
        api = ApiGateway.RestApi("api", Name="orders", Description=description)
        ApiGateway.Resource("orders", RestApiId=api.RestApiId, ParentId=api.RootResourceId, PathPart="orders")

    return main


def changed(plan: Plan) -> dict[str, Action]:
    return {step.key: step.action for step in plan.changes}


@pytest.mark.parametrize(("program", "parent"), [(bus, "bus"), (api, "api")])
async def test_a_harmless_change_of_a_parent_leaves_its_dependents_alone(
    world: World, program: Any, parent: str
) -> None:
    await world.deploy(program("old"))
    result = await world.deploy(program("new"))

    assert result.ok, result.failed
    assert changed(result.plans[0]) == {parent: Action.UPDATE}
    assert (await world.deploy(program("new"))).calls == 0


async def test_what_repeats_a_property_or_is_a_version_may_change_with_it_alone(world: World) -> None:
    def program(port: int, days: int) -> Callable[[], None]:
        def main() -> None:
            cluster = RDS.DBCluster("cluster", Engine="aurora-mysql", Port=port, BackupRetentionPeriod=days)
            SSM.Parameter("port", Name="/port", Type="String", Value=f"{cluster.Endpoint.Port}")
            SSM.Parameter("address", Name="/address", Type="String", Value=cluster.Endpoint.Address)

        return main

    await world.deploy(program(3306, 1))

    assert changed(await world.plan(program(3306, 2))) == {"cluster": Action.UPDATE}
    assert changed(await world.plan(program(3307, 2))) == {"cluster": Action.UPDATE, "port": Action.UPDATE}


async def test_where_it_turns_out_otherwise_that_one_resource_stops_and_says_why(world: World) -> None:
    def program(description: str, text: str) -> Callable[[], None]:
        def main() -> None:
            api = ApiGateway.RestApi("api", Name="orders", Description=description)
            ApiGateway.Resource("orders", RestApiId=api.RestApiId, ParentId=api.RootResourceId, PathPart="orders")
            SSM.Parameter("other", Name="/other", Type="String", Value=text)

        return main

    await world.deploy(program("old", "old"))
    record = (await world.records())["api"]
    place = (record.target.account, record.target.region)
    world.cloud.modify(*place, record.type, record.identifier, {"RootResourceId": "moved1"})
    result = await world.deploy(program("new", "new"))

    (failed,) = result.failed
    assert failed.key == "orders"
    assert isinstance(failed.error, PlanDeviation)
    assert "/ParentId: RootResourceId of api was expected to keep its value" in failed.message
    assert "moved1" in failed.message
    assert [each["Value"] for each in world.live("SSM::Parameter")] == ["new"]
    again = await world.plan(program("new", "new"))
    assert changed(again) == {"orders": Action.REPLACE}


async def test_a_value_that_the_program_recreates_is_not_blamed_on_its_siblings(world: World) -> None:
    runs = iter(range(100))

    def before() -> None:
        ApiGateway.RestApi("api", Name="orders")

    def main() -> None:
        api = ApiGateway.RestApi("api", Name="orders")
        SSM.Parameter("parameter", Name="/api", Type="String", Value=f"{api.RootResourceId}-{next(runs)}")

    await world.deploy(before)
    result = await world.deploy(main)

    (failed,) = result.failed
    assert "/Value differs from the plan" in failed.message
    assert "expected to keep its value" not in failed.message
