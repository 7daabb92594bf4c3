"""`cloudwright convert --adopt`: from a live stack to a program that owns its resources, step by step."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.app.user_modules import forget
from cloudwright.cli.root import run
from cloudwright.local.stack import LocalStack, StackResource
from stacks_kit import ACCOUNT, REGION, cloud_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEMPLATE = """
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {TopicName: orders, DisplayName: Orders}
  Role:
    Type: AWS::IAM::Role
    Properties: {RoleName: web, AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: []}}
  Policy:
    Type: AWS::IAM::Policy
    Properties: {PolicyName: p, Roles: [!Ref Role], PolicyDocument: {Version: 2012-10-17, Statement: []}}
"""
RETAINED = TEMPLATE.replace("Type: AWS", "DeletionPolicy: Retain\n    Type: AWS")
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:orders"
EMPTY = {"Version": "2012-10-17", "Statement": []}
TAGS = [{"Key": "aws:cloudformation:stack-name", "Value": "web"}]
ADOPT = ["convert", "stack:web", "-o", "web.py", "--adopt", "--local"]
MEMBERS = {
    "Topic": StackResource(type="AWS::SNS::Topic", id=TOPIC),
    "Role": StackResource(type="AWS::IAM::Role", id="web"),
    "Policy": StackResource(type="AWS::IAM::Policy", id="web-Poli-1ABC"),
}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    forget(tmp_path)


def stack(folder: Path, template: str = TEMPLATE, **more: Any) -> None:
    with cloud_of(folder) as cloud:
        cloud.put_stack(LocalStack(name="web", template=template, **{"resources": MEMBERS, **more}))


def live(folder: Path, **topic: Any) -> None:
    with cloud_of(folder) as cloud:
        here = (ACCOUNT, REGION)
        cloud.put(*here, "AWS::SNS::Topic", {"TopicName": "orders", "DisplayName": "Orders", **topic})
        cloud.put(*here, "AWS::IAM::Role", {"RoleName": "web", "AssumeRolePolicyDocument": EMPTY})
        cloud.put(*here, "AWS::IAM::RolePolicy", {"RoleName": "web", "PolicyName": "p", "PolicyDocument": EMPTY})


def said(capsys: pytest.CaptureFixture[str]) -> str:
    found = capsys.readouterr()
    return found.out + found.err


def test_a_stack_is_taken_over_step_by_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack(tmp_path)
    live(tmp_path)

    assert run(ADOPT) == 0
    told = said(capsys)
    assert "adopted: 3 resources; nothing was sent but reads" in told
    assert "plan --refresh: 0 changes" in told
    assert "1. set `DeletionPolicy: Retain` and `UpdateReplacePolicy: Retain` on Topic, Role, Policy" in told
    assert "2. aws cloudformation delete-stack --stack-name web --region us-east-1" in told
    assert "adopt=" not in (tmp_path / "web.py").read_text("utf-8")

    assert run(["plan", "web.py", "--local", "--refresh"]) == 0
    assert "0 changes, 3 unchanged" in said(capsys)
    assert run(["state", "list", "web.py", "--local"]) == 0
    assert "claimed by stack" in said(capsys)

    change(tmp_path, '"Orders"', '"All orders"')
    assert run(["deploy", "web.py", "--local", "--yes"]) == 1
    assert "Topic: adopted from another tool, which may still manage it" in said(capsys)
    assert run(["destroy", "web.py", "--local", "--yes"]) == 1
    assert "may still manage them" in said(capsys)

    assert run(["doctor", "--handover", "web.py", "--local"]) == 1
    assert "the stack web still manages it as Topic, and deletes it with itself" in said(capsys)
    stack(tmp_path, RETAINED)
    assert run(["doctor", "--handover", "web.py", "--local"]) == 1
    assert "with DeletionPolicy Retain" in said(capsys)
    stack(tmp_path, RETAINED, status="DELETE_IN_PROGRESS")
    assert run(["doctor", "--handover", "web.py", "--local"]) == 1
    assert "the stack web is DELETE_IN_PROGRESS" in said(capsys)
    stack(tmp_path, RETAINED, status="DELETE_COMPLETE")
    assert run(["doctor", "--handover", "web.py", "--local"]) == 0
    assert "the stack web is deleted" in said(capsys)
    assert run(["doctor", "--handover", "web.py", "--local"]) == 0
    assert "all of it has been handed over" in said(capsys)

    assert run(["deploy", "web.py", "--local", "--yes"]) == 0
    assert "1 updated" in said(capsys)
    assert run(["destroy", "web.py", "--local", "--yes"]) == 0


def change(folder: Path, old: str, new: str) -> None:
    file = folder / "web.py"
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")


def test_what_left_the_stack_is_handed_over_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack(tmp_path)
    live(tmp_path)
    assert run(ADOPT) == 0
    stack(tmp_path, resources={name: one for name, one in MEMBERS.items() if name != "Topic"})

    assert run(["doctor", "--handover", "web.py", "--local"]) == 1
    assert "the stack web no longer has Topic" in said(capsys)
    change(tmp_path, '"Orders"', '"All orders"')
    assert run(["deploy", "web.py", "--local", "--yes"]) == 0


def test_a_resource_that_was_deleted_with_its_stack_is_not_handed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack(tmp_path)
    live(tmp_path)
    assert run(ADOPT) == 0
    stack(tmp_path, status="DELETE_COMPLETE")
    with cloud_of(tmp_path) as cloud:
        cloud.remove(ACCOUNT, REGION, "AWS::SNS::Topic", TOPIC)

    assert run(["doctor", "--handover", "web.py", "--local"]) == 1
    assert f"{TOPIC} no longer exists" in said(capsys)


def test_differences_are_listed_and_nothing_is_sent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack(tmp_path)
    live(tmp_path, DisplayName="By hand")

    assert run(ADOPT) == 2
    told = said(capsys)
    assert 'differs: Topic /DisplayName: "By hand" is there, "Orders" is declared: changed outside' in told
    assert "to close it: write the live value into the program, or let a deploy set it back" in told
    with cloud_of(tmp_path) as cloud:
        assert cloud.shown(ACCOUNT, REGION, "AWS::SNS::Topic", TOPIC)["DisplayName"] == "By hand"
    change(tmp_path, '"Orders"', '"By hand"')
    assert run(["plan", "web.py", "--local", "--refresh"]) == 0
    assert "0 changes, 3 unchanged" in said(capsys)


def test_a_stacks_tags_are_adopted_with_consent_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack(tmp_path)
    live(tmp_path, Tags=TAGS)

    assert run(ADOPT) == 1
    told = said(capsys)
    assert "Topic: it carries the tags of the CloudFormation stack web" in told
    assert "--allow-stack-tags adopts them" in told
    assert f'adopt="{TOPIC}"' in (tmp_path / "web.py").read_text("utf-8")
    assert run([*ADOPT, "--force", "--allow-stack-tags"]) == 0
    assert "adopted: 3 resources" in said(capsys)


def test_what_is_gone_is_named_and_its_program_binds_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack(tmp_path)
    live(tmp_path)
    with cloud_of(tmp_path) as cloud:
        cloud.remove(ACCOUNT, REGION, "AWS::SNS::Topic", TOPIC)

    assert run(ADOPT) == 2
    told = said(capsys)
    assert f"differs: Topic: there is no AWS::SNS::Topic {TOPIC} in {ACCOUNT}/{REGION}; it was deleted" in told
    assert "adopted: 2 resources" in told
    source = (tmp_path / "web.py").read_text("utf-8")
    assert "adopt=" not in source
    assert run(["deploy", "web.py", "--local", "--yes"]) == 0
    assert "1 created" in said(capsys)


def test_a_file_of_ids_is_enough(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    live(tmp_path)
    (tmp_path / "web.yaml").write_text(TEMPLATE, "utf-8")
    rows = [
        {"LogicalResourceId": name, "PhysicalResourceId": one.id, "ResourceType": one.type}
        for name, one in MEMBERS.items()
    ]
    (tmp_path / "ids.json").write_text(json.dumps({"StackResourceSummaries": rows}), "utf-8")

    assert run(["convert", "web.yaml", "-o", "web.py", "--ids", "ids.json", "--adopt", "--local"]) == 0
    assert "plan --refresh: 0 changes" in said(capsys)
    assert run(["doctor", "--handover", "web.py", "--local"]) == 0
    assert "no tool's tag claims it" in said(capsys)


def test_ids_whose_resources_carry_a_stacks_id_are_checked_against_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with cloud_of(tmp_path) as cloud:
        arn = cloud.put_stack(LocalStack(name="web", template=TEMPLATE, resources=MEMBERS))
    marks = {"stack-name": "web", "stack-id": arn, "logical-id": "Topic"}
    live(tmp_path, Tags=[{"Key": f"aws:cloudformation:{name}", "Value": value} for name, value in marks.items()])
    (tmp_path / "web.yaml").write_text(TEMPLATE, "utf-8")
    (tmp_path / "ids.json").write_text(json.dumps({"Topic": TOPIC, "Role": "web"}), "utf-8")
    words = ["convert", "web.yaml", "-o", "web.py", "--ids", "ids.json", "--adopt", "--allow-stack-tags", "--local"]

    assert run(words) == 2
    capsys.readouterr()
    assert run(["doctor", "--handover", "web.py", "--local"]) == 1
    assert "the stack web still manages it as Topic" in said(capsys)


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (["convert", "web.yaml", "-o", "web.py", "--adopt", "--local"], 1, "the source names no resources to adopt"),
        (
            ["convert", "web.yaml", "-o", "web.py", "--allow-stack-tags"],
            64,
            "--allow-stack-tags is valid only with --adopt",
        ),
        (["doctor", "--terraform", "x.json"], 64, "--terraform is valid only with --handover"),
        (["doctor", "--handover", "none.py"], 1, "there is no file none.py"),
        (["doctor", "--handover", "web.py", "--terraform", "none.json", "--local"], 1, "there is no file none.json"),
        (
            ["doctor", "--handover", "web.py", "--terraform", "web.yaml", "--local"],
            1,
            "web.yaml: line 2, column 1: not JSON",
        ),
    ],
)
def test_bad_input_is_one_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, error: str
) -> None:
    (tmp_path / "web.yaml").write_text(TEMPLATE, "utf-8")
    if words[0] == "doctor":
        assert run(["convert", "web.yaml", "-o", "web.py"]) == 0
    assert run(words) == code
    assert error in said(capsys)


ODD = """  Odd: {Type: Custom::Odd, Properties: {ServiceToken: x, Size: 3}}
  Reader: {Type: AWS::SNS::Topic, DependsOn: Last, Properties: {TopicName: reader}}
  Last: {Type: AWS::SNS::Topic, Properties: {TopicName: last, DisplayName: !GetAtt Odd.Name}}
