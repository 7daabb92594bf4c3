"""`make sweep`: every provisionable type lives its whole life; a table of what went well and what did not.

Exits with 1 if a type fails that `exceptions.json` does not list, or a listed one passes now.
"""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
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


def lives(names: Iterable[str], results: Path | None = None) -> Lives:
    """Live through all types in both sizes and with references, on all processes.

    What a file of results holds is taken from there, and the rest is added to it, so that a sweep that was stopped
    goes on where it was.
    """
    tasks = [(name, kind) for kind in (*SIZES, REFERENCES) for name in names]
    found = dict(map(_read, _lines(results)))
    with ProcessPoolExecutor(PROCESSES) as pool:
        running = {pool.submit(live, *task): task for task in tasks if task not in found}
        for done in as_completed(running):
            found[running[done]] = done.result()
            if results is not None:
                with results.open("a", encoding="utf-8") as out:
                    out.write(json.dumps([*running[done], [asdict(ending) for ending in done.result()]]) + "\n")
    return {task: found[task] for task in tasks}


def _lines(results: Path | None) -> list[str]:
    return results.read_text("utf-8").splitlines() if results is not None and results.exists() else []


def _read(line: str) -> tuple[tuple[str, str], list[Ending]]:
    name, kind, endings = json.loads(line)
    return (name, kind), [Ending(**ending) for ending in endings]


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
    shown = Counter(f"{e.step}: {e.why.splitlines()[0][:150]}" for ends in found.values() for e in failures(ends))
    return "\n".join(f"{count:5}  {text}" for text, count in shown.most_common(60))


def surprises(found: Lives, known: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Lives that ended otherwise than `exceptions.json` says."""
    printed = []
    for (name, size), endings in found.items():
        failed = [f"{ending.step}: {ending.why}" for ending in failures(endings)]
        if failed and size not in known.get(name, {}):
            printed.append(f"{name} ({size}) fails: {failed[0]}")
        elif not failed and size in known.get(name, {}):
            printed.append(f"{name} ({size}) passes now; take it out of {EXCEPTIONS.name}")
    return printed


def main(arguments: list[str]) -> int:
    """Sweep some types, or all."""
    parser = ArgumentParser(prog="python -m sweep.run", description=__doc__)
    parser.add_argument("names", nargs="*", help="types; all without any")
    parser.add_argument("--results", type=Path, help="a file to add each result to, and to go on from")
    given = parser.parse_args(arguments)
    started = time.monotonic()
    found = lives(given.names or provisionable(), given.results)
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
