"""`--check` as users call it, against a local cloud that has a policy: served over HTTP, and in process."""

from __future__ import annotations

import json
import os
import select
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

import commands

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = """
from cloudwright import App
from cloudwright.aws import SNS

app = App("news", stage="t")


@app.program
def main():
    SNS.Topic("orders", TopicName="orders")
"""


def policy_without(*denied: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "NotAction": list(denied), "Resource": "*"}],
    }


@pytest.fixture
def endpoint(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A served cloud whose policy lacks the actions that the test names."""
    (tmp_path / "infra.py").write_text(PROGRAM)
    (tmp_path / "policy.json").write_text(json.dumps(policy_without(*request.param)))
    words = ("local", "serve", "--port", "0", "--policy", "policy.json", "--json")
    with commands.start(*words, cwd=tmp_path, stdout=subprocess.PIPE) as server:
        assert server.stdout
        assert select.select([server.stdout], [], [], 30)[0]
        yield next(line["endpoint"] for line in map(json.loads, server.stdout) if line["type"] == "server")
        server.terminate()


def run(folder: Path, endpoint: str, *command: str) -> tuple[int, list[dict[str, Any]]]:
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CLOUDWRIGHT_"))},
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "111111111111",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    ran = commands.run(*command, "--json", cwd=folder, env=environ)
    return ran.returncode, [json.loads(line) for line in ran.stdout.splitlines()]


def findings(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for line in lines if line["type"] == "finding"]


@pytest.mark.parametrize("endpoint", [("sns:CreateTopic", "cloudformation:DeleteResource")], indirect=True)
def test_a_gap_is_a_finding_with_the_statement_to_add(tmp_path: Path, endpoint: str) -> None:
    for command in ("plan", "permissions"):
        code, lines = run(tmp_path, endpoint, command, "--check")
        gap, checked = findings(lines)

        assert (code, gap["id"], gap["severity"], gap["key"]) == (0, "permission-missing", "error", "orders")
        assert gap["text"].startswith(
            "arn:aws:iam::111111111111:user/local may not call sns:CreateTopic on *: no policy"
        )
        assert json.loads(gap["fix"].removeprefix("Allow it: ")) == {
            "Effect": "Allow",
            "Action": ["sns:CreateTopic"],
            "Resource": ["*"],
        }
        assert (checked["id"], checked["severity"]) == ("permissions-checked", "info")
        assert "does not see resource policies" in checked["text"]
        assert run(tmp_path, endpoint, command, "--check", "--strict")[0] == 5

    code, lines = run(tmp_path, endpoint, "doctor", "--check")
    wrong = [line for line in lines if line["type"] == "check" and not line["ok"]]
    assert (code, [line["name"] for line in wrong]) == (1, ["permissions"])
    assert "cloudformation:DeleteResource" in wrong[0]["text"]


@pytest.mark.parametrize("endpoint", [("iam:SimulatePrincipalPolicy",)], indirect=True)
def test_a_caller_that_may_not_simulate_gets_one_line_and_nothing_else_fails(tmp_path: Path, endpoint: str) -> None:
    code, lines = run(tmp_path, endpoint, "plan", "--check", "--strict")
    (shown,) = findings(lines)

    assert (code, shown["id"], shown["severity"]) == (0, "permissions-not-checked", "warning")
    assert shown["text"].endswith("arn:aws:iam::111111111111:user/local may not simulate its own policies.")
    assert "iam:SimulatePrincipalPolicy" in shown["fix"]

    code, lines = run(tmp_path, endpoint, "doctor", "--check")
    assert [line["name"] for line in lines if line["type"] == "check" and not line["ok"]] == ["permissions"]


@pytest.mark.parametrize("endpoint", [("s3:ListAllMyBuckets",)], indirect=True)
def test_a_caller_that_has_all_gets_no_gap(tmp_path: Path, endpoint: str) -> None:
    code, lines = run(tmp_path, endpoint, "plan", "--check", "--strict")
    assert (code, [line["id"] for line in findings(lines)]) == (0, ["permissions-checked"])
    assert run(tmp_path, endpoint, "doctor", "--check")[0] == 0


@pytest.mark.parametrize("options", [("--policy",), ("--ci", "me/shop")])
def test_check_looks_and_policy_writes(tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "infra.py").write_text(PROGRAM)
    assert run(tmp_path, "http://127.0.0.1:1", "permissions", "--check", *options)[0] == 64


def test_strict_belongs_to_check(tmp_path: Path) -> None:
    (tmp_path / "infra.py").write_text(PROGRAM)
    assert run(tmp_path, "http://127.0.0.1:1", "permissions", "--strict")[0] == 64


def test_offline_one_finding_says_so_and_the_command_succeeds(tmp_path: Path) -> None:
    place = 'target(account="111111111111", region="eu-west-1")'
    text = PROGRAM.replace("import App\n", "import App, target\n").replace(
        "    SNS.Topic(", f"    with {place}:\n        SNS.Topic("
    )
    (tmp_path / "infra.py").write_text(text)

    for command in ("plan", "permissions"):
        code, lines = run(tmp_path, "http://127.0.0.1:1", command, "--check")
        (shown,) = findings(lines)

        assert (code, shown["id"], shown["severity"]) == (0, "permissions-not-checked", "warning")
        assert shown["text"].startswith("The permissions in account 111111111111 were not checked: ")
        assert "127.0.0.1:1" in shown["text"]
        assert shown["fix"]
    assert [line["action"] for line in lines if line["type"] == "permission" and line["action"] == "sns:CreateTopic"]