"""
ODD_MEMBERS = {
    **MEMBERS,
    "Odd": StackResource(type="Custom::Odd", id="odd-1"),
    "Last": StackResource(type="AWS::SNS::Topic", id=TOPIC.replace("orders", "last")),
}


@pytest.mark.parametrize("split", [False, True])
def test_what_nobody_has_decided_is_left_out(
    split: bool,  # noqa: FBT001 - a test's case
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "web" if split else tmp_path
    folder.mkdir(exist_ok=True)
    stack(folder, TEMPLATE + ODD, resources=ODD_MEMBERS)
    live(folder)
    with cloud_of(folder) as cloud:
        cloud.put(ACCOUNT, REGION, "AWS::SNS::Topic", {"TopicName": "last", "DisplayName": "odd"})
    words = ["convert", "stack:web", "--adopt", "--local", *(["--split", "-o", "web"] if split else ["-o", "web.py"])]
    program = "web/infra.py" if split else "web.py"

    assert run(words) == 2
    told = said(capsys)
    assert "adopted: 3 resources; nothing was sent but reads" in told
    assert "differs: Odd: Custom::Odd is a custom resource: not decided" in told
    assert "differs: Reader: it refers to something undecided: not decided" in told
    assert "differs: Last: it refers to something undecided: not decided" in told
    assert f"1. replace each `undecided(...)` in {program} --local" in told
    assert "on Topic, Role, Policy, Odd, Last" in told
    texts = "".join(path.read_text("utf-8") for path in tmp_path.rglob("*.py"))
    assert 'adopt="odd-1"' in texts
    assert 'topic", adopt=' not in texts.lower()
    assert run(["plan", program, "--local"]) == 1
    assert "undecided: Odd" in said(capsys)

    forget(tmp_path)
    for path in tmp_path.rglob("*.py"):
        path.write_text(path.read_text("utf-8").replace("    undecided(\n", "    str(\n"), "utf-8")
    assert run(["plan", program, "--local"]) == 1
    assert "odd-1" in said(capsys), "the provider is asked for what is adopted"


@pytest.mark.parametrize(
    ("template", "why"),
    [
        (f"Transform: Mine\n{TEMPLATE}", "the program still has undecided parts: Transform"),
        (ODD.replace("  Odd", "Resources:\n  Odd", 1), "every resource of the program is undecided"),
    ],
)
def test_where_nothing_else_is_left_nothing_is_adopted(
    template: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack(tmp_path, template, resources=ODD_MEMBERS if "Odd" in template else MEMBERS)
    live(tmp_path)

    assert run([*ADOPT, "--original"]) == 1
    assert f"nothing was adopted: {why}" in said(capsys)
    assert "adopt=" in (tmp_path / "web.py").read_text("utf-8")


def test_an_undecided_output_keeps_nothing_from_being_adopted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack(tmp_path, TEMPLATE + "Outputs: {Mine: {Value: !Ref AWS::NotificationARNs}}\n")
    live(tmp_path)

    assert run(ADOPT) == 2
    assert "differs: Outputs: AWS::NotificationARNs has no counterpart: not decided" in said(capsys)
    assert "undecided(" in (tmp_path / "web.py").read_text("utf-8")


def test_json_lines_hold_the_proof(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack(tmp_path)
    live(tmp_path, DisplayName="By hand")

    assert run([*ADOPT, "--json"]) == 2
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (taken,) = [line for line in lines if line["type"] == "taken_over"]
    assert {one["resource"] for one in taken["adopted"]} == {"Topic", "Role", "Policy"}
    assert [one["path"] for one in taken["differences"]] == ["/DisplayName"]
    assert len(taken["steps"]) == 4
