"""What a deploy spends its time on: the ten most expensive functions, and the packages by their own time.

    python benchmarks/process/hot_spots.py [--size 1000] [--phase deploy] [--source ANOTHER_CHECKOUT]

Under the profiler everything that calls much looks twice as expensive; compare shares, not seconds.
"""

from __future__ import annotations

import argparse
import pstats
from collections import Counter
from pathlib import Path

from phases import ROOT, cloudwright, folder, serving

CODE = """
import cProfile, sys
profile = cProfile.Profile()
from cloudwright.cli import main
profile.enable()
try:
    main()
finally:
    profile.disable()
    profile.dump_stats("profile.pstats")
"""
WAITING = "select."


def area(file: str) -> str:
    """The package of ours that a function belongs to, or where else it is from."""
    parts = Path(file).parts
    if "cloudwright" in parts:
        inside = parts[len(parts) - parts[::-1].index("cloudwright") :]
        return "/".join(inside[:-1]) or inside[-1]
    return parts[-2] if len(parts) > 1 else "built-in functions"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1000)
    parser.add_argument("--phase", default="deploy")
    parser.add_argument("--source", type=Path, default=ROOT)
    given = parser.parse_args()
    with folder() as project, serving() as endpoint:
        cloudwright("plan", given.size, endpoint, project, given.source)  # compiles what is not compiled yet
        cloudwright(given.phase, given.size, endpoint, project, given.source, code=CODE)
        found = pstats.Stats(str(project / "profile.pstats")).stats  # type: ignore[attr-defined]
    own = {place: spent[2] for place, spent in found.items() if WAITING not in place[2]}
    areas: Counter[str] = Counter()
    for (file, _, _), seconds in own.items():
        areas[area(file)] += seconds
    whole = sum(own.values())
    print(f"{sum(spent[1] for spent in found.values()) / given.size:,.0f} calls of functions for each resource")
    for name, seconds in areas.most_common(10):
        print(f"{seconds / whole:6.1%}  {name}")
    print()
    for (file, _, name), seconds in sorted(own.items(), key=lambda each: -each[1])[:10]:
        print(f"{seconds / whole:6.1%}  {area(file)}: {name}")


if __name__ == "__main__":
    main()
