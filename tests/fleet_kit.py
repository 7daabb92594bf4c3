"""A fleet as people run it: a folder with a program and targets, before a served cloud."""

from __future__ import annotations

import importlib
import logging
import os
import pkgutil
import subprocess
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import cloudwright
import commands
from cloudwright.cli.fleet import worker as fleet_workers
from cloudwright.cli.root import run
from json_output import read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

# pytest rewrites our modules as they are imported. The steps of a worker in this process run in threads, and Python
# 3.11 can't make syntax trees in two of them at once: "AST constructor recursion depth mismatch".
_HERE = Path(cloudwright.__file__).parent
for _package in ("control", "diff", "engine", "imagebuilder", "plan", "runs", "schema", "state"):
    for _module in pkgutil.walk_packages([str(_HERE / _package)], f"cloudwright.{_package}."):
        importlib.import_module(_module.name)

INFRA = """
    from cloudwright import App
    from cloudwright.aws import SNS, SSM

    app = App("net")

    @app.program
    async def main():
        topic = SNS.Topic("topic", TopicName="topic")
        SSM.Parameter("pointer", Name="/topic", Type="String", Value=topic.TopicArn)
"""
"""A topic, and a parameter that points to it."""

REGIONS = ("eu-west-1", "us-east-1")


def account(number: int) -> str:
    """Twelve digits."""
    return f"{number:012d}"


def statuses(lines: list[dict[str, Any]]) -> Counter[str]:
    """How many targets stand where, as the last line of a run tells."""
    (shown,) = [line for line in lines if line["type"] == "fleet_run"]
    return Counter(shown["counts"])


class Fleet:
    """Gives the fleet's commands, in this process or in others."""

    def __init__(
        self, folder: Path, endpoint: str, patch: pytest.MonkeyPatch, output: pytest.CaptureFixture[str]
    ) -> None:
        """Make the folder the current one, and let everything here and in other processes talk to the endpoint."""
        self.folder, self._output = folder, output
        patch.chdir(folder)
        patch.setattr(fleet_workers, "ROUND", 0.05)
        # DBOS would hold on to this test's standard error, which is closed by the next one.
        patch.setattr(logging.getLogger("dbos"), "handlers", [logging.NullHandler()])
        for name in [name for name in os.environ if name.startswith(("AWS_", "CLOUDWRIGHT_"))]:
            patch.delenv(name)
        settings = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": account(999),
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_REGION": "us-east-1",
            "XDG_CONFIG_HOME": str(folder / "config"),
        }
        for name, value in settings.items():
            patch.setenv(name, value)

    def program(self, text: str, file: str = "infra.py") -> None:
        """Write the program file, or a module next to it."""
        (self.folder / file).write_text(dedent(text), "utf-8")

    def targets(self, *accounts: int, in_waves: bool = False) -> None:
        """Write the targets file: each account in each of `REGIONS`, all in one wave or each in that of its number."""
        entries = [
            f'[[target]]\naccount = "{account(number)}"\nregion = "{region}"\nstage = "prod"\n'
            f'role_arn = "arn:aws:iam::{account(number)}:role/deploy"\nwave = {number * in_waves}\n'
            for number in accounts
            for region in REGIONS
        ]
        (self.folder / "targets.toml").write_text("".join(entries), "utf-8")

    def text(self, *words: str) -> str:
        """Everything that a command prints."""
        self._output.readouterr()
        run(["fleet", *words])
        return self.heard()

    def heard(self) -> str:
        """Everything that was printed since the last command of the fleet."""
        return "".join(self._output.readouterr())

    def say(self, *words: str) -> list[dict[str, Any]]:
        """The lines of a command, run in this process."""
        return self.ended(*words)[1]

    def deploy(self, *words: str) -> list[dict[str, Any]]:
        """Begin a run over the targets file; workers take it up."""
        return self.begin("deploy", *words)

    def begin(self, verb: str, *words: str) -> list[dict[str, Any]]:
        """Begin a run of any verb."""
        return self.say(verb, "infra.py", "--targets", "targets.toml", "--detach", *words)

    def work(self) -> list[dict[str, Any]]:
        """Be a worker until nothing is left to do, then tell how the newest run stands."""
        code, lines = self.ended("worker", "--until-idle")
        assert code == 0, lines
        return self.say("status")

    def ended(self, *words: str) -> tuple[int, list[dict[str, Any]]]:
        """The exit code and the lines of a command, run in this process."""
        self._output.readouterr()
        code = run(["fleet", *words, "--json"])
        shown = self._output.readouterr()
        assert "Traceback" not in shown.err, shown.err
        return code, read_lines(shown.out)

    @contextmanager
    def worker(self, *, text: bool = False) -> Iterator[subprocess.Popen[str]]:
        """A worker in its own process, which ends when nothing is left to do; it prints JSON or text."""
        with self.process("worker", "--concurrency", "2", "--until-idle", *([] if text else ["--json"])) as process:
            yield process

    @contextmanager
    def process(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """A command in its own process, which is killed in the end."""
        process = commands.start("fleet", *words, cwd=self.folder, stdout=subprocess.PIPE)
        with process:
            try:
                yield process
            finally:
                process.kill()
