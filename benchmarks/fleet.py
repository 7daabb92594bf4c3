"""A fleet of 200 accounts x 3 Regions over a served local cloud, with 1, 2 and 3 workers, and with one of 3 killed.

Run: `python benchmarks/fleet.py [--accounts N] [--only-killed]`. Each target is one distribution in its own place.
Printed: the makespan from the first worker's start to the last target, and by how much a worker's resident memory grew
from its first target to its last.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
MAIN = [sys.executable, "-c", "from cloudwright.cli import main; main()"]
REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")
INFRA = """
from cloudwright import App
from cloudwright.aws import ImageBuilder

app = App("golden-image")
AMI = {"Name": "golden-{{ imagebuilder:buildDate }}", "LaunchPermissionConfiguration": {"UserIds": ["999999999999"]}}

@app.program
async def main():
    ImageBuilder.DistributionConfiguration(
        "images", Name="golden", Distributions=[{"Region": "us-east-1", "AmiDistributionConfiguration": AMI}]
    )
"""


CASES = ((1, 0), (2, 0), (3, 0), (3, 1))
"""Workers, and how many of them are killed."""


@dataclass(frozen=True)
class Figure:
    """What one case came to: seconds, targets done, and the megabytes that a worker grew by at most."""

    workers: int
    killed: int
    seconds: float
    done: int
    grew_mb: float


class Place:
    """A folder with a program and its targets, before a server."""

    def __init__(self, folder: Path, accounts: int, endpoint: str) -> None:
        self.folder, self.accounts = folder, accounts
        account = {"AWS_ACCESS_KEY_ID": "999999999999", "AWS_SECRET_ACCESS_KEY": "any", "AWS_REGION": "us-east-1"}
        self.environ = {
            **os.environ,
            **account,
            "AWS_ENDPOINT_URL": endpoint,
            "XDG_CONFIG_HOME": str(folder / "config"),
        }
        (folder / "infra.py").write_text(INFRA)
        entries = [
            f'[[target]]\naccount = "{at:012d}"\nregion = "{region}"\nrole_arn = "arn:aws:iam::{at:012d}:role/deploy"\n'
            for at in range(accounts)
            for region in REGIONS
        ]
        (folder / "targets.toml").write_text("".join(entries))

    def fleet(self, *words: str) -> list[dict[str, object]]:
        done = subprocess.run(
            [*MAIN, "fleet", *words, "--json"],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            check=True,
        )
        return [json.loads(line) for line in done.stdout.splitlines()]

    def worker(self) -> subprocess.Popen[str]:
        words = ["fleet", "worker", "--concurrency", "4", "--until-idle"]
        return subprocess.Popen(
            [*MAIN, *words], cwd=self.folder, env=self.environ, stdout=subprocess.DEVNULL, text=True
        )

    def counts(self) -> dict[str, int]:
        line = self.fleet("status")[-1]
        return dict(line["counts"])  # type: ignore[call-overload]


def resident(process: subprocess.Popen[str]) -> float:
    """Megabytes; 0 for a process that is gone."""
    try:
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
    except OSError:
        return 0.0
    return int(found[1]) / 1000 if found else 0.0


def measure(place: Place, workers: int, killed: int) -> Figure:
    stage = f"w{workers}k{killed}"
    place.fleet("deploy", "infra.py", "--targets", "targets.toml", "--stage", stage, "--yes", "--detach",
                "--concurrency-per-account", "3")  # fmt: skip
    begin = time.monotonic()
    running = [place.worker() for _ in range(workers)]
    first, last = {}, {}
    doomed = running[:killed]
    warm = False
    while any(process.poll() is None for process in running):
        time.sleep(0.5)
        # What the first targets need is loaded once; growth is what comes with the number of targets.
        warm = warm or place.counts().get("done", 0) >= 4 * workers
        for process in running:
            memory = resident(process)
            if memory and warm:
                first.setdefault(process.pid, memory)
                last[process.pid] = memory
        if doomed and time.monotonic() - begin > 15:
            doomed.pop().send_signal(signal.SIGKILL)
    seconds = time.monotonic() - begin
    grew = max((last[pid] - first[pid] for pid in first), default=0.0)
    return Figure(workers, killed, round(seconds, 1), place.counts().get("done", 0), round(grew, 1))


def main() -> None:
    """Measure each case on its own server, print, and keep the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=200)
    parser.add_argument("--only-killed", action="store_true", help="only the case in which one of 3 workers dies")
    asked = parser.parse_args()
    accounts, figures = asked.accounts, []
    for workers, killed in CASES[-1:] if asked.only_killed else CASES:
        with tempfile.TemporaryDirectory() as name, served() as endpoint:
            figure = measure(Place(Path(name), accounts, endpoint), workers, killed)
        figures.append(figure)
        lost = f", {figure.killed} killed" if figure.killed else ""
        summary = f"{figure.done} of {accounts * len(REGIONS)} targets in {figure.seconds} s"
        print(f"{figure.workers} workers{lost}: {summary}, a worker grew by {figure.grew_mb} MB", flush=True)
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / "fleet.json").write_text(json.dumps([asdict(one) for one in figures], indent=2) + "\n")


class served:  # noqa: N801 - used as a function
    """A local cloud in its own process."""

    def __enter__(self) -> str:
        words = ["local", "serve", "--port", "0", "--operation-time", "0.5", "--json"]
        self._process = subprocess.Popen([*MAIN, *words], stdout=subprocess.PIPE, text=True)
        lines = [line for _, line in zip(range(2), self._process.stdout or (), strict=False)]
        return str(json.loads(lines[1])["endpoint"])

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()


if __name__ == "__main__":
    main()
