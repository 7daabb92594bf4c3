"""`make bench`: the engine against the critical path, over HTTP, with the server in its own process.

Every case starts a fresh local cloud. Printed: makespan (first Cloud Control call to last commit) over its lower bound,
calls, CPU seconds of the client's whole process (imports included), its peak memory, and the server's throttles.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.request import urlopen

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
LATENCY = 0.05
OPERATION = 3.0
LIMITED = 20.0


@dataclass(frozen=True)
class Case:
    """What is measured."""

    name: str
    verb: str = "deploy"
    shape: str = "independent"
    size: int = 100
    operation: float = OPERATION
    rate: float = 0.0
    edit: str = ""
    bound: float = 0.0
    target: str = ""
    keeps: str = ""
    needs: str = ""


@dataclass(frozen=True)
class Figures:
    """What came out."""

    case: str
    ok: bool
    makespan: float
    bound: float
    calls: int
    per_resource: float
    process: float
    cpu: float
    peak_mb: float
    target: str
    accepted: int = 0
    throttled: int = 0

    @property
    def ratio(self) -> float:
        """Makespan over the lower bound."""
        return self.makespan / self.bound if self.bound else 0.0


def create_bound(depth: int, operation: float = OPERATION) -> float:
    """The least time for a chain of creates: the call, the operation, and the read that gives its attributes."""
    return depth * (LATENCY + operation) + LATENCY


CASES = [
    *(
        Case(
            f"deploy {n}",
            size=n,
            bound=create_bound(1),
            target={100: "<= 1.15", 1000: "<= 1.6"}.get(n, ""),
            keeps=f"s{n}",
        )
        for n in (1, 10, 100, 500, 1000)
    ),
    Case("no-op 1000", size=1000, needs="s1000", target="0 calls, CPU <= 0.6 s"),
    Case("update 1 of 100", size=100, edit=" edited", needs="s100", bound=2 * LATENCY + OPERATION + LATENCY),
    Case("destroy 100", verb="destroy", size=100, needs="s100", bound=LATENCY + OPERATION, target="<= 1.15"),
    Case("destroy 1000", verb="destroy", size=1000, needs="s1000", bound=LATENCY + OPERATION),
    Case("chain of 10", shape="chain", size=10, bound=create_bound(10)),
    Case("diamond of 100", shape="diamond", size=100, bound=create_bound(3)),
    *(
        Case(f"one, {seconds:g} s", size=1, operation=seconds, bound=create_bound(1, seconds), target="<= 10% + 0.1 s")
        for seconds in (3.5, 8.0, 16.0)
    ),
    Case("100 at 20 calls/s", size=100, rate=LIMITED, target="throttled <= 10%, <= 1.3 x accepted/20"),
    Case("plan of one", verb="plan", size=1, edit=" edited", needs="s1", target="CPU <= 0.35 s"),
    Case("first plan of one", verb="plan", size=1, target="the same, and STS tells the account"),
]


class Server:
    """A local cloud in its own process."""

    def __init__(self, case: Case) -> None:
        """Start it and wait until it answers."""
        command = [str(BIN / "cloudwright"), "local", "serve", "--port", "0"]
        command += ["--call-latency", str(LATENCY * 1000), "--operation-time", str(case.operation)]
        if case.rate:
            command += ["--rate", str(case.rate)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.endpoint = self.process.stdout.readline().split()[0]

    def counted(self) -> dict[str, int]:
        """Calls that it accepted and throttled so far."""
        with urlopen(f"{self.endpoint}/_cloudwright/health") as answer:  # noqa: S310 - our own server on loopback
            calls: dict[str, int] = json.load(answer)["calls"]
        return calls

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


def environment(case: Case, server: Server | None) -> dict[str, str]:
    """Where the client goes and what it deploys."""
    # Installed packages have their bytecode; a checkout must be allowed to keep it, too.
    left_out = ("AWS_", "PYTHONDONTWRITEBYTECODE")
    env = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    env |= {"AWS_ACCESS_KEY_ID": "000000000000", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}
    env |= {"BENCH_SHAPE": case.shape, "BENCH_SIZE": str(case.size), "BENCH_EDIT": case.edit}
    return env | ({"AWS_ENDPOINT_URL": server.endpoint} if server else {})


def run(case: Case, folder: Path, server: Server) -> Figures:
    """Run the command line once and read its last line."""
    yes = [] if case.verb == "plan" else ["--yes"]
    command = [str(BIN / "cloudwright"), case.verb, str(folder / "programs.py"), "--stage", "bench", "--json", *yes]
    started = time.monotonic()
    child = subprocess.Popen(command, env=environment(case, server), stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    output = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.stdout.close()
    child.returncode = os.waitstatus_to_exitcode(status)
    process = time.monotonic() - started
    last = json.loads(output.strip().splitlines()[-1])
    cpu = usage.ru_utime + usage.ru_stime
    calls = last.get("calls", 0)
    return Figures(
        case.name, child.returncode == 0, last.get("seconds", 0.0), case.bound, calls, calls / case.size, process, cpu,
        usage.ru_maxrss / 1024, case.target, **(server.counted() if case.rate else {}),
    )  # fmt: skip


def measure(cases: list[Case]) -> list[Figures]:
    """All cases; those that build on another one share its server and state."""
    kept: dict[str, tuple[Path, Server]] = {}
    figures = []
    for case in cases:
        if case.needs and case.needs in kept:
            folder, server = kept[case.needs]
        else:
            folder, server = Path(tempfile.mkdtemp(prefix="cloudwright-bench-")), Server(case)
            (folder / "programs.py").write_text((HERE / "programs.py").read_text())
        figures.append(run(case, folder, server))
        print(line(figures[-1]), flush=True)
        if case.keeps:
            kept[case.keeps] = (folder, server)
        elif not case.needs:
            server.stop()
    for _, server in kept.values():
        server.stop()
    return figures


def line(f: Figures) -> str:
    """One row of the table."""
    ratio = f"{f.ratio:5.2f}x of {f.bound:6.2f} s" if f.bound else " " * 18
    return (
        f"{f.case:18} {'ok ' if f.ok else 'BAD'} {f.makespan:7.2f} s {ratio}  "
        f"{f.calls:5} calls ({f.per_resource:4.2f} each)  "
        f"CPU {f.cpu:5.2f} s  peak {f.peak_mb:4.0f} MB  process {f.process:6.2f} s  {f.target}{throttling(f)}"
    )


def throttling(f: Figures) -> str:
    """How a server with a limited rate was treated; empty for one without."""
    if not f.accepted:
        return ""
    share = f.throttled / (f.accepted + f.throttled)
    least = f.accepted / LIMITED
    return f": {share:.0%} throttled, {f.makespan / least:.2f} x {f.accepted} accepted/{LIMITED:g} s"


def main() -> None:
    """Measure, print, and keep the figures as JSON and as a plot."""
    from plot import bars

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="run the cases whose name contains this")
    chosen = parser.parse_args().only or ""
    needed = {case.needs for case in CASES if chosen in case.name and case.needs}
    cases = [case for case in CASES if chosen in case.name or case.keeps in needed]
    figures = measure(cases)
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    rows = [{**asdict(f), "ratio": round(f.ratio, 3)} for f in figures]
    (results / "engine.json").write_text(json.dumps(rows, indent=2) + "\n")
    (results / "engine.svg").write_text(bars([(f.case, f.ratio) for f in figures if f.bound]))


if __name__ == "__main__":
    main()
