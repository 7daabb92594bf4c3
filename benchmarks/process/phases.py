"""One phase of one client, measured as a whole process: wall, CPU, memory, calls, first and last byte."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
COMMAND = "from cloudwright.cli import main; main()"
LATENCY = 0.05
OPERATION = 3.0
BOUNDS = {
    "deploy": 2 * LATENCY + OPERATION,
    "update": 2 * LATENCY + OPERATION,
    "destroy": LATENCY + OPERATION,
    "plan": 0.0,
    "no-op": 0.0,
}
"""Phase -> the least seconds that any client needs: the call, the operation, and a read of what it made."""


@dataclass(frozen=True)
class Figures:
    """What one process took.

    Attributes:
        wall: Seconds from its start to its end.
        cpu: Seconds of processor time, user and system.
        peak: Megabytes of memory at most.
        first: Seconds from its start to its first call; 0 if it made none.
        first_mutation: The same to its first create, update or delete.
        after: Seconds from the last answer to its end.
        calls: How many calls it sent, by operation.
        log: The first hundred calls: seconds from the process's start, and the operation.
        ended: Seconds from its start to the end of the operation that was asked for last; 0 if there was none.
        throttled: How many of them were refused for their rate.
        code: Its exit status.
    """

    wall: float
    cpu: float
    peak: float
    first: float
    first_mutation: float
    after: float
    calls: dict[str, int]
    throttled: int
    code: int
    log: tuple[tuple[float, str], ...] = ()
    ended: float = 0.0

    @property
    def count(self) -> int:
        """All calls."""
        return sum(self.calls.values())


@contextmanager
def serving(rate: float = 0.0) -> Iterator[str]:
    """The server in its own process; its address.

    Args:
        rate: Accepted calls a second; 0 for no limit.
    """
    command = [sys.executable, str(HERE / "server.py"), "--latency", str(LATENCY), "--operation", str(OPERATION)]
    with subprocess.Popen([*command, "--rate", str(rate)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@contextmanager
def folder() -> Iterator[Path]:
    """A project folder with the program that is measured."""
    with tempfile.TemporaryDirectory(prefix="cloudwright-bench-") as name:
        (Path(name) / "infra.py").write_text((HERE.parent / "programs.py").read_text())
        yield Path(name)


def cloudwright(
    phase: str,
    size: int,
    endpoint: str,
    project: Path,
    source: Path = ROOT,
    options: Sequence[str] = (),
    code: str = COMMAND,
) -> Figures:
    """Measure one phase of the command line.

    Args:
        phase: One of `BOUNDS`.
        size: Declared resources.
        endpoint: The server's address.
        project: From `folder`.
        source: The checkout whose code runs.
        options: Further words of the command line.
        code: The Python text that runs it.
    """
    verb = {"no-op": "deploy", "update": "deploy"}.get(phase, phase)
    yes = [] if verb == "plan" else ["--yes"]
    command = [sys.executable, "-c", code, verb, "infra.py", *yes, *options]
    # Installed packages have their bytecode; a checkout must be allowed to keep it, too.
    left_out = ("AWS_", "PYTHONDONTWRITEBYTECODE")
    env = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    env |= {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}
    env |= {"AWS_ENDPOINT_URL": endpoint, "PYTHONPATH": str(source / "src"), "BENCH_SIZE": str(size)}
    env |= {"BENCH_EDIT": " edited" if phase == "update" else "", "HOME": str(project), "NO_PROXY": "*"}
    return measured(command, env, project, endpoint)


def bare_loop(phase: str, size: int, endpoint: str) -> Figures:
    """Measure the bare loop's deploy or destroy."""
    command = [sys.executable, str(HERE / "bare_loop.py"), endpoint, phase, str(size), str(OPERATION)]
    return measured(command, dict(os.environ), HERE, endpoint)


def measured(command: list[str], env: dict[str, str], where: Path, endpoint: str) -> Figures:
    """Run a process to its end and ask the server what it did.

    Args:
        command: Its words.
        env: Its environment.
        where: Its working directory.
        endpoint: The server's address.
    """
    urlopen(Request(f"{endpoint}/figures", method="POST")).close()  # noqa: S310 - our own server on loopback
    with (where / "output.txt").open("wb") if where != HERE else open(os.devnull, "wb") as output:  # noqa: PTH123
        began = time.monotonic()
        child = subprocess.Popen(command, env=env, cwd=where, stdout=output, stderr=output)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    with urlopen(f"{endpoint}/figures") as answer:  # noqa: S310 - the same
        seen: dict[str, Any] = json.load(answer)
    return Figures(
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        peak=usage.ru_maxrss / 1024,
        first=seen["first"] - began if seen["first"] else 0.0,
        first_mutation=seen["first_mutation"] - began if seen["first_mutation"] else 0.0,
        after=began + wall - seen["last_answer"] if seen["last_answer"] else 0.0,
        calls=seen["calls"],
        throttled=seen["throttled"],
        code=child.returncode,
        log=tuple((at - began, operation) for at, operation in seen["log"]),
        ended=seen["ended"] - began if seen["ended"] else 0.0,
    )
