"""What a command costs before it does anything: CPU of the whole process for each `--help`, and of the plan text.

Run `python benchmarks/cli_start.py`. Each figure is the best of several starts, user and system time together; the
aim is 150 ms for every `--help`.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time

from cloudwright.cli.root import COMMANDS
from cloudwright.plan.model import Action, Change, Plan, Step
from cloudwright.render.plan.text import PlanText
from cloudwright.render.terminal.style import TerminalStyle
from cloudwright.target import Target

STARTS = 6
AIM = 150.0
"""Milliseconds of CPU for `--help`."""


def cpu(code: str) -> float:
    """The least CPU that a fresh interpreter needs for some code, in milliseconds."""
    used = []
    for _ in range(STARTS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return 1000 * min(used)


def plan_text(changes: int) -> float:
    """CPU for the text of a plan with this many updates, in milliseconds."""
    target = Target("111122223333", "us-east-1")
    change = Change("/Description", "replace", "before", "after")
    steps = tuple(
        Step(key=f"r{n}", type="AWS::SQS::Queue", action=Action.UPDATE, target=target, changes=(change,))
        for n in range(changes)
    )
    plan = Plan(app="a", stage="s", serial=1, digest="d", steps=steps)
    began = time.process_time()
    sum(len(line) for line in PlanText(TerminalStyle()).lines(plan))
    return 1000 * (time.process_time() - began)


def main() -> None:
    """Measure and print."""
    print(f"{'bare interpreter':<28} {cpu('pass'):6.0f} ms")
    print(f"{'import cloudwright':<28} {cpu('import cloudwright'):6.0f} ms")
    for name in ("", *COMMANDS):
        words = [*filter(None, [name]), "--help"]
        took = cpu(f"from cloudwright.cli.root import run; run({words!r})")
        print(f"{'cloudwright ' + ' '.join(words):<28} {took:6.0f} ms   {took / AIM:4.0%} of the aim")
    print(f"{'text of 1,000 updates':<28} {plan_text(1000):6.0f} ms")


if __name__ == "__main__":
    main()
