"""Two declarations of one physical resource in one program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright.aws import EC2, IAM, RDS, SQS, SSM, ApiGateway, CloudWatch, ImageBuilder, Route53
from cloudwright.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Callable

ALARM: Any = {
    "ComparisonOperator": "GreaterThanThreshold",
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "MetricName": "Errors",
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def line_of(text: str) -> str:
    lines = Path(__file__).read_text("utf-8").splitlines()
    return f"{__file__}:{next(number for number, line in enumerate(lines, 1) if text in line)}"


def parameters() -> None:
    SSM.Parameter("one", Name="/same", Type="String", Value="1")
    SSM.Parameter("two", Name="/same", Type="String", Value="2")


def made_of_a_reference() -> None:
    api = ApiGateway.RestApi("api", Name="orders")
    for key in ("stage", "again"):
        ApiGateway.Stage(key, RestApiId=api.RestApiId, StageName="live")


def in_the_service_s_form() -> None:
    for key, name in (("one", "Golden Images"), ("two", "golden-images")):
        ImageBuilder.DistributionConfiguration(key, Name=name, Distributions=[{"Region": "us-east-1"}])


def networks(*names: str, same: bool) -> Callable[[], None]:
    def main() -> None:
        vpcs = [EC2.VPC(f"vpc{number}", CidrBlock="10.0.0.0/16") for number in range(len(names))]
        for number, name in enumerate(names):
            vpc = vpcs[0 if same else number]
            EC2.SecurityGroup(f"group{number}", GroupName=name, GroupDescription="web", VpcId=vpc.VpcId)

    return main


async def test_both_lines_are_named_before_anything_is_sent(world: World) -> None:
    with pytest.raises(PlanError) as refused:
        await world.deploy(parameters)

    one, two = line_of('SSM.Parameter("one"'), line_of('SSM.Parameter("two"')
    assert refused.value.message == (
        f"one ({one}) and two ({two}) are one AWS::SSM::Parameter: they have the same Name '/same'"
    )
    assert world.live("SSM::Parameter") == []


@pytest.mark.parametrize("program", [made_of_a_reference, in_the_service_s_form])
async def test_names_are_compared_as_the_service_does_and_by_reference(
    world: World, program: Callable[[], None]
) -> None:
    with pytest.raises(PlanError, match=r"test_duplicates.py:\d+\) are one AWS::"):
        await world.plan(program)


def record(key: str, **more: Any) -> None:
    Route53.RecordSet(
        key, Name="a.example.com", Type="A", HostedZoneId="Z1", TTL="60", ResourceRecords=["192.0.2.1"], **more
    )


async def test_two_simple_records_of_one_name_and_type_are_one(world: World) -> None:
    def main() -> None:
        record("one")
        record("two")

    with pytest.raises(PlanError, match=r"one \(.*\) and two \(.*:\d+\) are one AWS::Route53::RecordSet") as refused:
        await world.plan(main)
    assert "SetIdentifier" not in refused.value.message


async def test_weighted_records_of_one_name_are_two(world: World) -> None:
    def main() -> None:
        record("one", SetIdentifier="blue", Weight=1)
        record("two", SetIdentifier="green", Weight=1)

    assert len((await world.plan(main)).changes) == 2


async def test_two_regions_two_names_and_names_that_the_service_makes_are_no_duplicates(world: World) -> None:
    def main() -> None:
        for region in ("us-east-1", "eu-west-1"):
            SSM.Parameter(region, Name="/same", Type="String", Value="1", region=region)
        for name in ("a", "b"):
            SQS.Queue(name, QueueName=name)
        SQS.Queue("c")
        SQS.Queue("d")

    plan = await world.plan(main)

    assert [finding for finding in plan.findings if finding.id == "plan:same-name"] == []
    assert (await world.deploy(main)).ok


@pytest.mark.parametrize(("same", "warned"), [(True, ["group1"]), (False, [])])
async def test_a_name_that_is_no_identifier_is_warned_of_where_all_that_is_fixed_is_equal(
    world: World, *, same: bool, warned: list[str]
) -> None:
    plan = await world.plan(networks("web", "web", same=same))

    found = [finding for finding in plan.findings if finding.id == "plan:same-name"]
    assert [finding.key for finding in found] == warned
    assert all("GroupName 'web'" in finding.text and "group0 (" in finding.text for finding in found)


async def test_a_global_name_is_one_resource_in_all_regions(world: World) -> None:
    def main() -> None:
        for region in ("us-east-1", "eu-west-1"):
            IAM.Role(region, RoleName="deployer", AssumeRolePolicyDocument={}, region=region)

    with pytest.raises(PlanError, match=r"us-east-1 \(.*\) and eu-west-1 \(.*\) are one AWS::IAM::Role"):
        await world.plan(main)


async def test_a_name_without_a_region_is_warned_of_in_another_region(world: World) -> None:
    def main() -> None:
        for region in ("us-east-1", "eu-west-1"):
            RDS.GlobalCluster(region, GlobalClusterIdentifier="orders", Engine="aurora-mysql", region=region)

    plan = await world.plan(main)

    assert [finding.key for finding in plan.findings if finding.id == "plan:same-name"] == ["eu-west-1"]


def parameters_later(version: Any, first: Any) -> None:
    SSM.Parameter("two", Name=version, Type="String", Value="2", depends_on=first)


def alarms_later(version: Any, first: Any) -> None:
    CloudWatch.Alarm("two", AlarmName=version, **ALARM, depends_on=first)


def parameter() -> Any:
    return SSM.Parameter("one", Name="/version/1", Type="String", Value="1")


def alarm() -> Any:
    return CloudWatch.Alarm("one", AlarmName="/version/1", **ALARM)


@pytest.mark.parametrize(("first", "second"), [(parameter, parameters_later), (alarm, alarms_later)])
async def test_what_shows_only_at_apply_names_the_other_declaration_and_advises_no_adoption(
    world: World, first: Callable[[], Any], second: Callable[[Any, Any], None]
) -> None:
    def main() -> None:
        template = EC2.LaunchTemplate("template", LaunchTemplateData={"InstanceType": "m6i.large"})
        second(f"/version/{template.LatestVersionNumber}", first())

    result = await world.deploy(main)

    (failed,) = result.failed
    assert failed.key == "two"
    hint = getattr(failed.error, "hint", "")
    assert "it is one of this app and stage" in hint
    assert "--adopt" not in hint
