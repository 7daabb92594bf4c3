"""The workflows of docs/ci.md, step by step as a runner runs them: shared state in S3, a key of KMS, AWS over HTTP."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from ci_runner import Runner, workflows
from conformance import s3_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.testing import ServedCloud

SETTINGS, PULL_REQUEST, MERGE, NIGHT, *_ = workflows(
    (Path(__file__).parents[2] / "docs" / "ci.md").read_text(encoding="utf-8")
)

PROGRAM = """
    from cloudwright import App, secret
    from cloudwright.aws.control import AWS
    app = App("shop")
    @app.program
    def main():
        AWS.SecretsManager.Secret("s", Name="s", Description="one", SecretString=secret("hunter2-canary"))
"""


@pytest.fixture(scope="module")
def storage() -> Iterator[str]:
    """S3 and KMS, with the bucket and the key that the recipes name."""
    with s3_server.running() as address:
        s3_server.client(address).create_bucket(Bucket="my-bucket")
        kms = s3_server.client(address, "kms")
        kms.create_alias(AliasName="alias/cloudwright", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
        yield address


@pytest.fixture
def runner(tmp_path: Path, storage: str, local_cloud_server: ServedCloud) -> Runner:
    provider = {
        "AWS_ACCESS_KEY_ID": "123456789012",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": local_cloud_server.url,
        "AWS_ENDPOINT_URL_S3": storage,
        "AWS_ENDPOINT_URL_KMS": storage,
    }
    made = Runner(tmp_path, {**SETTINGS["env"], **provider, "CLOUDWRIGHT_STATE": f"s3://my-bucket/{tmp_path.name}"})
    write(made, PROGRAM)
    return made


def write(runner: Runner, program: str) -> None:
    (runner.repository / "infra.py").write_text(dedent(program), "utf-8")


def test_a_pull_request_is_planned_merged_deployed_and_watched(runner: Runner) -> None:
    ran = runner(PULL_REQUEST, "plan")
    assert ran[0] == 0, ran[1]
    assert "pr comment 7 --body-file plan.md --edit-last --create-if-none\n" == runner.read("gh.log")
    comment = runner.read("comment.md")
    assert "| + create | `s` | `AWS::SecretsManager::Secret` |" in comment
    assert ("hunter2" in comment, "\x1b" in comment, comment == runner.read("summary.md")) == (False, False, True)

    assert (0, False) == shown(runner(MERGE, "plan"), "hunter2")
    assert (0, True) == shown(runner(MERGE, "deploy"), "1 created")
    assert 0 == runner(NIGHT, "drift")[0]

    assert (1, True) == shown(runner(MERGE, "deploy"), "the state changed since the plan was made")


def test_what_changed_outside_cloudwright_fails_the_night(runner: Runner, local_cloud_server: ServedCloud) -> None:
    for job in ("plan", "deploy"):
        assert 0 == runner(MERGE, job)[0]
    control = s3_server.client(local_cloud_server.url, "cloudcontrol")
    (live,) = control.list_resources(TypeName="AWS::SecretsManager::Secret")["ResourceDescriptions"]
    control.update_resource(
        TypeName="AWS::SecretsManager::Secret",
        Identifier=live["Identifier"],
        PatchDocument='[{"op": "replace", "path": "/Description", "value": "two"}]',
    )

    assert 2 == runner(NIGHT, "drift")[0]


def test_a_plan_of_another_commit_is_refused(runner: Runner) -> None:
    assert 0 == runner(MERGE, "plan")[0]
    write(runner, PROGRAM.replace('"one"', '"two"'))

    assert (1, True) == shown(runner(MERGE, "deploy"), "the program changed since the plan was made")


def test_a_plan_that_strict_refuses_is_commented_all_the_same(runner: Runner) -> None:
    images = 'ImageBuilder.DistributionConfiguration("s", Name="s", Distributions=[{"Region": "us-east-1", '
    images += '"AmiDistributionConfiguration": {"Name": "x"}}])'
    write(runner, PROGRAM.replace(PROGRAM[PROGRAM.index("SecretsManager") :].rstrip(), images))

    assert 5 == runner(PULL_REQUEST, "plan")[0]
    assert "error IB1" in runner.read("comment.md")


def test_ci_is_refused_a_state_in_a_file(runner: Runner) -> None:
    del runner.environ["CLOUDWRIGHT_STATE"]

    assert (1, True) == shown(runner(PULL_REQUEST, "plan"), "this is a CI machine")
    assert SETTINGS["env"]["CLOUDWRIGHT_STATE"].startswith("s3://")


def shown(ran: tuple[int, str], text: str) -> tuple[int, bool]:
    return ran[0], text in ran[1]
