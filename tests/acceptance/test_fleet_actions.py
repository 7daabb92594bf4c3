"""Actions in a fleet: each target runs its own, also if the worker that called one is killed in the middle of it."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from cloudwright.fleet.store import FleetStore
from fleet_kit import REGIONS, Fleet, account, statuses

if TYPE_CHECKING:
    import subprocess

INFRA = """
    import asyncio
    from pathlib import Path

    from cloudwright import ActionContext, App, action
    from cloudwright.aws import SNS, SSM

    app = App("net")

    def note(word, context):
        with Path("acts.log").open("a") as log:
            log.write(f"{{word}} {{context.target.account}}/{{context.target.region}} {{context.token}}\\n")

    @app.program
    async def main():
        topic = SNS.Topic("topic", TopicName="topic")

        @action(after=topic, delivery="{delivery}")
        async def announce(context: ActionContext, name: str) -> str:
            note("begins", context)
            while Path("wait").exists():
                await asyncio.sleep(0.02)
            note("ends", context)
            return f"{{name}} in {{context.target.region}}"

        SSM.Parameter("announced", Name="/announced", Type="String", Value=announce(topic.TopicName).result)
"""

TARGETS = {f"{account(number)}/{region}" for number in (1, 2) for region in REGIONS}


def begin(fleet: Fleet, delivery: str) -> None:
    fleet.program(INFRA.format(delivery=delivery))
    fleet.targets(1, 2)
    fleet.deploy("--yes", "--concurrency-per-account", "2", "--max-failures", "4")


def tokens(fleet: Fleet, word: str) -> dict[str, list[str]]:
    """The tokens of the calls that began, or ended, by target."""
    found: dict[str, list[str]] = defaultdict(list)
    log = fleet.folder / "acts.log"
    for line in log.read_text("utf-8").splitlines() if log.exists() else ():
        shown, target, token = line.split()
        if shown == word:
            found[target].append(token)
    return dict(found)


def kill_within_actions(fleet: Fleet) -> dict[str, list[str]]:
    """Kill a worker in the middle of its actions; what it had called."""
    (fleet.folder / "wait").touch()
    with fleet.worker() as worker:
        wait_for_calls(fleet, worker)
        worker.kill()
        worker.wait()
    store = FleetStore(f"sqlite:///{fleet.folder}/.cloudwright/fleet.db")
    store.remove_workers([one.name for one in store.workers()])
    store.close()
    (fleet.folder / "wait").unlink()
    return tokens(fleet, "begins")


def wait_for_calls(fleet: Fleet, worker: subprocess.Popen[str]) -> None:
    while len(tokens(fleet, "begins")) < 2 and worker.poll() is None:
        time.sleep(0.02)


@pytest.mark.parametrize("delivery", ["at-least-once", "at-most-once"])
def test_each_target_runs_its_action_once(fleet: Fleet, delivery: str) -> None:
    begin(fleet, delivery)

    assert statuses(fleet.work()) == {"done": 4}
    ended = tokens(fleet, "ends")
    assert set(ended) == TARGETS
    assert len({token for several in ended.values() for token in several}) == 4
    assert tokens(fleet, "begins") == ended

    fleet.deploy("--yes")
    assert statuses(fleet.work()) == {"done": 4}
    assert tokens(fleet, "ends") == ended


def test_an_action_whose_worker_was_killed_runs_again_with_its_token(fleet: Fleet) -> None:
    begin(fleet, "at-least-once")
    cut = kill_within_actions(fleet)

    lines = fleet.work()

    assert statuses(lines) == {"done": 4}, [line.get("error") for line in lines]
    begun, ended = tokens(fleet, "begins"), tokens(fleet, "ends")
    assert len(cut) == 2
    assert all(begun[target] == several * 2 for target, several in cut.items())
    assert set(ended) == TARGETS
    assert all(len(several) == 1 for several in ended.values())


def test_an_action_that_may_run_once_is_not_called_again_after_its_worker_was_killed(fleet: Fleet) -> None:
    begin(fleet, "at-most-once")
    cut = kill_within_actions(fleet)

    lines = fleet.work()

    assert statuses(lines) == {"done": 2, "failed": 2}
    begun = tokens(fleet, "begins")
    assert all(begun[target] == several for target, several in cut.items())
    assert set(tokens(fleet, "ends")) == TARGETS - set(cut)
    shown = [str(line.get("error")) for line in lines if line.get("error")]
    assert len(shown) == 2, lines
    assert all("action:doubtful" in one for one in shown), shown
