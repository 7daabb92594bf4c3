"""`make bench-compare REF=<commit>`: two commits in turn, pair by pair, so that a regression shows on a noisy machine.

    python benchmarks/process/compare.py REF [--pairs 5] [--size 100] [--phases deploy,no-op,destroy]

Each pair runs the whole life with REF's code and with this checkout's, against servers of their own. Printed are the
medians of both and the median of the pairs' ratios (this checkout over REF).
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import median

from phases import ROOT, Figures, cloudwright, folder, serving

MEASURES = {
    "wall s": lambda f: f.wall,
    "CPU s": lambda f: f.cpu,
    "calls": lambda f: f.count,
    "first s": lambda f: f.first,
    "after s": lambda f: f.after,
    "peak MB": lambda f: f.peak,
}


def life(source: Path, size: int, phases: list[str]) -> dict[str, Figures]:
    """Every phase once with the code of one checkout."""
    with folder() as project, serving() as endpoint:
        return {phase: cloudwright(phase, size, endpoint, project, source) for phase in phases}


def main() -> None:
    """Measure the pairs and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ref")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--size", type=int, default=100)
    parser.add_argument("--phases", default="plan,deploy,no-op,update,destroy")
    given = parser.parse_args()
    phases = given.phases.split(",")
    pairs: dict[str, list[tuple[Figures, Figures]]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="cloudwright-ref-") as name:
        other = Path(name) / "ref"
        subprocess.run(["git", "worktree", "add", "--detach", "--quiet", str(other), given.ref], cwd=ROOT, check=True)
        try:
            for _ in range(given.pairs + 1):
                before, after = life(other, given.size, phases), life(ROOT, given.size, phases)
                for phase in phases:
                    pairs[phase].append((before[phase], after[phase]))
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(other)], cwd=ROOT, check=True)
    print(f"{given.size} resources, {given.pairs} pairs (medians): {given.ref} -> this checkout, ratio")
    for phase, found in pairs.items():
        report(phase, found[1:])  # the first pair only warms bytecode and caches


def report(phase: str, found: list[tuple[Figures, Figures]]) -> None:
    """The lines of one phase."""
    for name, measure in MEASURES.items():
        before, after = [measure(a) for a, _ in found], [measure(b) for _, b in found]
        ratios = [b / a for a, b in zip(before, after, strict=True) if a]
        ratio = f"{median(ratios):5.2f}x" if ratios else ""
        print(f"{phase:>8} {name:>8}: {median(before):8.2f} -> {median(after):8.2f}  {ratio}")


if __name__ == "__main__":
    main()
