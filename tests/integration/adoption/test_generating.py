"""Programs made of live resources: formatted, connected, and planned to nothing but imports."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.app.import_ import Generated, generate_program
from cloudwright.app.runtime import RunSettings
from cloudwright.errors import ProgramError, UnknownType
from cloudwright.local.faults import Fault
from cloudwright.plan.model import Action
from cloudwright.target import DeclaredTarget

if TYPE_CHECKING:
    from collections.abc import Callable

    from app_kit import World

ACCOUNT, REGION = "000000000000", "us-east-1"
NOT_READ = "comments in the program say which properties could not be read, since AWS never returns them"
VPC, SUBNET, QUEUE, ROLE = "AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::SQS::Queue", "AWS::IAM::Role"
LOGS, TOPIC, FLAGSHIP = "AWS::Logs::LogGroup", "AWS::SNS::Topic", "AWS::ImageBuilder::DistributionConfiguration"


def put(world: World, type_name: str, **properties: Any) -> str:
    return world.cloud.put(ACCOUNT, REGION, type_name, properties)


async def generate(world: World, *types: str, region: str = REGION, **parent: str) -> Generated:
    runtime = await world.runtime(RunSettings("gen", "import", world.folder))
    return await generate_program(runtime, "gen", types, DeclaredTarget(region=region), parent)


def program_of(found: Generated) -> Callable[[], Any]:
    """The function that the generated source decorates."""
    names: dict[str, Any] = {"__name__": "generated"}
    exec(compile(found.source, "generated.py", "exec"), names)
    program: Callable[[], Any] = names["main"]
    return program


async def takes_over(world: World, found: Generated) -> None:
    """The program plans imports alone, deploys, and is then a no-op, drift included."""
    program = program_of(found)
    plan = await world.plan(program)
    assert len(found.resources) == plan.count(Action.IMPORT) == len(plan.steps)
    assert {} == {step.key: step.changes for step in plan.steps if step.changes}

    sent = len(world.cloud.requests())
    assert (await world.deploy(program)).ok
    assert sent == len(world.cloud.requests())
    assert (await world.plan(program)).empty
    assert (await world.plan(program, refresh=True)).empty
    assert () == (await world.app(program).drift()).drifted


def is_formatted(source: str, folder: Path) -> None:
    """The usual formatter and linter find nothing to do."""
    ruff = Path(sys.executable).with_name("ruff")
    assert ruff.exists() or shutil.which("ruff")
    file = folder / "generated_program.py"
    file.write_text(source, encoding="utf-8")
    for check in (["format", "--check"], ["check", "--select", "E4,E7,E9,F,I,UP"]):
        done = subprocess.run([ruff, *check, "--isolated", file], capture_output=True, text=True, check=False)
        assert 0 == done.returncode, done.stdout + done.stderr + source


async def test_ten_resources_of_three_types_become_a_program_that_changes_nothing(world: World) -> None:
    for number in range(2):
        vpc = put(world, VPC, CidrBlock=f"10.{number}.0.0/16", Tags=[{"Key": "Name", "Value": f"net {number}"}])
        for part in range(3):
            put(world, SUBNET, VpcId=vpc, CidrBlock=f"10.{number}.{part}.0/24", MapPublicIpOnLaunch=bool(part))
    put(world, QUEUE, QueueName="jobs", DelaySeconds=7)
    put(world, QUEUE, QueueName="more-jobs", Tags=[{"Key": "team", "Value": "a"}])
    found = await generate(world, VPC, SUBNET, QUEUE)

    assert (10, 3, (NOT_READ,)) == (len(found.resources), len({name for name, _ in found.resources}), found.notes)
    assert 6 == found.source.count("VpcId=net_")
    assert "vpc-" in found.source  # to adopt by
    assert "Arn" not in found.source
    is_formatted(found.source, world.folder)
    await takes_over(world, found)


async def test_identifiers_and_arns_become_references_and_arns_in_texts_too(world: World) -> None:
    put(world, QUEUE, QueueName="jobs")
    arn = world.live("SQS::Queue")[0]["Arn"]
    statement = {"Effect": "Allow", "Action": "sqs:*", "Resource": [arn, f"{arn}/{{x}}"]}
    policy = {"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    put(world, ROLE, RoleName="worker", AssumeRolePolicyDocument={"Statement": []}, Policies=[policy])
    found = await generate(world, ROLE, QUEUE)

    assert '"Resource": [jobs.Arn, f"{jobs.Arn}/{{x}}"]' in found.source
    assert found.source.index("SQS.Queue(") < found.source.index("IAM.Role(")
    is_formatted(found.source, world.folder)
    await takes_over(world, found)


async def test_a_word_that_happens_to_equal_a_name_is_no_reference(world: World) -> None:
    put(world, LOGS, LogGroupName="jobs")
    put(world, QUEUE, QueueName="jobs", Tags=[{"Key": "jobs", "Value": "jobs"}])
    found = await generate(world, LOGS, QUEUE)

    assert '"Value": "jobs"' in found.source
    assert '"jobs-Queue"' in found.source
    await takes_over(world, found)


async def test_resources_that_name_each_other_keep_one_text(world: World) -> None:
    put(world, QUEUE, QueueName="a")
    put(world, QUEUE, QueueName="b")
    arns = {one["QueueName"]: one["Arn"] for one in world.live("SQS::Queue")}
    for name, other in (("a", "b"), ("b", "a")):
        identifier = next(one.identifier for one in world.cloud.resources() if one.properties["QueueName"] == name)
        allow = {"redrivePermission": "byQueue", "sourceQueueArns": [arns[other]]}
        world.cloud.modify(ACCOUNT, REGION, QUEUE, identifier, {"RedriveAllowPolicy": allow})
    found = await generate(world, QUEUE)

    assert (1, 1) == (found.source.count(".Arn"), found.source.count('"arn:aws:sqs'))
    await takes_over(world, found)


async def test_what_nobody_declared_is_left_out(world: World) -> None:
    tags = [{"Key": "aws:backup", "Value": "x"}, {"Key": "team", "Value": "a"}]
    put(
        world,
        LOGS,
        LogGroupName="/app",
        LogGroupClass="STANDARD",
        KmsKeyId="",
        FieldIndexPolicies=[],
        ResourcePolicyDocument={},
        RetentionInDays=None,
        NobodyKnows={"a": None},
        Tags=tags,
    )
    found = await generate(world, LOGS)

    for word in ("STANDARD", "KmsKeyId", "FieldIndex", "ResourcePolicy", "Retention", "Nobody", "aws:backup", "Arn"):
        assert word not in found.source
    assert 'Tags=[{"Key": "team", "Value": "a"}]' in found.source
    await takes_over(world, found)


async def test_hostile_texts_survive_as_python(world: World) -> None:
    long = " ".join(f"word{number}" for number in range(60))
    texts = ['quo"te', "it's", "bo\"th'", "back\\slash\\n", "line\none\ttab", "{brace}", "snow ☃ \u200b\x7f", long]
    for number, text in enumerate(texts):
        put(world, LOGS, LogGroupName=f"/g{number}", Tags=[{"Key": "k", "Value": text}])
    put(world, LOGS, LogGroupName="class", Tags=[{"Key": "Name", "Value": '"""; import os #'}])
    put(world, LOGS, LogGroupName="1st")
    found = await generate(world, LOGS)

    is_formatted(found.source, world.folder)
    assert "\x7f" not in found.source
    await takes_over(world, found)


