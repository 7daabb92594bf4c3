"""Drift and import as a user types them, over the real engine and the local cloud."""

from __future__ import annotations

import json
import sys
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.cli.root import run
from cloudwright.clock import SystemClock
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.store import CloudStore
from cloudwright.schema.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Shell = Callable[..., tuple[int, str, str]]

ACCOUNT, REGION = "000000000000", "us-east-1"
PROGRAM = """
    from cloudwright import App
    from cloudwright.aws.control import AWS

    app = App("demo", stage="test")

    @app.program
    async def main():
        AWS.Logs.LogGroup("logs", LogGroupName="/app/logs", RetentionInDays=7)
        AWS.SQS.Queue("queue", QueueName="jobs", DelaySeconds=5)
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "infra.py").write_text(dedent(PROGRAM), encoding="utf-8")
    paths = list(sys.path)
    yield
    sys.path[:] = paths


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Shell:
    """Runs `cloudwright ARGS --local`: exit code, standard output, standard error."""

    def ran(*args: str) -> tuple[int, str, str]:
        for name, module in list(sys.modules.items()):
            if (getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
                del sys.modules[name]
        code = run([*args, "--local"])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return ran


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[LocalCloud]:
    """The very cloud that `--local` works on, for changes behind the program's back."""
    folder = tmp_path / ".cloudwright" / "local"
    folder.mkdir(parents=True, mode=0o700)
    opened = LocalCloud(Catalog.bundled(), clock=SystemClock(), store=CloudStore(folder / "cloud.db"))
    yield opened
    opened.close()


def lines(out: str, kind: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, out.splitlines()) if line["type"] == kind]


def test_drift_is_found_shown_and_repaired(shell: Shell, cloud: LocalCloud) -> None:
    assert 0 == shell("deploy", "--yes")[0]
    code, out, _ = shell("drift")
    assert (0, True) == (code, "no drift, 2 as declared" in out)

    cloud.modify(ACCOUNT, REGION, "AWS::Logs::LogGroup", "/app/logs", {"RetentionInDays": 30})
    code, out, _ = shell("drift")
    assert 2 == code
    assert "1 changed, 1 as declared" in out
    assert "RetentionInDays  7 " in out

    code, out, _ = shell("drift", "--json")
    (changed,) = [line for line in lines(out, "drift") if line["condition"] == "changed"]
    assert [{"path": "/RetentionInDays", "kind": "changed", "declared": 7, "live": 30, "reason": ""}] == changed[
        "paths"
    ]
    assert 0 == shell("plan", "--detailed-exitcode")[0]

    code, out, _ = shell("drift", "--fix", "--yes")
    assert 0 == code
    assert "changed outside cloudwright" in out
    assert "ok: 1 updated" in out
    assert 0 == shell("drift")[0]


def test_ten_resources_become_a_program_and_then_nothing_changes(
    shell: Shell, cloud: LocalCloud, tmp_path: Path
) -> None:
    for number in range(2):
        vpc = cloud.put(ACCOUNT, REGION, "AWS::EC2::VPC", {"CidrBlock": f"10.{number}.0.0/16"})
        for part in range(3):
            subnet = {"VpcId": vpc, "CidrBlock": f"10.{number}.{part}.0/24"}
            cloud.put(ACCOUNT, REGION, "AWS::EC2::Subnet", subnet)
    for number in range(2):
        cloud.put(ACCOUNT, REGION, "AWS::SQS::Queue", {"QueueName": f"jobs-{number}"})

    types = [word for name in ("EC2::VPC", "EC2::Subnet", "SQS::Queue") for word in ("--type", f"AWS::{name}")]
    code, out, err = shell("import", *types, "--generate", "found.py")
    assert (0, "") == (code, err)
    assert "written: found.py (10 resources of 000000000000/us-east-1)" in out

    code, out, _ = shell("plan", "found.py")
    assert "10 import, 0 unchanged" in out
    assert "~" not in out
    code, out, _ = shell("deploy", "found.py", "--yes")
    assert (0, True) == (code, "ok: 10 imported" in out)
    code, out, _ = shell("deploy", "found.py", "--yes")
    assert (0, True) == (code, "0 changes, 10 unchanged" in out)
    assert 0 == shell("drift", "found.py")[0]
    assert 0 == shell("plan", "found.py", "--refresh", "--detailed-exitcode")[0]

    code, _, err = shell("import", *types, "--generate", "found.py")
    assert (1, True) == (code, "found.py already exists" in err)
    assert 0 == shell("import", *types, "--generate", "found.py", "--force")[0]


def test_one_resource_is_bound_to_its_key(shell: Shell, cloud: LocalCloud) -> None:
    cloud.put(ACCOUNT, REGION, "AWS::Logs::LogGroup", {"LogGroupName": "/app/logs", "RetentionInDays": 7})
    code, out, _ = shell("import", "infra.py", "logs", "/app/logs", "--yes")
    assert 0 == code
    assert "adopts /app/logs" in out
    assert "ok: 1 imported" in out

    code, out, _ = shell("plan")
    assert "1 create, 1 unchanged" in out
    code, _, err = shell("import", "infra.py", "logs", "/other", "--yes")
    assert (1, True) == (code, "logs is managed already: it is /app/logs" in err)
    code, _, err = shell("import", "infra.py", "lgos", "/other", "--yes")
    assert (1, True) == (code, "the program declares no 'lgos'" in err)


def test_a_live_schema_is_shown_and_a_wrong_name_explained(shell: Shell) -> None:
    code, out, _ = shell("schema", "AWS::SQS::Queue", "--live")
    assert (0, True) == (code, out.startswith("AWS::SQS::Queue\n"))
    code, out, _ = shell("schema", "AWS::SQS::Queue", "--live", "--json")
    assert "AWS::SQS::Queue" == lines(out, "schema")[0]["name"]
    code, _, err = shell("schema", "AWS::SQS::Quee", "--live")
    assert (1, True) == (code, "Did you mean 'AWS::SQS::Queue'?" in err)
    assert 64 == shell("schema", "AWS::SQS::Queue", "--region", REGION)[0]
