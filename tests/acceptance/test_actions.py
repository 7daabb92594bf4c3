"""Actions on the command line: planned, run, doubtful, settled; each command in its own process."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest

from shell_kit import Shell

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
    import asyncio
    from pathlib import Path

    from cloudwright import ActionContext, App, action
    from cloudwright.aws.control import AWS

    app = App("demo")

    @app.program
    def main() -> dict[str, object]:
        queue = AWS.SQS.Queue("queue", QueueName="jobs")

        @action(after=queue, delivery="at-most-once", runs_locally=True)
        async def migrate(context: ActionContext, name: str) -> int:
            with Path("calls.txt").open("a") as log:
                log.write(name + "\\n")
            while Path("hang").exists():
                await asyncio.sleep(0.05)
            return 4

        done = migrate(queue.QueueName)
        return {"version": done.result}
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    shell.write(PROGRAM)
    return shell


def test_a_pending_action_is_a_change_and_one_that_has_run_is_none(shell: Shell) -> None:
    ran = shell("plan", "--local", "--detailed-exitcode", "--json")
    assert 2 == ran.code
    [step] = [line for line in ran.of("step") if line["key"] == "migrate"]
    assert ("Action", "run", ["it has never run"]) == (step["resource"], step["action"], step["reasons"])

    assert 0 == shell("deploy", "--local", "--yes").code
    assert 0 == shell("plan", "--local", "--detailed-exitcode").code
    [listed] = shell("actions", "list", "--local", "--json").of("action")
    assert ("migrate", "done", "at-most-once", False) == tuple(
        listed[name] for name in ("key", "status", "delivery", "doubtful")
    )
    assert "action migrate  at-most-once  done" in shell("state", "list", "--local").out


def test_a_killed_one_is_doubtful_until_the_user_decides(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "hang").touch()
    with shell.start("deploy", "--local", "--yes") as process:
        deadline = time.monotonic() + 60
        while not (tmp_path / "calls.txt").exists():
            assert time.monotonic() < deadline, "the action was never called"
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    (tmp_path / "hang").unlink()
    assert 0 == shell("unlock", "--local", "--yes").code

    ran = shell("deploy", "--local", "--yes")
    assert 5 == ran.code
    assert "cloudwright actions confirm migrate" in " ".join((ran.out + ran.err).split())
    assert "unknown whether it ran" in shell("actions", "list", "--local").out

    ran = shell("actions", "confirm", "migrate", "--local", "--result", "9", "--yes")
    assert (0, True) == (ran.code, "counts as done" in ran.out)
    assert 0 == shell("deploy", "--local", "--yes").code
    assert "9" in shell("outputs", "--local").out

    assert 0 == shell("actions", "rerun", "migrate", "--local", "--yes").code
    assert 0 == shell("deploy", "--local", "--yes").code
    assert "4" in shell("outputs", "--local").out
    assert 2 == len((tmp_path / "calls.txt").read_text().splitlines())


def test_what_is_not_there_or_no_json_is_refused(shell: Shell) -> None:
    ran = shell("actions", "rerun", "migrate", "--local", "--yes")
    assert (1, True) == (ran.code, "has no action migrate" in ran.err)
    assert "no action of demo/" in shell("actions", "list", "--local").out

    shell("deploy", "--local", "--yes")
    ran = shell("actions", "confirm", "migrate", "--local", "--result", "{", "--yes")
    assert (1, True) == (ran.code, "--result is not JSON" in ran.err)
