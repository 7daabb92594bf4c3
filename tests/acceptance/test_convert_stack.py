"""`cloudwright convert stack:NAME`: a live stack becomes a program, and its resources are taken over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.cli.root import run
from cloudwright.local.stack import LocalStack, StackOutput, StackResource
from stacks_kit import ACCOUNT, REGION, cloud_of

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = """
Parameters:
  Size: {Type: Number, Default: 1}
  Secret: {Type: String, NoEcho: true}
  Image: {Type: "AWS::SSM::Parameter::Value<String>", Default: /old}
  Net: {Type: String, Default: network}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub "${AWS::StackName}-jobs"
      DelaySeconds: !Ref Size
  Alias:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: alerts
      DisplayName: !Join ["-", [!Ref Secret, !Ref Image, !ImportValue {"Fn::Sub": "${Net}-VpcId"}]]
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def give(folder: Path, region: str = REGION, **changed: Any) -> None:
    queue = f"https://sqs.{region}.amazonaws.com/{ACCOUNT}/web-jobs"
    given: dict[str, Any] = {
        "name": "web",
        "template": TEMPLATE,
        "parameters": {"Size": "7", "Secret": "****", "Image": "/golden", "Net": "network"},
        "resolved": {"Image": "ami-0123456789abcdef0"},
        "resources": {
            "Queue": StackResource(type="AWS::SQS::Queue", id=queue),
            "Alias": StackResource(type="AWS::SNS::Topic", status="CREATE_FAILED"),
        },
        "tags": {"team": "web"},
    }
    network = LocalStack(
        name="network", template="{}", outputs={"Vpc": StackOutput(value="vpc-0abc", export="network-VpcId")}
    )
    with cloud_of(folder) as cloud:
        cloud.put_stack(LocalStack(**{**given, **changed}), region=region)
        cloud.put_stack(network, region=region)


def test_a_stack_gives_template_parameters_tags_name_and_exports(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    give(tmp_path)

    assert run(["convert", "stack:web", "-o", "web.py", "--local"]) == 0

    shown, source = capsys.readouterr().out, (tmp_path / "web.py").read_text("utf-8")
    assert "note: Secret: its value is hidden (NoEcho)" in shown
    assert "note: Alias: the stack has no resource for it: it is CREATE_FAILED" in shown
    assert source.startswith('"""Converted from stack:web.')
    assert 'app = App("web", tags={"team": "web"})' in source
    assert "size=7" in source
    assert '=parameter("Secret"' in source
    assert 'await stored("/golden"' in source
    assert 'QueueName="web-jobs"' in source
    assert "otherwise='vpc-0abc'" in source
    assert f'adopt="https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/web-jobs"' in source
    assert source.count("adopt=") == 1


def test_a_region_is_written_into_the_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    give(tmp_path, "eu-west-1")

    assert run(["convert", "stack:web", "-o", "web.py", "--local"]) == 1
    assert "there is no stack 'web' in 000000000000/us-east-1" in capsys.readouterr().err
    assert run(["convert", "stack:web@eu-west-1", "-o", "web.py", "--local", "--parameter", "Secret=s"]) == 0
    source = (tmp_path / "web.py").read_text("utf-8")
    assert '    with target(region="eu-west-1"):\n        return await stack(' in source
    assert run(["convert", "stack:web@eu-west-1", "-o", "web.py", "--local", "--parameter", "Secret=s", "--check"]) == 0


def test_what_macros_made_is_converted_as_cloudformation_processed_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    processed = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "made"}}}}
    give(
        tmp_path,
        template="Transform: Own::Macro\n" + TEMPLATE,
        processed=json.dumps(processed),
        parameters={},
        resolved={},
    )

    assert run(["convert", "stack:web", "-o", "web.py", "--local"]) == 0
    assert "note: Transform: converted as CloudFormation processed it" in capsys.readouterr().out
    assert 'QueueName="made"' in (tmp_path / "web.py").read_text("utf-8")
    assert run(["convert", "stack:web", "-o", "web.py", "--local", "--original", "--force"]) == 0
    assert "undecided: line 1: Transform: only CloudFormation can run Own::Macro" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("UPDATE_IN_PROGRESS", "the stack 'web' in 000000000000/us-east-1 is UPDATE_IN_PROGRESS"),
        ("REVIEW_IN_PROGRESS", "is REVIEW_IN_PROGRESS"),
        ("DELETE_COMPLETE", "there is no stack 'web'"),
    ],
)
def test_a_stack_that_is_not_at_rest_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], status: str, shown: str
) -> None:
    give(tmp_path, status=status)

    assert run(["convert", "stack:web", "-o", "web.py", "--local"]) == 1
    assert shown in capsys.readouterr().err
    assert not (tmp_path / "web.py").exists()


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("stack:", "'stack:' names no stack"),
        ("stack:web@", "'stack:web@' names no stack"),
        ("stack:we b", "names no stack"),
        ("stack:web@mars-1", "there is no AWS Region 'mars-1'"),
        ("stack:arn:aws:cloudformation:us-east-1:000000000000:stack/none/1", "there is no stack 'none'"),
    ],
)
def test_a_name_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], source: str, shown: str) -> None:
    assert run(["convert", source, "-o", "web.py", "--local"]) == 1
    assert shown in capsys.readouterr().err


def test_a_template_that_is_broken_names_the_stack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    give(tmp_path, template="a: [b")

    assert run(["convert", "stack:web", "-o", "web.py", "--local"]) == 1
    assert "stack:web: line 1, column 6: not YAML" in capsys.readouterr().err


def test_original_belongs_to_a_live_stack(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", "web.yaml", "-o", "web.py", "--original"]) == 64
    assert "--original is valid only with stack:NAME" in capsys.readouterr().err
