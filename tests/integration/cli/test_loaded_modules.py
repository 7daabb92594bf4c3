"""A command that only looks loads neither a cloud nor what talks to one: most of its time is what it imports."""

from __future__ import annotations

import subprocess
import sys

import pytest

from shell_kit import Shell

PROGRAM = """
    from cloudwright import App
    from cloudwright.aws import SNS

    app = App("demo")


    @app.program
    def main():
        return {"Arn": SNS.Topic("alerts").TopicArn}
    """

CLOUDS = ("cloudwright.local.cloud", "cloudwright.control.client", "cloudwright.control.http_client", "httptools")
PLANNING = ("cloudwright.plan.assembly", "cloudwright.engine.executor", "cloudwright.imagebuilder.rules")


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A folder whose program is deployed to its local cloud."""
    made = Shell(tmp_path_factory.mktemp("deployed"))
    made.write(PROGRAM)
    done = made.start("deploy", "--local", "--yes")
    assert done.communicate(timeout=60)[0] is not None
    assert done.returncode == 0
    return made


def loaded(shell: Shell, *args: str) -> set[str]:
    """The modules that a command has loaded by its end, as Python itself reports them."""
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "from cloudwright.cli import main; main()", *args],
        cwd=shell.folder,
        env=shell.settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines() if line.startswith("import time:")}


@pytest.mark.parametrize("command", [["outputs", "--local"], ["state", "list", "--local"], ["types"], ["--help"]])
def test_a_command_that_only_looks_loads_no_cloud(shell: Shell, command: list[str]) -> None:
    found = loaded(shell, *command)

    assert "cloudwright.cli" in found
    assert found.isdisjoint(CLOUDS + PLANNING)


def test_a_plan_without_custom_types_assets_and_lookups_loads_none_of_their_packages(shell: Shell) -> None:
    unused = ("cloudwright.provider.", "cloudwright.providers.", "cloudwright.assets.", "cloudwright.lookups.")
    found = loaded(shell, "plan", "--local")

    assert "cloudwright.plan.assembly" in found
    assert not [name for name in found if f"{name}.".startswith(unused)]
