"""`cloudwright permissions` of a real program on the local cloud."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cloudwright.cli.root import run

PROGRAM = """
from cloudwright import App
from cloudwright.aws import Lambda, IAM, SNS

app = App("shop")

@app.program
async def main():
    role = IAM.Role("runner", RoleName="runner", AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": []})
    Lambda.Function("fn", Role=role.Arn, Code={"ZipFile": "x"}, Runtime="python3.12", Handler="i.h")
    SNS.Topic("news", TopicName="news")
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "infra.py"
    path.write_text(PROGRAM)
    return path


def out(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert run([*args, "--local", "--stage", "t"], file=None) == 0
    return capsys.readouterr().out


def test_the_list_says_why_and_the_policy_is_the_same_each_time(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = out(capsys, "permissions", str(file))
    first = out(capsys, "permissions", str(file), "--policy")

    assert "fn /Role (Lambda::Function: create)" in text
    assert "iam:PassRole  on arn:aws:iam::000000000000:role/runner" in text
    assert first == out(capsys, "permissions", str(file), "--policy")
    assert list(json.loads(first)) == ["deploy-000000000000"]


def test_after_the_deploy_a_deploy_only_reads_and_the_lifecycle_stays(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = out(capsys, "permissions", str(file), "--for", "lifecycle", "--policy")
    out(capsys, "deploy", str(file), "--yes")
    lines = [json.loads(line) for line in out(capsys, "permissions", str(file), "--json").splitlines()[1:]]

    assert {why["operation"] for line in lines for why in line["reasons"]} == {"read"}
    assert out(capsys, "permissions", str(file), "--for", "lifecycle", "--policy") == before


def test_two_roles_for_ci(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    roles = json.loads(out(capsys, "permissions", str(file), "--ci", "me/shop", "--branch", "live"))

    assert list(roles) == ["cloudwright-shop-plan@000000000000", "cloudwright-shop-deploy@000000000000"]
    assert "repo:me/shop:ref:refs/heads/live" in json.dumps(roles)


def test_a_state_in_s3_is_needed_by_whoever_starts_it(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDWRIGHT_KMS_KEY", "alias/states")
    text = out(capsys, "permissions", str(file))

    assert "kms:Decrypt  on arn:aws:kms:*:000000000000:key/*" in text
    assert "the KMS key alias/states that seals the state" in text


@pytest.mark.parametrize(
    "options",
    [("--ci", "me/shop", "--policy"), ("--for", "lunch"), ("--ask-service",), ("--for", "drift", "--ask-service")],
)
def test_a_wrong_command_line_is_refused(file: Path, options: tuple[str, ...]) -> None:
    assert run(["permissions", str(file), *options], file=None) == 64


def test_a_repository_without_an_owner_is_refused(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["permissions", str(file), "--ci", "shop", "--local"], file=None) == 1
    assert "write OWNER/NAME" in capsys.readouterr().err


GOLDEN = Path(__file__).parents[2] / "examples" / "golden_image.py"
CHANGES = {
    "cloudformation": ["CreateResource"],
    "ec2": ["CreateLaunchTemplate", "CreateLaunchTemplateVersion", "CreateTags", "ModifyLaunchTemplate"],
    "iam": [
        *("AddRoleToInstanceProfile", "AttachRolePolicy", "CreateInstanceProfile", "CreateRole"),
        *("CreateServiceLinkedRole", "PassRole", "PutRolePolicy", "TagRole"),
    ],
    "imagebuilder": [
        *("CreateComponent", "CreateDistributionConfiguration", "CreateImagePipeline", "CreateImageRecipe"),
        *("CreateInfrastructureConfiguration", "CreateLifecyclePolicy", "TagResource"),
    ],
    "kms": ["CreateKey", "Decrypt", "EnableKeyRotation", "PutKeyPolicy", "ReplicateKey", "TagResource"],
    "s3": [
        *("CreateBucket", "PutBucketPublicAccessBlock", "PutBucketTagging", "PutEncryptionConfiguration"),
        "TagResource",
    ],
    "sns": ["CreateTopic", "Publish", "TagResource"],
}
"""What the golden image's deploy may change in the build account; `kms:Decrypt` is for reading its component."""


def test_nothing_in_the_policy_of_the_golden_image_is_surprising(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (document, *others) = json.loads(out(capsys, "permissions", str(GOLDEN), "--policy")).values()
    allowed = [action.split(":") for one in document["Statement"] for action in one["Action"]]
    changes = [(service, name) for service, name in allowed if not name.startswith(("Get", "List", "Describe"))]

    assert {service: sorted(n for s, n in changes if s == service) for service, _ in changes} == CHANGES
    assert {service for service, _ in allowed} == {*CHANGES, "autoscaling", "ssm"}
    assert len(others) == 4
    assert {one["Sid"] for other in others for one in other["Statement"]} == {"Cloudformation", "Iam"}
