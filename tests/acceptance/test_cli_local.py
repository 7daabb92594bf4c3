"""`cloudwright local serve` as users start it: its own process, driven over HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

import commands

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TYPE = "AWS::ImageBuilder::DistributionConfiguration"


@contextmanager
def served(*args: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    with commands.start("local", "serve", "--port", "0", *args, "--json", stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        lines = [json.loads(process.stdout.readline()) for _ in range(2)]
        try:
            yield lines[1]["endpoint"], process
        finally:
            process.terminate()


def client(endpoint: str) -> Any:
    return boto3.client(
        "cloudcontrol",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="111122223333",
        aws_secret_access_key="any",
    )


def create(endpoint: str) -> str:
    desired = json.dumps({"Name": "Basic", "Distributions": [{"Region": "us-west-2"}]})
    event = client(endpoint).create_resource(TypeName=TYPE, DesiredState=desired)["ProgressEvent"]
    return str(event["OperationStatus"])


def listed(endpoint: str) -> int:
    return len(client(endpoint).list_resources(TypeName=TYPE)["ResourceDescriptions"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_server_prints_its_endpoint_serves_and_ends_well(number: int) -> None:
    with served("--operation-time", "0") as (endpoint, process):
        assert endpoint.startswith("http://127.0.0.1:")
        assert create(endpoint) in {"IN_PROGRESS", "PENDING", "SUCCESS"}
        assert listed(endpoint) == 1
        os.kill(process.pid, number)

        assert process.wait(10) == 0


def test_resources_survive_in_a_folder(tmp_path: Path) -> None:
    folder = str(tmp_path / "cloud")
    with served("--data", folder, "--operation-time", "0") as (endpoint, _):
        create(endpoint)
    with served("--data", folder) as (endpoint, _):
        assert listed(endpoint) == 1


def test_a_taken_port_is_an_error_that_tells_how_to_continue() -> None:
    with served() as (endpoint, _):
        port = endpoint.rpartition(":")[2]
        done = commands.run("local", "serve", "--port", port)

    assert done.returncode == 1
    assert f"can't listen on 127.0.0.1 port {port}" in done.stderr
    assert "--port 0" in done.stderr


def refusal(endpoint: str, **members: Any) -> str:
    with pytest.raises(ClientError) as caught:
        client(endpoint).create_resource(TypeName=TYPE, DesiredState=json.dumps(members))
    return str(caught.value.response["Error"]["Code"])


def test_strict_services_refuse_what_is_only_believed_to_be_refused() -> None:
    twice = {"Name": "Basic", "Distributions": [{"Region": "us-west-2"}, {"Region": "us-west-2"}]}

    with served("--strict-services", "--operation-time", "0") as (endpoint, _):
        event = client(endpoint).create_resource(TypeName=TYPE, DesiredState=json.dumps(twice))["ProgressEvent"]
        token = event["RequestToken"]
        done = client(endpoint).get_resource_request_status(RequestToken=token)["ProgressEvent"]

    assert done["OperationStatus"] == "FAILED"


def test_lenient_values_let_a_wrong_pattern_pass() -> None:
    members = {"Name": "Ba$ic!", "Distributions": []}
    with served() as (endpoint, _):
        assert refusal(endpoint, **members) == "ValidationException"
    with served("--lenient-values") as (endpoint, _):
        assert client(endpoint).create_resource(TypeName=TYPE, DesiredState=json.dumps(members))["ProgressEvent"]


def test_signatures_are_verified_with_the_key_of_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    with served("--verify-signatures") as (endpoint, _):
        assert listed(endpoint) == 0
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "other")
    with served("--verify-signatures") as (endpoint, _):
        assert refusal(endpoint, Name="Basic", Distributions=[]) == "InvalidSignatureException"


def test_signatures_without_a_key_are_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)
    done = commands.run("local", "serve", "--port", "0", "--verify-signatures")

    assert done.returncode == 1
    assert "set AWS_SECRET_ACCESS_KEY" in done.stderr


def test_a_first_plan_asks_sts_without_loading_what_carries_a_deploy(tmp_path: Path) -> None:
    (tmp_path / "infra.py").write_text(
        "from cloudwright import App\n"
        "from cloudwright.aws import SNS\n"
        'app = App("demo", stage="test")\n'
        "@app.program\n"
        'def main():\n    SNS.Topic("news", TopicName="news")\n'
    )
    code = (
        "import sys; from cloudwright.cli.root import run; left = run(['plan', '--json']);"
        "print(left, sorted({'aiohttp', 'botocore'} & set(sys.modules)))"
    )
    with served() as (endpoint, _):
        account = {"AWS_ACCESS_KEY_ID": "111122223333", "AWS_SECRET_ACCESS_KEY": "any", "AWS_REGION": "us-east-1"}
        environ = {**os.environ, **account, "AWS_ENDPOINT_URL": endpoint}
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env=environ, capture_output=True, text=True, check=True
        )

    lines = done.stdout.splitlines()
    assert lines[-1] == "0 []"
    assert json.loads(lines[2])["target"]["account"] == "111122223333"


def test_a_policy_file_holds_for_every_client(tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    allowed = {"Effect": "Allow", "Action": "cloudformation:ListResources", "Resource": "*"}
    policy.write_text(json.dumps({"deploy-1": {"Version": "2012-10-17", "Statement": [allowed]}}))

    with (
        served("--operation-time", "0", "--policy", str(policy)) as (endpoint, _),
        pytest.raises(ClientError) as caught,
    ):
        create(endpoint)

    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    assert "cloudformation:CreateResource" in caught.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "No such file"),
        ("no json", "policy.json can't be used"),
        ('{"Statement": {"Effect": "Allow", "Action": "a:b"}}', "statement 1 needs either Resource or NotResource"),
    ],
)
def test_a_bad_policy_file_is_named_with_its_mistake(tmp_path: Path, text: str | None, words: str) -> None:
    if text is not None:
        (tmp_path / "policy.json").write_text(text)
    ran = commands.run("local", "serve", "--port", "0", "--policy", "policy.json", cwd=tmp_path)
    assert ran.returncode == 1
    assert words in ran.stderr
    assert "cloudwright permissions infra.py --policy" in ran.stderr
