"""`make sweep`: every provisionable type lives its whole life; a table of what went well and what did not.

Exits with 1 if a type fails that `exceptions.json` does not list, or a listed one passes now.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from catalog_kit import provisionable
from sweep.life import SIZES, STEPS, Ending, failures, live_through
from sweep.references import REFERENCE_STEPS, live_with_references

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

EXCEPTIONS = Path(__file__).with_name("exceptions.json")
"""Type -> size -> why it can't pass, in plain words."""

PROCESSES = 2

Lives = dict[tuple[str, str], list[Ending]]


def expected() -> dict[str, dict[str, str]]:
    """The types that are known not to pass."""
    found: dict[str, dict[str, str]] = json.loads(EXCEPTIONS.read_text("utf-8"))
    return found


REFERENCES = "references"
"""The life whose texts are references, beside those of both sizes."""


def live(name: str, kind: str) -> list[Ending]:
    """Live one life of a type: that of a size, or the one with references."""
    return live_with_references(name) if kind == REFERENCES else live_through(name, kind)


def lives(names: Iterable[str]) -> Lives:
    """Live through all types in both sizes and with references, on all processes."""
    tasks = [(name, kind) for name in names for kind in (*SIZES, REFERENCES)]
    with ProcessPoolExecutor(PROCESSES) as pool:
        return dict(zip(tasks, pool.map(live, *zip(*tasks, strict=True), chunksize=8), strict=True))


def table(found: Lives) -> str:
    """One line a step: how many lives passed it, failed in it, or could not take it."""
    lines = [f"{'step':24} {'passed':>8} {'failed':>8} {'no such thing':>14}"]
    ends = [ending for endings in found.values() for ending in endings]
    steps = ["document", *(name for step in STEPS for name in (step, f"{step}, then nothing")), *REFERENCE_STEPS]
    for step in steps:
        mine = [ending for ending in ends if ending.step == step]
        failed = sum(1 for ending in mine if ending.why and ending.applicable)
        skipped = sum(1 for ending in mine if not ending.applicable)
        if mine:
            lines.append(f"{step:24} {len(mine) - failed - skipped:8} {failed:8} {skipped:14}")
    return "\n".join(lines)


def reasons(found: Lives) -> str:
    """Why lives failed, the most frequent reasons first."""
    told = Counter(f"{e.step}: {e.why.splitlines()[0][:150]}" for ends in found.values() for e in failures(ends))
    return "\n".join(f"{count:5}  {text}" for text, count in told.most_common(60))


def surprises(found: Lives, known: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Lives that ended otherwise than `exceptions.json` says."""
    said = []
    for (name, size), endings in found.items():
        failed = [f"{ending.step}: {ending.why}" for ending in failures(endings)]
        if failed and size not in known.get(name, {}):
            said.append(f"{name} ({size}) fails: {failed[0]}")
        elif not failed and size in known.get(name, {}):
            said.append(f"{name} ({size}) passes now; take it out of {EXCEPTIONS.name}")
    return said


def main(names: list[str]) -> int:
    """Sweep these types, or all."""
    started = time.monotonic()
    found = lives(names or provisionable())
    types = {name for name, _ in found}
    failed = {name for (name, _), endings in found.items() if any(failures(endings))}
    unexpected = surprises(found, expected())
    share = 100 * (len(types) - len(failed)) / len(types)
    passed = f"{len(types) - len(failed)} of {len(types)} types pass all steps ({share:.2f} %)"
    took = f"{time.monotonic() - started:.0f} s"
    sys.stdout.write("\n\n".join([table(found), reasons(found), *unexpected, passed, took]) + "\n")
    return int(bool(unexpected))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
