"""Taking over what exists: found while planning, shown, and recorded before anything is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudwright import Resource
from cloudwright.aws.control import AWS
from cloudwright.errors import InvalidProperties, PlanError, ProgramError, ServiceError
from cloudwright.local.faults import Fault
from cloudwright.plan.model import Action
from cloudwright.plan.options import PlanOptions
from cloudwright.plan.saved import Saved, from_json, to_json
from cloudwright.state.records import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from app_kit import World
    from cloudwright.plan.model import Plan, Step

ACCOUNT, REGION = "000000000000", "us-east-1"
LOGS, TOPIC, QUEUE, VPC = "AWS::Logs::LogGroup", "AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::EC2::VPC"
COMPONENT, FLAGSHIP = "AWS::ImageBuilder::Component", "AWS::ImageBuilder::DistributionConfiguration"
STACK = {"Key": "aws:cloudformation:stack-name", "Value": "legacy"}


def put(world: World, type_name: str, **properties: Any) -> str:
    return world.cloud.put(ACCOUNT, REGION, type_name, properties)


def only(plan: Plan) -> Step:
    (step,) = plan.changes
    return step


async def test_a_name_that_is_the_identifier_finds_the_live_resource(world: World) -> None:
    put(world, LOGS, LogGroupName="/app", RetentionInDays=30)

    def program() -> None:
        AWS.Logs.LogGroup("logs", LogGroupName="/app", RetentionInDays=30, adopt=True)

    step = only(await world.plan(program))
    assert (Action.IMPORT, "/app", ()) == (step.action, step.identifier, step.changes)

    result = await world.deploy(program)
    assert result.ok
    assert "UPDATE" not in [request.operation for request in world.cloud.requests()]
    assert "/app" == (await world.records())["logs"].identifier
    assert (await world.plan(program, refresh=True)).empty


async def test_without_adopt_the_create_fails_and_the_hint_says_how(world: World) -> None:
    put(world, LOGS, LogGroupName="/app")

    def program() -> None:
        AWS.Logs.LogGroup("logs", LogGroupName="/app")

    (failed,) = (await world.deploy(program)).failed
    assert "already exists" in failed.message
    assert "adopt=True or --adopt logs" in str(failed.error)

    assert Action.IMPORT is only(await world.plan(program, adopt=("logs",))).action
    assert (await world.deploy(program, adopt=("logs",))).ok


async def test_an_adopting_declaration_creates_what_does_not_exist(world: World) -> None:
    def program() -> None:
        AWS.Logs.LogGroup("logs", LogGroupName="/app", adopt=True)
        AWS.SNS.Topic("topic", TopicName="news", adopt=True)
        AWS.SQS.Queue("queue", QueueName="jobs", adopt=True)

    assert {Action.CREATE} == {step.action for step in (await world.plan(program)).changes}
    assert (await world.deploy(program)).ok
    assert (await world.plan(program)).empty


async def test_what_appears_between_plan_and_deploy_is_not_taken_over_unseen(world: World) -> None:
    def program() -> None:
        AWS.Logs.LogGroup("logs", LogGroupName="/app", adopt=True)

    async def appear(plan: Plan) -> bool:
        assert Action.CREATE is only(plan).action
        put(world, LOGS, LogGroupName="/app")
        return True

    result = await world.app(program).deploy(approve=appear)
    assert "already exists" in result.failed[0].message
    assert "deploy again: the new plan adopts it" in str(result.failed[0].error)
    assert {} == await world.records()
    assert Action.IMPORT is only(await world.plan(program)).action


@pytest.mark.parametrize("name", ["Golden-Config", "golden-config"])
async def test_an_arn_made_of_the_name_finds_image_builders_resources(world: World, name: str) -> None:
    body = {"Name": "Golden-Config", "Distributions": [{"Region": REGION, "AmiDistributionConfiguration": {}}]}
    arn = put(world, FLAGSHIP, **body)

    def program() -> None:
        Resource("c", type=FLAGSHIP, properties={**body, "Name": name}, adopt=True)

    if name == "Golden-Config":
        assert (Action.IMPORT, arn) == ((step := only(await world.plan(program))).action, step.identifier)
        return
    with pytest.raises(
        PlanError, match=r'/Name \(createOnly\): it is "Golden-Config", but "golden-config" is declared'
    ):
        await world.plan(program)


async def test_names_find_what_has_an_invented_identifier_by_searching(world: World) -> None:
    for number in range(3):
        put(world, QUEUE, QueueName=f"jobs-{number}")
    put(world, TOPIC, TopicName="news", DisplayName="News")

    def program() -> dict[str, Any]:
        queue = AWS.SQS.Queue("queue", QueueName="jobs-1", adopt=True)
        topic = AWS.SNS.Topic("topic", TopicName="news", adopt=True)
        return {"Queue": queue.Arn, "Topic": topic.TopicArn}

    plan = await world.plan(program)
    assert {"queue": Action.IMPORT, "topic": Action.IMPORT} == {step.key: step.action for step in plan.changes}
    assert str(plan.outputs["Queue"]).endswith(":jobs-1")
    assert (await world.deploy(program)).ok


async def test_image_builder_components_are_found_by_name_and_version(world: World) -> None:
    for version in ("1.0.0", "1.0.1"):
        put(world, COMPONENT, Name="harden", Version=version, Platform="Linux")

    def program() -> None:
        AWS.ImageBuilder.Component(
            "c", Name="harden", Version="1.0.1", Platform="Linux", Uri="s3://b/c.yml", adopt=True
        )

    assert "/harden/1.0.1/1" in str(only(await world.plan(program)).identifier)


async def test_a_resource_that_nothing_names_asks_for_its_identifier(world: World) -> None:
    vpc = put(world, VPC, CidrBlock="10.0.0.0/16")

    def program() -> None:
        AWS.EC2.VPC("vpc", CidrBlock="10.0.0.0/16", adopt=True)

    with pytest.raises(PlanError, match="vpc: nothing in its properties names one live resource") as caught:
        await world.plan(program)
    assert "cloudwright import FILE vpc IDENTIFIER" in (caught.value.hint or "")

    def named() -> None:
        AWS.EC2.VPC("vpc", CidrBlock="10.0.0.0/16", adopt=vpc)

    assert vpc == only(await world.plan(named)).identifier


async def test_an_identifier_that_does_not_exist_is_an_error_and_no_create(world: World) -> None:
    def program() -> None:
        AWS.EC2.VPC("vpc", CidrBlock="10.0.0.0/16", adopt="vpc-0123")

    with pytest.raises(PlanError, match=r"there is no AWS::EC2::VPC vpc-0123 in 000000000000/us-east-1"):
        await world.deploy(program)
    assert [] == world.cloud.resources()


async def test_adopt_takes_a_flag_or_a_plain_text(world: World) -> None:
    def program() -> None:
        AWS.EC2.VPC("vpc", CidrBlock="10.0.0.0/16", adopt=["vpc-1"])  # type: ignore[call-overload]

    with pytest.raises(ProgramError, match="adopt takes True or the identifier"):
        await world.plan(program)


async def test_the_updates_that_follow_are_shown_and_done_after_the_record(world: World) -> None:
    put(world, LOGS, LogGroupName="/app", RetentionInDays=30)

    def program() -> None:
        AWS.Logs.LogGroup("logs", LogGroupName="/app", RetentionInDays=7, adopt=True)

    step = only(await world.plan(program))
    assert (Action.IMPORT, [("/RetentionInDays", 30, 7)]) == (
        step.action,
        [(change.path, change.old, change.new) for change in step.changes],
    )

    world.cloud.faults.add(Fault("CC82", type_name=LOGS, operation="UPDATE", count=1))
    result = await world.deploy(program)
    assert not result.ok
    record = (await world.records())["logs"]
    assert ("/app", RecordStatus.LIVE, True) == (record.identifier, record.status, bool(record.dirty))

    assert (await world.deploy(program)).ok
    assert 7 == world.live("Logs::LogGroup")[0]["RetentionInDays"]
    assert (await world.plan(program, refresh=True)).empty


async def test_a_difference_that_no_update_can_change_is_refused_before_any_write_cc32(world: World) -> None:
    vpc = put(world, VPC, CidrBlock="10.0.0.0/16")

    def program() -> None:
        AWS.EC2.VPC("vpc", CidrBlock="10.9.0.0/16", adopt=vpc)

    with pytest.raises(
        PlanError, match=r'/CidrBlock \(createOnly\): it is "10.0.0.0/16", but "10.9.0.0/16" is declared'
    ):
        await world.deploy(program)
    assert (0, []) == ((await world.snapshot()).serial, world.cloud.requests())


async def test_defaults_that_nobody_declared_are_no_difference_after_an_adoption_cc32(world: World) -> None:
    put(world, LOGS, LogGroupName="/app", RetentionInDays=30, LogGroupClass="STANDARD", NobodyKnows=[None, {}])

    def program() -> None:
        AWS.Logs.LogGroup("logs", LogGroupName="/app", adopt=True)

    assert () == only(await world.plan(program)).changes
    assert (await world.deploy(program)).ok
    assert (await world.plan(program, refresh=True)).empty


async def test_what_cloudformation_manages_is_refused_without_force(world: World) -> None:
    put(world, LOGS, LogGroupName="/app", Tags=[STACK])

    def program() -> None:
        AWS.Logs.LogGroup("logs", LogGroupName="/app", adopt=True)

    with pytest.raises(PlanError, match="belongs to the CloudFormation stack legacy") as caught:
        await world.plan(program)
    assert "--force" in (caught.value.hint or "")

    step = only(await world.plan(program, force=True))
    assert ("the CloudFormation stack legacy manages it too and may undo changes",) == step.reasons
    assert (await world.deploy(program, force=True)).ok
    assert (await world.plan(program, refresh=True)).empty


async def test_what_another_key_manages_is_refused_by_name(world: World) -> None:
    def first() -> None:
        AWS.Logs.LogGroup("one", LogGroupName="/app")

    await world.deploy(first)

    def both() -> None:
        AWS.Logs.LogGroup("one", LogGroupName="/app")
        AWS.Logs.LogGroup("two", LogGroupName="/app", adopt=True)

    with pytest.raises(PlanError, match="two: /app is managed already, as one") as caught:
        await world.plan(both)
    assert 'aliases="one"' in (caught.value.hint or "")


async def test_two_keys_can_not_adopt_one_resource(world: World) -> None:
    vpc = put(world, VPC, CidrBlock="10.0.0.0/16")

    def program() -> None:
        AWS.EC2.VPC("one", CidrBlock="10.0.0.0/16", adopt=vpc)
        AWS.EC2.VPC("two", CidrBlock="10.0.0.0/16", adopt=vpc)

    with pytest.raises(PlanError, match="one and two would both adopt vpc-"):
        await world.plan(program)


async def test_adopting_our_own_orphan_under_a_new_key_moves_its_record(world: World) -> None:
    def first() -> None:
        AWS.EC2.VPC("old", CidrBlock="10.0.0.0/16")

    await world.deploy(first)
    vpc = (await world.records())["old"].identifier

    def renamed() -> None:
        AWS.EC2.VPC("new", CidrBlock="10.0.0.0/16", adopt=vpc)

    step = only(await world.plan(renamed))
    assert (Action.MOVE, "old") == (step.action, step.moved_from)
    assert (await world.deploy(renamed)).ok
    assert {"new": vpc} == {key: record.identifier for key, record in (await world.records()).items()}


def doubtful(world: World) -> None:
    """The next create makes the resource and reports a failure that proves nothing."""
    options = {"code": "ServiceInternalError", "message": "x"}
    world.cloud.faults.add(Fault("fail-after", operation="CREATE", count=1, options=options))


async def test_a_doubtful_record_is_adopted_where_it_is(world: World) -> None:
    def program() -> None:
        AWS.Logs.LogGroup("logs", LogGroupName="/app", RetentionInDays=7)

    doubtful(world)
    assert not (await world.deploy(program)).ok
    assert RecordStatus.DOUBTFUL is (await world.records())["logs"].status
    with pytest.raises(PlanError, match="nothing proves that it is ours"):
        await world.plan(program)

    step = only(await world.plan(program, adopt=("logs",)))
    assert (Action.IMPORT, "/app", ()) == (step.action, step.identifier, step.changes)
    assert (await world.deploy(program, adopt=("logs",))).ok
    (record,) = (await world.snapshot()).records
    assert (RecordStatus.LIVE, "", 0) == (record.status, record.note, record.generation)
    assert (await world.plan(program, refresh=True)).empty


async def test_a_doubtful_record_whose_resource_is_gone_says_how_to_continue(world: World) -> None:
    def program() -> None:
        AWS.Logs.LogGroup("logs", LogGroupName="/app")

    doubtful(world)
    await world.deploy(program)
    world.cloud.remove(ACCOUNT, REGION, LOGS, "/app")
    with pytest.raises(PlanError, match="there is no AWS::Logs::LogGroup /app") as caught:
        await world.plan(program, adopt=("logs",))
    assert "state rm logs" in (caught.value.hint or "")


async def test_attributes_of_what_is_taken_over_are_known_in_the_plan(world: World) -> None:
    trust = {"Version": "2012-10-17", "Statement": []}
    put(world, "AWS::IAM::Role", RoleName="r", AssumeRolePolicyDocument=trust)
    arn = world.live("IAM::Role")[0]["Arn"]

    def program() -> dict[str, Any]:
        role = AWS.IAM.Role("role", RoleName="r", AssumeRolePolicyDocument=trust, adopt=True)
        return {"Arn": role.Arn}

    assert arn == (await world.plan(program)).outputs["Arn"]


async def test_a_misspelt_key_of_adopt_is_explained(world: World) -> None:
    def program() -> None:
        AWS.Logs.LogGroup("logs", LogGroupName="/app")

    with pytest.raises(PlanError, match="there is no resource 'lgs'; did you mean 'logs'"):
        await world.plan(program, adopt=("lgs",))


async def test_an_import_binds_a_declared_key_to_an_identifier(world: World) -> None:
    vpc = put(world, VPC, CidrBlock="10.0.0.0/16")

    def program() -> None:
        AWS.EC2.VPC("vpc", CidrBlock="10.0.0.0/16")
        AWS.Logs.LogGroup("other", LogGroupName="/other")

    result = await world.app(program).import_("vpc", vpc)
    assert result.ok
    assert {"vpc": vpc} == {key: record.identifier for key, record in (await world.records()).items()}

    with pytest.raises(PlanError, match=f"vpc is managed already: it is {vpc}") as caught:
        await world.app(program).import_("vpc", "vpc-2")
    assert "state rm vpc" in (caught.value.hint or "")
    with pytest.raises(PlanError, match="the program declares no 'vcp'"):
        await world.app(program).import_("vcp", vpc)


async def test_compound_identifiers_come_as_text_or_as_json_and_the_wrong_arity_is_explained(world: World) -> None:
    api = put(world, "AWS::ApiGateway::RestApi", Name="api")
    root = world.live("ApiGateway::RestApi")[0]["RootResourceId"]
    identifier = put(world, "AWS::ApiGateway::Resource", RestApiId=api, ParentId=root, PathPart="a")

    def program() -> None:
        AWS.ApiGateway.Resource("r", RestApiId=api, ParentId=root, PathPart="a")

    with pytest.raises(InvalidProperties, match=r"is not an identifier of AWS::ApiGateway::Resource") as caught:
        await world.app(program).import_("r", api)
    assert "<RestApiId>|<ResourceId>" in (caught.value.hint or "")

    part = identifier.split("|")[1]
    written = f'{{"ResourceId": "{part}", "RestApiId": "{api}"}}'
    assert (await world.app(program).import_("r", written)).ok
    assert identifier == (await world.records())["r"].identifier


async def test_a_saved_plan_that_imports_is_refused_once_the_resource_is_gone(world: World) -> None:
    put(world, LOGS, LogGroupName="/app")

    def program() -> None:
        AWS.Logs.LogGroup("logs", LogGroupName="/app", adopt=True)

    saved = from_json(to_json(Saved(await world.plan(program)))).plan
    world.cloud.remove(ACCOUNT, REGION, LOGS, "/app")
    (failed,) = (await world.app(program).deploy(saved)).failed

    assert "the plan shows import, but" in failed.message
    assert ([], {}) == (world.cloud.resources(), await world.records())


async def test_a_saved_plan_that_binds_a_key_reads_back_and_applies(world: World) -> None:
    vpc = put(world, VPC, CidrBlock="10.0.0.0/16")
    options = PlanOptions(imports=(("vpc", vpc),), targets=("vpc",), force=True)

    def program() -> None:
        AWS.EC2.VPC("vpc", CidrBlock="10.0.0.0/16")

    app = world.app(program)
    saved = from_json(to_json(Saved(await app.plan(options), options)))
    assert options == saved.options
    assert (await app.deploy(saved.plan, options=saved.options)).ok
    assert vpc == (await world.records())["vpc"].identifier


async def test_what_depends_on_an_import_waits_for_it_and_refers_to_it(world: World) -> None:
    vpc = put(world, VPC, CidrBlock="10.0.0.0/16")

    def program() -> None:
        network = AWS.EC2.VPC("vpc", CidrBlock="10.0.0.0/16", EnableDnsHostnames=True, adopt=vpc)
        AWS.EC2.Subnet("subnet", VpcId=network, CidrBlock="10.0.1.0/24")

    plan = await world.plan(program)
    assert {"vpc": Action.IMPORT, "subnet": Action.CREATE} == {step.key: step.action for step in plan.steps}
    assert vpc == next(step.desired["VpcId"] for step in plan.steps if step.key == "subnet")
    assert (await world.deploy(program)).ok
    assert vpc == world.live("EC2::Subnet")[0]["VpcId"]
    assert (await world.plan(program, refresh=True)).empty


async def test_a_program_may_compute_with_what_it_takes_over(world: World) -> None:
    put(world, TOPIC, TopicName="news")

    async def program() -> dict[str, Any]:
        topic = await AWS.SNS.Topic("topic", TopicName="news", adopt=True)
        return {"Region": topic.TopicArn.split(":")[3]}

    plan = await world.plan(program)
    assert (None, REGION) == (plan.partial, plan.outputs["Region"])


async def test_a_name_known_only_after_deploy_is_not_looked_for(world: World) -> None:
    def program() -> None:
        topic = AWS.SNS.Topic("topic")
        AWS.Logs.LogGroup("logs", LogGroupName=topic.TopicName, adopt=True)

    assert {Action.CREATE} == {step.action for step in (await world.plan(program)).changes}


async def test_a_name_that_several_live_resources_have_is_refused(world: World) -> None:
    groups = [put(world, "AWS::EC2::SecurityGroup", GroupName="web", GroupDescription=text) for text in ("a", "b")]
    put(world, "AWS::EC2::SecurityGroup", GroupName="db", GroupDescription="c")

    def program() -> None:
        AWS.EC2.SecurityGroup("web", GroupName="web", GroupDescription="b", adopt=True)

    with pytest.raises(PlanError, match="web: GroupName 'web' names 2 live resources") as caught:
        await world.plan(program)
    assert all(group in str(caught.value) for group in groups)

    def other() -> None:
        AWS.EC2.SecurityGroup("db", GroupName="db", GroupDescription="c", adopt=True)

    assert Action.IMPORT is only(await world.plan(other)).action


async def test_a_read_that_is_denied_stops_the_plan(world: World) -> None:
    world.cloud.faults.add(Fault("CC94", type_name=LOGS))

    def program() -> None:
        AWS.Logs.LogGroup("logs", LogGroupName="/app", adopt=True)

    with pytest.raises(ServiceError, match="AccessDenied"):
        await world.plan(program)


async def test_an_import_of_what_refers_to_something_unknown_says_what_comes_first(world: World) -> None:
    vpc = put(world, VPC, CidrBlock="10.0.0.0/16")
    subnet = put(world, "AWS::EC2::Subnet", VpcId=vpc, CidrBlock="10.0.1.0/24")

    def program() -> None:
        network = AWS.EC2.VPC("vpc", CidrBlock="10.0.0.0/16")
        AWS.EC2.Subnet("subnet", VpcId=network, CidrBlock="10.0.1.0/24")

    app = world.app(program)
    with pytest.raises(PlanError, match=r"/VpcId comes from vpc:/?, which is known only after deploy") as caught:
        await app.import_("subnet", subnet)
    assert "adopt vpc first" == caught.value.hint

    assert (await app.import_("vpc", vpc)).ok
    assert (await app.import_("subnet", subnet)).ok
    assert (await world.plan(program, refresh=True)).empty


def document(command: str) -> str:
    steps = f"- name: s\n    action: ExecuteBash\n    inputs: {{commands: ['{command}']}}"
    return f"schemaVersion: 1.0\nphases:\n- name: build\n  steps:\n  {steps}\n"


def taken_over(**more: Any) -> Callable[[], None]:
    def program() -> None:
        AWS.ImageBuilder.Component("c", Name="harden", Version="1.0.0", Platform="Linux", adopt=True, **more)

    return program


async def test_cc32_the_first_word_about_what_no_read_returns_is_no_difference(world: World) -> None:
    put(world, COMPONENT, Name="harden", Version="1.0.0", Platform="Linux", Data=document("true"))
    assert (await world.deploy(taken_over())).ok

    plan = await world.plan(taken_over(Data=document("true")))
    result = await world.deploy(taken_over(Data=document("true")))

    assert [Action.NONE] == [step.action for step in plan.steps]
    assert result.ok
    assert [Action.NONE] == [step.action for step in (await world.plan(taken_over(Data=document("true")))).steps]
    later = await world.app(taken_over(Data=document("false"))).plan()
    assert [("/Data", True)] == [(change.path, change.forces) for step in later.steps for change in step.changes]


async def test_cc32_an_update_of_something_else_does_not_send_it(world: World) -> None:
    put(world, COMPONENT, Name="harden", Version="1.0.0", Platform="Linux", Data=document("true"))
    assert (await world.deploy(taken_over(Tags={"a": "1"}))).ok

    result = await world.deploy(taken_over(Tags={"a": "2"}, Data=document("true")))

    assert result.ok, result.failed
    assert ["/Tags/a"] == [change.path for step in result.plans[0].steps for change in step.changes]
    later = await world.plan(taken_over(Tags={"a": "2"}, Data=document("false")))
    assert ["/Data"] == [change.path for step in later.steps for change in step.changes]


async def test_what_we_made_ourselves_without_it_is_replaced_when_it_is_declared(world: World) -> None:
    def program(**more: Any) -> Callable[[], None]:
        def main() -> None:
            AWS.ImageBuilder.Component("c", Name="own", Version="1.0.0", Platform="Linux", **more)

        return main

    assert (await world.deploy(program(Uri="s3://b/c.yml"))).ok
    plan = await world.plan(program(Uri="s3://b/c.yml", Description="new"))

    assert [Action.REPLACE] == [step.action for step in plan.steps]


async def test_an_import_with_something_unknown_inside_of_a_fixed_list_says_what_comes_first(world: World) -> None:
    arn = "arn:aws:imagebuilder:us-east-1:000000000000"
    recipe, infrastructure = f"{arn}:image-recipe/base/1.0.0", f"{arn}:infrastructure-configuration/base"
    image = put(
        world,
        "AWS::ImageBuilder::Image",
        ImageRecipeArn=recipe,
        InfrastructureConfigurationArn=infrastructure,
        Workflows=[{"WorkflowArn": f"{arn}:workflow/test/other/1.0.0/1"}],
    )

    def program() -> None:
        topic = AWS.SNS.Topic("topic")
        AWS.ImageBuilder.Image(
            "image",
            ImageRecipeArn=recipe,
            InfrastructureConfigurationArn=infrastructure,
            Workflows=[
                {
                    "WorkflowArn": f"{arn}:workflow/test/mine/1.0.0/1",
                    "Parameters": [{"Name": "notify", "Value": [topic.TopicArn]}],
                }
            ],
        )

    with pytest.raises(PlanError, match=r"comes from topic:/TopicArn, which is known only after deploy") as caught:
        await world.app(program).import_("image", image)
    assert "adopt topic first" == caught.value.hint
