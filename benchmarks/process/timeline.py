"""Where the time of one deploy goes, seen from outside: the calls that it sends, the operation's end, the prompt.

    python benchmarks/process/timeline.py [--rounds 5]

Printed are the medians of several first deploys of one resource, in milliseconds from the process's start. A bare
interpreter's start and end, which are a part of them, are shown as well.
"""

from __future__ import annotations

import argparse
import sys
import time
from statistics import median
from subprocess import run

from phases import Figures, cloudwright, folder, serving


def bare() -> float:
    """Seconds that an interpreter takes which does nothing."""
    began = time.monotonic()
    run([sys.executable, "-c", ""], check=True)
    return time.monotonic() - began


def marks(figures: Figures) -> dict[str, float]:
    """What happened when, in seconds from the start."""
    sent = dict(reversed([(operation, at) for at, operation in figures.log]))
    polls = [at for at, operation in figures.log if operation == "GetResourceRequestStatus"]
    return {
        "who is calling": sent["GetCallerIdentity"],
        "create sent": sent["CreateResource"],
        "operation ended": figures.ended,
        "its poll sent": polls[-1],
        "read sent": sent["GetResource"],
        "last answer": figures.wall - figures.after,
        "prompt": figures.wall,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = []
    for _ in range(parser.parse_args().rounds):
        with folder() as project, serving() as endpoint:
            rounds.append(cloudwright("deploy", 1, endpoint, project))
    seen = [marks(figures) for figures in rounds]
    print(f"{'bare interpreter':>16} {median(bare() for _ in rounds) * 1000:8.0f} ms")
    before = 0.0
    for name in seen[0]:
        at = median(one[name] for one in seen)
        print(f"{name:>16} {at * 1000:8.0f} ms  {(at - before) * 1000:+8.0f}")
        before = at
    print(f"{median(one.cpu for one in rounds):.2f} s of CPU, {rounds[0].count} calls")


if __name__ == "__main__":
    main()
