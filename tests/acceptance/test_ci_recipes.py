"""The commands of docs/ci.md, one after the other, as a runner would run them on the local cloud."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from shell_kit import Ran, Shell

DOC = (Path(__file__).parents[2] / "docs" / "ci.md").read_text(encoding="utf-8")
COMMANDS = [found.split(" > ")[0] for found in re.findall(r"- run: cloudwright (.+)", DOC)]

PROGRAM = """
    from cloudwright import App, secret
    from cloudwright.aws.control import AWS
    app = App("shop")
    @app.program
    def main():
        AWS.SecretsManager.Secret("s", Name="s", Description="one", SecretString=secret("hunter2-canary"))
"""


@pytest.fixture
def runner(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path, {"CI": "true", "CLOUDWRIGHT_PASSPHRASE": "correct horse", "CLOUDWRIGHT_STAGE": "prod"})
    shell.write(PROGRAM)
    return shell


def job(runner: Shell, number: int) -> Ran:
    return runner(*shlex.split(COMMANDS[number]), "--local")


def test_the_recipes_are_the_ones_tested_here() -> None:
    assert ["plan", "plan", "deploy", "drift"] == [command.split()[0] for command in COMMANDS]


def test_a_pull_request_is_planned_merged_deployed_and_watched(runner: Shell) -> None:
    comment = job(runner, 0)
    assert (0, True, False) == (comment.code, "+ AWS::SecretsManager::Secret" in comment.out, "hunter2" in comment.out)
    assert "\x1b" not in comment.out
    assert 0 == job(runner, 1).code
    assert 0 == job(runner, 2).code
    assert 0 == job(runner, 3).code

    stale = job(runner, 2)
    assert (1, True) == (stale.code, "the state has moved on since the plan was made" in stale.err)


def test_a_plan_of_another_commit_is_refused(runner: Shell) -> None:
    assert 0 == job(runner, 1).code
    runner.write(PROGRAM.replace('"one"', '"two"'))
    ran = job(runner, 2)

    assert (1, True) == (ran.code, "the program changed since the plan was made" in ran.err)


def test_the_recipes_name_a_shared_state_since_ci_is_refused_a_file(runner: Shell) -> None:
    ran = runner(*shlex.split(COMMANDS[0]))

    assert (1, True) == (ran.code, "this is a CI machine" in ran.err)
    assert "CLOUDWRIGHT_STATE: s3://" in DOC
