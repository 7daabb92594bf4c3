"""A fleet whose workers are killed at random until all is done; then every promise is checked against the cloud.

Run: `make chaos`, or `cd tests && ../.venv/bin/python -m fleet_chaos --seed 7 --accounts 30 --database postgresql`.
A seed decides who is killed, how and when; what the workers had in hand by then is up to the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from cloudwright.app.loading import load
from cloudwright.clock import SystemClock
from cloudwright.local.cloud import LocalCloud
from cloudwright.schema.catalog import Catalog
from cloudwright.target import target
from cloudwright.testing.server import ServedCloud
from conformance import postgres_server
from json_output import read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

MAIN = [sys.executable, "-c", "from cloudwright.cli import main; main()", "fleet"]
REGIONS = ("eu-west-1", "us-east-1")
TYPE = "AWS::ImageBuilder::DistributionConfiguration"
INFRA = """
    from cloudwright import App
    from cloudwright.aws import ImageBuilder

    app = App("golden-image")
    AMI = {"Name": "golden-{{ imagebuilder:buildDate }}"}

    @app.program
    async def main():
        ImageBuilder.DistributionConfiguration(
            "images", Name="golden", Distributions=[{"Region": "us-east-1", "AmiDistributionConfiguration": AMI}]
        )
"""


KILLED, ASKED, ASLEEP = "killed", "asked to end", "asleep"
"""What may happen to a worker: SIGKILL; SIGTERM; SIGSTOP, as a machine that sleeps, and SIGCONT later."""


@dataclass(frozen=True)
class Plot:
    """What happens to whom.

    Attributes:
        accounts: Each in both Regions.
        workers: At any time.
        every: Seconds between two strikes, on average.
        strikes: What may happen, each as likely as it is often named.
        asleep: Seconds for which a worker sleeps at most; others take over after 20.
        seed: Of the dice.
        patience: Seconds after which the rest is given up.
    """

    accounts: int = 30
    workers: int = 4
    every: float = 2.0
    strikes: tuple[str, ...] = (KILLED,)
    asleep: float = 30.0
    seed: int = 1
    patience: float = 900.0


@dataclass
class Stage:
    """A folder with a program and its targets, before a served cloud, and the workers that run there."""

    folder: Path
    environ: dict[str, str]
    workers: list[subprocess.Popen[str]] = field(default_factory=list)
    sleeping: dict[int, tuple[float, subprocess.Popen[str]]] = field(default_factory=dict)
    struck: Counter[str] = field(default_factory=Counter)

    def write(self, accounts: int) -> None:
        """Write the program and its targets."""
        (self.folder / "infra.py").write_text(dedent(INFRA), "utf-8")
        entries = [
            f'[[target]]\naccount = "{at:012d}"\nregion = "{region}"\nrole_arn = "arn:aws:iam::{at:012d}:role/deploy"\n'
            for at in range(1, accounts + 1)
            for region in REGIONS
        ]
        (self.folder / "targets.toml").write_text("".join(entries), "utf-8")

    def say(self, *words: str) -> list[dict[str, Any]]:
        """The lines of a command."""
        command = [*MAIN, *words, "--json"]
        done = subprocess.run(command, cwd=self.folder, env=self.environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0 or done.stdout, done.stderr
        return read_lines(done.stdout)

    def hire(self) -> None:
        """Start one more worker; what it says is kept in `worker.log`."""
        command = [*MAIN, "worker", "--concurrency", "3", "--until-idle"]
        with (self.folder / "worker.log").open("a") as log:
            self.workers.append(
                subprocess.Popen(command, cwd=self.folder, env=self.environ, stdout=log, stderr=log, text=True)
            )

    def strike(self, dice: random.Random, plot: Plot) -> None:
        """Let something happen to a worker that is awake, and hire another one if it is to end."""
        awake = [each for each in self.workers if each.poll() is None and each.pid not in self.sleeping]
        if not awake:
            return
        one, how = dice.choice(awake), dice.choice(plot.strikes)
        self.struck[how] += 1
        if how == ASLEEP:
            one.send_signal(signal.SIGSTOP)
            self.sleeping[one.pid] = (time.monotonic() + dice.uniform(1, plot.asleep), one)
            return
        one.send_signal(signal.SIGKILL if how == KILLED else signal.SIGTERM)
        self.hire()

    def wake(self) -> None:
        """Let those go on who have slept for long enough."""
        for until, one in list(self.sleeping.values()):
            if time.monotonic() > until:
                one.send_signal(signal.SIGCONT)
                del self.sleeping[one.pid]

    def goes_on(self) -> bool:
        """Whether anybody still works."""
        return any(each.poll() is None for each in self.workers)

    def end(self) -> None:
        """End what still runs."""
        for each in self.workers:
            each.kill()
            each.wait()


@dataclass(frozen=True)
class Outcome:
    """What became of it all: seconds, strikes, and what was found that must not be."""

    seconds: float
    struck: Counter[str]
    faults: list[str]


def play(plot: Plot, folder: Path, cloud: ServedCloud, database: str) -> Outcome:
    """Deploy to every target while workers are killed, then check everything.

    Args:
        plot: What happens to whom.
        folder: An empty one.
        cloud: Served, and empty.
        database: The URL of a PostgreSQL database for both queue and states; empty: files in the folder.
    """
    stage = Stage(folder, environ(folder, cloud.url, database))
    stage.write(plot.accounts)
    stage.say("deploy", "infra.py", "--targets", "targets.toml", "--stage", "prod", "--yes", "--detach",
              "--concurrency-per-account", "2")  # fmt: skip
    begin = time.monotonic()
    try:
        for _ in range(plot.workers):
            stage.hire()
        _torment(stage, plot)
    finally:
        stage.end()
    seconds = time.monotonic() - begin
    return Outcome(seconds, stage.struck, list(faults(stage, plot, cloud.cloud)))


def _torment(stage: Stage, plot: Plot) -> None:
    dice = random.Random(plot.seed)
    until = time.monotonic() + plot.patience
    while stage.goes_on() and time.monotonic() < until:
        pause = time.monotonic() + dice.uniform(0.5, 1.5) * plot.every
        while stage.goes_on() and time.monotonic() < pause:
            stage.wake()
            time.sleep(0.05)
        stage.strike(dice, plot)


def environ(folder: Path, endpoint: str, database: str) -> dict[str, str]:
    """The variables of every process of the fleet."""
    ours = ("AWS_", "CLOUDWRIGHT_")
    shared = {"CLOUDWRIGHT_STATE": database, "CLOUDWRIGHT_FLEET": database} if database else {}
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(ours)},
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "000000000999",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_REGION": "us-east-1",
        "XDG_CONFIG_HOME": str(folder / "config"),
        **shared,
    }


def faults(stage: Stage, plot: Plot, cloud: LocalCloud) -> Iterator[str]:
    """What is not as it must be after all workers have ended, in words."""
    places = {(f"{at:012d}", region) for at in range(1, plot.accounts + 1) for region in REGIONS}
    for line in stage.say("status"):
        again = line.get("attempt", 1) > 1 and ASKED not in plot.strikes
        if line["type"] == "fleet_target" and (line["status"] != "done" or again):
            yield f"{line['target']} is {line['status']}, attempt {line['attempt']}: {line.get('error')}"
    there = Counter((one.place.account, one.place.region) for one in cloud.resources() if one.type_name == TYPE)
    asked = Counter((one.place.account, one.place.region) for one in cloud.requests() if one.operation == "CREATE")
    for shown, found in (("distributions", there), ("creates", asked)):
        for place in sorted(places | set(found)):
            if found[place] != (1 if place in places else 0):
                yield f"{place}: {found[place]} {shown}"
    others = Counter(one.operation for one in cloud.requests() if one.operation != "CREATE")
    yield from (f"{number} requests to {operation}" for operation, number in others.items())
    with _environ(stage.environ), contextlib.chdir(stage.folder):
        yield from asyncio.run(_faults_of_states(stage.folder / "infra.py", places, cloud))
    log = (stage.folder / "worker.log").read_text()
    if "Traceback" in log:
        yield f"a worker died of an error:\n{log[-2000:]}"


async def _faults_of_states(program: Path, places: set[tuple[str, str]], cloud: LocalCloud) -> list[str]:
    identifiers = {(one.place.account, one.place.region): one.identifier for one in cloud.resources()}
    found = []
    for account, region in sorted(places):
        stage = f"prod@{account}.{region}"
        with target(account=account, region=region, role_arn=f"arn:aws:iam::{account}:role/deploy"):
            app = load(program).configure(stage=stage)
            snapshot = await app.snapshot()
            recorded = [one.identifier for one in snapshot.records]
            if recorded != [identifiers.get((account, region))]:
                found.append(f"{stage}: the state holds {recorded}")
            if snapshot.journal:
                found.append(f"{stage}: {len(snapshot.journal)} entries are left in the journal")
            if await app.holder() is not None:
                found.append(f"{stage}: a lease is left")
            if (await app.plan()).changes:
                found.append(f"{stage}: something is left to do")
            if (await app.drift()).drifted:
                found.append(f"{stage}: the state is not as the cloud")
    return found


@contextlib.contextmanager
def _environ(wanted: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(wanted)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def main() -> int:
    """Play with each seed; the number of those that found something."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--accounts", type=int, default=30)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two strikes")
    parser.add_argument("--strikes", nargs="+", choices=[KILLED, ASKED, ASLEEP], default=[KILLED])
    asked = parser.parse_args()
    failed = 0
    for seed in asked.seed:
        plot = Plot(asked.accounts, asked.workers, asked.every, tuple(asked.strikes), seed=seed)
        cloud = LocalCloud(Catalog.bundled(), clock=SystemClock(), operation_time=0.5)
        server = postgres_server.running() if asked.database == "postgresql" else contextlib.nullcontext("")
        with tempfile.TemporaryDirectory() as name, server as database, ServedCloud(cloud) as served:
            outcome = play(plot, Path(name), served, database)
        struck = ", ".join(f"{number} {how}" for how, number in outcome.struck.items())
        shown = f"{asked.database}, seed {seed}: {asked.accounts * len(REGIONS)} targets in {outcome.seconds:.1f} s"
        found = "".join(f"\n  {each}" for each in outcome.faults)
        sys.stdout.write(f"{shown}, {struck or 'nobody struck'}: {len(outcome.faults)} faults{found}\n")
        sys.stdout.flush()
        failed += bool(outcome.faults)
    return failed


if __name__ == "__main__":
    sys.exit(main())
