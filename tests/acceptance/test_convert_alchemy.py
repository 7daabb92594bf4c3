"""`cloudwright convert` on a state folder of Alchemy's, written by hand after its source."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.cli.root import run
from stacks_kit import ACCOUNT, REGION, cloud_of

if TYPE_CHECKING:
    from pathlib import Path

HERE = (ACCOUNT, REGION)
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:builds"
FLAGSHIP = "AWS::ImageBuilder::DistributionConfiguration"
AMI = {"Name": "golden-{{ imagebuilder:buildDate }}", "TargetAccountIds": ["222222222222"]}
ADOPT = ["convert", ".alchemy", "-o", "infra.py", "--adopt", "--local"]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def keep(folder: Path, name: str, kind: str, desired: Any, **more: Any) -> None:
    output = {"typeName": kind, "desiredState": desired, "createdAt": 1, **more.pop("output", {})}
    document = {"status": "created", "kind": kind, "id": name, "fqn": f"images/prod/{name}", "seq": 0, "data": {}}
    file = folder / ".alchemy" / "images" / "prod" / f"{name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({**document, "props": desired, "output": output, **more}), "utf-8")


def live(folder: Path) -> None:
    entry = [{"Region": REGION, "AmiDistributionConfiguration": AMI}]
    with cloud_of(folder) as cloud:
        cloud.put(*HERE, "AWS::SNS::Topic", {"TopicName": "builds", "DisplayName": "Builds"})
        arn = cloud.put(*HERE, FLAGSHIP, {"Name": "golden", "Distributions": entry})
    keep(folder, "topic", "AWS::SNS::Topic", {"TopicName": "builds", "DisplayName": "Builds"}, output={"id": TOPIC})
    keep(folder, "config", FLAGSHIP, {"Name": "golden", "Distributions": entry}, output={"id": arn, "Arn": arn})


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    found = capsys.readouterr()
    return found.out + found.err


def source_of(folder: Path) -> str:
    return (folder / "infra.py").read_text("utf-8")


def test_a_state_folder_is_taken_over_step_by_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    live(tmp_path)

    assert run(ADOPT) == 0
    shown = printed(capsys)
    assert "adopted: 2 resources; only reads were sent" in shown
    assert "plan --refresh: 0 changes" in shown
    assert "1. rm .alchemy/images/prod/config.json" in shown

    program = source_of(tmp_path).replace('"Builds"', '"All builds"')
    (tmp_path / "infra.py").write_text(program, "utf-8")
    assert run(["deploy", "infra.py", "--local", "--yes"]) == 1
    assert "topic: adopted from another tool" in printed(capsys)
    assert run(["doctor", "--handover", "infra.py", "--local"]) == 1
    assert "Alchemy still manages it: .alchemy/images/prod/topic.json is there" in printed(capsys)
    for name in ("topic", "config"):
        (tmp_path / ".alchemy" / "images" / "prod" / f"{name}.json").unlink()
    assert run(["doctor", "--handover", "infra.py", "--local"]) == 0
    assert run(["deploy", "infra.py", "--local", "--yes", "--allow-findings"]) == 0
    assert "1 updated" in printed(capsys)


def test_the_generic_resource_and_references(tmp_path: Path) -> None:
    keep(tmp_path, "topic", "AWS::SNS::Topic", {"TopicName": "builds"}, output={"id": TOPIC}, seq=0)
    desired = {"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": "arn:q"}
    generic = {"typeName": "AWS::SNS::Subscription", "desiredState": desired, "id": f"{TOPIC}:1"}
    keep(tmp_path, "sub", "aws::CloudControlResource", {}, output=generic, seq=1)

    assert run(["convert", ".alchemy/images/prod", "-o", "infra.py"]) == 0
    assert "SNS.Subscription(" in source_of(tmp_path)
    assert "TopicArn=topic.TopicArn" in source_of(tmp_path) or "TopicArn=topic.ref" in source_of(tmp_path)
    assert 'app = App("images")' in source_of(tmp_path)


def test_secrets_are_encrypted_there_and_that_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desired = {"Name": "db", "SecretString": {"@secret": {"version": "v1", "ciphertext": "abc"}}}
    keep(tmp_path, "db", "AWS::SecretsManager::Secret", desired, output={"id": "arn:x"})

    assert run(["convert", ".alchemy", "-o", "infra.py"]) == 0
    assert "note: db: SecretString is encrypted in Alchemy's state: set the environment variable" in printed(capsys)
    assert "ciphertext" not in source_of(tmp_path)
    assert "SecretString=secret(" in source_of(tmp_path)


def test_what_is_not_cloud_controls_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(tmp_path, "topic", "AWS::SNS::Topic", {"TopicName": "builds"}, output={"id": TOPIC})
    keep(tmp_path, "worker", "cloudflare::Worker", {})
    keep(tmp_path, "table", "aws::Table", {})
    keep(tmp_path, "half", "AWS::SQS::Queue", {}, status="deleting")
    keep(tmp_path, "scope", "alchemy::Scope", {})

    assert run(["convert", ".alchemy", "-o", "infra.py"]) == 0
    shown = printed(capsys)
    assert "note: worker: cloudflare::Worker is not an AWS resource" in shown
    assert "note: half: left out: Alchemy is still deleting it" in shown
    assert "undecided: table: aws::Table is not known to Cloud Control" in shown
    assert "written: infra.py (2 resources)" in shown


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({}, "contains nothing; name the folder of one app and stage"),
        ({"a/dev/x.json": "{}", "b/dev/x.json": "{}"}, "contains a, b; name the folder of one app and stage"),
        ({"a/dev/x.json": "{"}, "x.json: line 1, column 2: not JSON"),
        ({"a/dev/x.json": "{}"}, "x.json: this is not an Alchemy state file"),
        ({"a/dev/x.json": '{"kind": "github::Secret", "status": "created"}'}, "contains no AWS resources"),
    ],
)
def test_bad_input_is_one_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: dict[str, str], error: str
) -> None:
    (tmp_path / ".alchemy").mkdir()
    for name, text in files.items():
        file = tmp_path / ".alchemy" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    assert run(["convert", ".alchemy", "-o", "infra.py"]) == 1
    assert error in printed(capsys)
