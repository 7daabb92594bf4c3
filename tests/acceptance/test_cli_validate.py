"""`cloudwright validate` as a hook runs it: a process without an account, a network or a home that it may write to."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import commands

if TYPE_CHECKING:
    import subprocess

ROOT = Path(__file__).parents[2]

PROGRAM = """
from cloudwright import App, outputs
from cloudwright.aws import IAM, Logs, S3

app = App("shop")


@app.program
async def main():
    legacy = S3.Bucket.get("legacy", "bucket-of-old")
    IAM.Role("role", Description=f"reads {{legacy.Arn}}", AssumeRolePolicyDocument={{}}, adopt=True)
    Logs.LogGroup("logs", LogGroupName="/shop", RetentionInDays=7{more})
    network = await outputs("network")
    S3.Bucket("late", BucketName=network["Name"])
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "infra.py").write_text(PROGRAM.format(more=""), "utf-8")
    return tmp_path


def offline(folder: Path) -> dict[str, str]:
    """Nothing that could lead to an account: no credentials, no home, every proxy a dead end."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CLOUDWRIGHT_"))}
    dead = "http://127.0.0.1:9"
    return environ | {"HOME": str(folder / "nowhere"), "HTTPS_PROXY": dead, "HTTP_PROXY": dead, "NO_COLOR": "1"}


def ran(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return commands.run(*args, cwd=folder, env=offline(folder))


def last(run: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return line


def test_a_program_is_checked_without_asking_what_exists(folder: Path) -> None:
    run = ran(folder, "validate", "--stage", "dev")

    assert run.returncode == 0, run.stderr
    assert run.stdout == (
        "valid: shop/dev, 2 resources\n"
        "  checked up to infra.py:13: the program computes with network/dev, which is known only after deploy\n"
    )
    assert [path.name for path in folder.iterdir()] == ["infra.py"]


def test_the_machine_reads_the_same(folder: Path) -> None:
    line = last(ran(folder, "validate", "--stage", "dev", "--json"))

    assert (line["type"], line["resources"], line["valid"]) == ("validated", 2, True)
    assert line["unchecked"].startswith("the program computes with network/dev")


def test_what_the_schema_refuses_is_an_error(folder: Path) -> None:
    (folder / "infra.py").write_text(PROGRAM.format(more=", Retention=1"), "utf-8")
    run = ran(folder, "validate")

    assert run.returncode == 1
    assert "/Retention: unknown property" in run.stderr


def test_an_error_of_a_rule_has_the_exit_code_of_findings(folder: Path) -> None:
    wrong = """
    from cloudwright.aws import ImageBuilder
    ImageBuilder.DistributionConfiguration("d", Name="no_underscores!", Distributions=[{"Region": "us-east-1"}])
"""
    (folder / "infra.py").write_text(PROGRAM.format(more="").replace("    network =", f"{wrong}    network ="), "utf-8")
    run = ran(folder, "validate")

    assert run.returncode == 5
    assert "error IB105" in run.stdout
    assert "not valid: shop/" in run.stdout


def test_a_type_that_only_aws_knows_needs_a_plan(folder: Path) -> None:
    (folder / "infra.py").write_text(
        "from cloudwright import App, Resource\n\n"
        'app = App("shop")\n\n\n@app.program\nasync def main():\n'
        '    Resource("Acme::Dns::Record", "record", Zone="z")\n',
        "utf-8",
    )
    run = ran(folder, "validate")

    assert run.returncode == 1
    assert "Acme::Dns::Record" in run.stderr


def test_the_hook_of_the_repository_runs_it(folder: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    program, *args = shlex.split(hook["entry"])

    assert (program, hook["language"], hook["pass_filenames"]) == ("cloudwright", "python", False)
    assert ran(folder, *args, *hook.get("args", [])).returncode == 0