async def test_json_in_strings_becomes_python_again(world: World) -> None:
    text = '{"Version": "2012-10-17", "Statement": [{"Effect":"Deny","Action":"*","Resource":"*","Principal":"*"}]}'
    put(world, "AWS::SSM::Parameter", Name="/p", Type="String", Value=text)
    put(world, TOPIC, TopicName="news", ArchivePolicy=text)
    found = await generate(world, TOPIC, "AWS::SSM::Parameter")

    assert "import json\n" in found.source
    assert "Value=json.dumps(" in found.source
    assert '\\"' not in found.source
    is_formatted(found.source, world.folder)
    await takes_over(world, found)


async def test_the_flagship_comes_back_without_its_husks(world: World) -> None:
    ami = {"Name": "a-{{ imagebuilder:buildDate }}", "TargetAccountIds": []}
    put(world, FLAGSHIP, Name="Golden", Distributions=[{"Region": REGION, "AmiDistributionConfiguration": ami}])
    found = await generate(world, FLAGSHIP)

    assert "TargetAccountIds" not in found.source
    assert 'ImageBuilder.DistributionConfiguration(\n            "Golden"' in found.source
    await takes_over(world, found)


async def test_required_write_only_values_are_marked_and_never_sent(world: World) -> None:
    trust = {"Version": "2012-10-17", "Statement": []}
    put(world, ROLE, RoleName="r", AssumeRolePolicyDocument=trust)
    role = world.live("IAM::Role")[0]["Arn"]
    put(world, "AWS::Lambda::Function", FunctionName="f", Role=role, Code={"ZipFile": "x"}, Handler="index.h")
    found = await generate(world, ROLE, "AWS::Lambda::Function")

    assert "# Code: write-only, so AWS does not show it." in found.source
    assert "Role=r.Arn" in found.source
    shown = "comments in the program say which values AWS does not show; they are not sent unless you change them"
    assert (shown, NOT_READ) == found.notes
    await takes_over(world, found)


