"""A fleet as people run it: processes of their own, one of them killed, over a served local cloud."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.cli.root import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cloudwright.testing import ServedCloud

MAIN = [sys.executable, "-c", "from cloudwright.cli import main; main()", "fleet"]
REGIONS = ("eu-west-1", "us-east-1")
INFRA = """
    from cloudwright import App
    from cloudwright.aws import SNS, SSM

    app = App("net")

    @app.program
    async def main():
        topic = SNS.Topic("topic", TopicName="topic")
        SSM.Parameter("pointer", Name="/topic", Type="String", Value=topic.TopicArn)
"""


def account(number: int) -> str:
    return f"{number:012d}"


@dataclass
class Fleet:
    """A folder with a program, targets and a fleet's database, before a served cloud."""

    folder: Path
    environ: dict[str, str]
    capture: pytest.CaptureFixture[str]

    def targets(self, *accounts: int) -> None:
        entries = [
            f'[[target]]\naccount = "{account(number)}"\nregion = "{region}"\nstage = "prod"\n'
            f'role_arn = "arn:aws:iam::{account(number)}:role/deploy"\n'
            for number in accounts
            for region in REGIONS
        ]
        (self.folder / "targets.toml").write_text("".join(entries), "utf-8")

    def run(self, *words: str) -> tuple[int, list[dict[str, Any]]]:
        done = subprocess.run(
            [*MAIN, *words, "--json"], cwd=self.folder, env=self.environ, capture_output=True, text=True, check=False
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    def say(self, *words: str) -> list[dict[str, Any]]:
        """The same within this process, for what only reads and writes the fleet's facts."""
        self.capture.readouterr()
        assert run(["fleet", *words, "--json"]) in {0, 1, 3}
        return [json.loads(line) for line in self.capture.readouterr().out.splitlines()]

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[str]]:
        command = [*MAIN, "worker", "--concurrency", "2", "--until-idle", "--json"]
        process = subprocess.Popen(command, cwd=self.folder, env=self.environ, stdout=subprocess.PIPE, text=True)
        with process:
            try:
                yield process
            finally:
                process.kill()


@pytest.fixture
def fleet(
    tmp_path: Path,
    local_cloud_server: ServedCloud,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Fleet:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "infra.py").write_text(dedent(INFRA), "utf-8")
    settings = {
        "AWS_ENDPOINT_URL": local_cloud_server.url,
        "AWS_ACCESS_KEY_ID": account(999),
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_REGION": "us-east-1",
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CLOUDWRIGHT_", "CI"))}
    return Fleet(tmp_path, {**kept, **settings}, capsys)


def stands(lines: list[dict[str, Any]]) -> Counter[str]:
    (run,) = [line for line in lines if line["type"] == "fleet_run"]
    return Counter(run["counts"])


@pytest.mark.local_cloud(operation_time=0.7)
def test_a_killed_worker_loses_nothing_and_repeats_nothing(fleet: Fleet, local_cloud_server: ServedCloud) -> None:
    fleet.targets(1, 2, 3)
    fleet.say("deploy", "infra.py", "--targets", "targets.toml", "--yes", "--detach", "--concurrency-per-account", "2")

    with fleet.worker() as first, fleet.worker() as second:
        while len(local_cloud_server.cloud.calls) < 10:
            time.sleep(0.05)
        first.send_signal(signal.SIGKILL)
        first.wait()
        assert second.wait(60) == 0

    lines = fleet.say("status")
    creates = Counter((one.place, one.type_name) for one in local_cloud_server.cloud.requests())
    assert stands(lines) == {"done": 6}
    assert (len(creates), set(creates.values())) == (12, {1})


def test_one_failure_is_told_and_tried_again_while_others_go_on(fleet: Fleet, local_cloud_server: ServedCloud) -> None:
    cloud = local_cloud_server.cloud
    taken = cloud.put(account(1), REGIONS[0], "AWS::SNS::Topic", {"TopicName": "topic"})
    fleet.targets(1, 2)

    code, lines = fleet.run("deploy", "infra.py", "--targets", "targets.toml", "--yes", "--max-failures", "1")
    (failed,) = [line for line in lines[-5:] if line.get("stand") == "failed"]
    assert (code, stands(lines)) == (3, {"done": 3, "failed": 1})
    assert failed["target"] == f"prod@{account(1)}.{REGIONS[0]}"
    assert "topic" in failed["error"]

    cloud.remove(account(1), REGIONS[0], "AWS::SNS::Topic", taken)
    assert fleet.say("retry")[-1]["text"] == "1 targets are tried again"
    assert fleet.run("worker", "--until-idle")[0] == 0
    assert stands(fleet.say("status")) == {"done": 4}


def test_plans_wait_for_approval_and_only_the_program_of_the_run_is_run(fleet: Fleet) -> None:
    fleet.targets(1)
    _, lines = fleet.run("deploy", "infra.py", "--targets", "targets.toml")
    assert stands(lines) == {"waiting for approval": 2}

    assert fleet.say("approve")[-1]["text"] == "2 plans approved"
    with (fleet.folder / "infra.py").open("a", encoding="utf-8") as program:
        program.write("# changed\n")
    fleet.run("worker", "--until-idle")
    lines = fleet.say("status")

    assert stands(lines) == {"failed": 2}
    assert all("changed since this run was made" in line["error"] for line in lines if line["type"] == "fleet_target")
