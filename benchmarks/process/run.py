"""`make bench`: each phase as a whole process, against a separate server, compared with a bare loop.

python benchmarks/process/run.py [--sizes 1,100,1000] [--phases deploy,no-op]
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from phases import BOUNDS, Figures, bare_loop, cloudwright, folder, serving

ORDER = ("plan", "deploy", "no-op", "update", "destroy")
LIMIT = 20.0
HEAD = (
    f"{'phase':>15} {'wall s':>7} {'bound':>6} {'ratio':>6} {'CPU s':>6} {'calls':>6} {'first s':>7} "
    f"{'1st change':>10} {'after s':>7} {'peak MB':>7}   bare loop: wall s, CPU s, calls"
)


def row(name: str, phase: str, figures: Figures, bare: Figures | None) -> str:
    """One line of the table."""
    bound = BOUNDS[phase]
    ratio = f"{figures.wall / bound:6.2f}" if bound else " " * 6
    beside = f"   {bare.wall:6.2f} {bare.cpu:6.2f} {bare.count:6}" if bare else ""
    failed = "" if figures.code == 0 else f"   exit {figures.code}"
    return (
        f"{name:>15} {figures.wall:7.2f} {bound:6.2f} {ratio} {figures.cpu:6.2f} {figures.count:6} "
        f"{figures.first:7.2f} {figures.first_mutation:10.2f} {figures.after:7.2f} {figures.peak:7.0f}{beside}{failed}"
    )


def life(size: int, phases: list[str]) -> list[dict[str, object]]:
    """One project from its first plan to its destroy; the bare loop has its own server."""
    rows: list[dict[str, object]] = []
    with folder() as project, serving() as endpoint, serving() as beside:
        for phase in phases:
            figures = cloudwright(phase, size, endpoint, project)
            bare = bare_loop(phase, size, beside) if phase in ("deploy", "destroy") else None
            print(row(f"{phase} {size:,}", phase, figures, bare), flush=True)
            rows.append({"phase": phase, "size": size, **asdict(figures), "bare": asdict(bare) if bare else None})
    return rows


def limited() -> list[dict[str, object]]:
    """100 creates where an account allows 20 calls a second."""
    with folder() as project, serving(LIMIT) as endpoint:
        figures = cloudwright("deploy", 100, endpoint, project)
    accepted = figures.count - figures.throttled
    print(row(f"100 at {LIMIT:g}/s", "deploy", figures, None), end="")
    print(f"   {figures.throttled / figures.count:.0%} throttled, {accepted / LIMIT:.1f} s at the least")
    return [{"phase": "deploy", "size": 100, "rate": LIMIT, **asdict(figures)}]


def main() -> None:
    """Measure, print, and keep the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1,100,1000,4000")
    parser.add_argument("--phases", default=",".join(ORDER))
    parser.add_argument("--no-limit", action="store_true", help="leave out the case with a limited rate")
    given = parser.parse_args()
    print(HEAD)
    rows: list[dict[str, object]] = []
    for size in given.sizes.split(","):
        rows += life(int(size), given.phases.split(","))
    if not given.no_limit:
        rows += limited()
    results = Path(__file__).parents[1] / "results"
    results.mkdir(exist_ok=True)
    (results / "process.json").write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