async def test_lists_that_need_a_parent_say_so_and_take_it_cc91(world: World) -> None:
    api = put(world, "AWS::ApiGateway::RestApi", Name="api")
    other = put(world, "AWS::ApiGateway::RestApi", Name="other")
    for parent in (api, other):
        put(world, "AWS::ApiGateway::Model", RestApiId=parent, Name="Pet", ContentType="application/json")

    with pytest.raises(ProgramError, match=r"AWS::ApiGateway::Model can only be listed within RestApiId") as caught:
        await generate(world, "AWS::ApiGateway::Model")
    assert "--parent RestApiId=..." == caught.value.hint

    found = await generate(world, "AWS::ApiGateway::RestApi", "AWS::ApiGateway::Model", RestApiId=api)
    assert 3 == len(found.resources)
    assert "RestApiId=api," in found.source
    await takes_over(world, found)


async def test_lists_are_read_to_the_end_and_every_item_singly_cc90_cc92(world: World) -> None:
    for number in range(105):
        put(world, LOGS, LogGroupName=f"/g{number}", RetentionInDays=7)
    world.cloud.faults.add(Fault("CC90", type_name=LOGS, count=1))
    found = await generate(world, LOGS)

    assert (105, 105) == (len(found.resources), found.source.count("RetentionInDays=7"))


async def test_what_lives_elsewhere_or_can_not_be_read_is_left_out_and_named_cc89(world: World) -> None:
    put(world, LOGS, LogGroupName="/here")
    world.cloud.put(ACCOUNT, "eu-west-1", LOGS, {"LogGroupName": "/there"})
    world.cloud.faults.add(Fault("CC89", type_name=LOGS))
    found = await generate(world, LOGS)

    assert ((LOGS, "/here"),) == found.resources
    assert ("AWS::Logs::LogGroup /there was left out: it no longer exists, or is in another Region",) == found.notes


async def test_what_a_stack_manages_is_left_out_and_named(world: World) -> None:
    put(world, LOGS, LogGroupName="/a", Tags=[{"Key": "aws:cloudformation:stack-name", "Value": "legacy"}])
    found = await generate(world, LOGS)

    assert () == found.resources
    assert ("AWS::Logs::LogGroup /a was left out: the CloudFormation stack legacy manages it",) == found.notes


@pytest.mark.parametrize(
    ("types", "parent", "error", "text"),
    [
        (["AWS::Logs::LogGruop"], {}, UnknownType, "no type AWS::Logs::LogGruop"),
        (["no-type"], {}, UnknownType, "three parts"),
        ([LOGS], {"Color": "red"}, ProgramError, "no list handler of AWS::Logs::LogGroup takes it"),
        (["AWS::ACMPCA::Permission"], {}, ProgramError, "has no list handler"),
    ],
)
async def test_wrong_questions_are_explained(
    world: World, types: list[str], parent: dict[str, str], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        await generate(world, *types, **parent)


async def test_a_program_says_what_could_not_be_read(world: World) -> None:
    put(world, "AWS::ImageBuilder::Component", Name="harden", Version="1.0.0", Platform="Linux", Uri="s3://b/c.yml")
    found = await generate(world, "AWS::ImageBuilder::Component")

    assert "# Not read: Data, Uri: AWS does not show whether it has them, nor their values." in found.source
    assert (NOT_READ,) == found.notes
    await takes_over(world, found)
