"""What the type stubs cost: to make, to ship, to check with, to complete with.

Run `python benchmarks/type_stubs.py` after `make setup`. Checkers run as programs of their own; "cold" is without a
cache (files in the page cache), best of three. An empty file shows what a checker takes for itself.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests")]

from cloudwright.schema.catalog import Catalog  # noqa: E402
from stubs.build import texts  # noqa: E402
from typing_editor import editing  # noqa: E402

BIN = Path(sys.executable).parent
RUNS = 3
START = "from __future__ import annotations\n\nfrom cloudwright import App\n"
FLAGSHIP = 'ImageBuilder.DistributionConfiguration("a", Distributions=[{"Region": "us-west-2"}])\n'
PROGRAMS = {
    "an empty file": "",
    "App alone": START,
    "App and one service": f"{START}from cloudwright.aws import ImageBuilder\n\n{FLAGSHIP}",
    "App and `AWS.`, all services": f"{START}from cloudwright.aws.control import AWS\n\nAWS.{FLAGSHIP}",
}


def show(what: str, value: str) -> None:
    print(f"{what:<56} {value:>14}", flush=True)


def generation() -> None:
    catalog = Catalog.bundled()
    start = time.process_time()
    made = dict(texts(catalog))
    seconds = time.process_time() - start
    stubs = "".join(text for name, text in made.items() if name.endswith(".pyi"))
    show("resource types", f"{len(catalog.names()):,}")
    show("TypedDicts", f"{stubs.count('_TypedDict, total=False') + stubs.count('= _TypedDict('):,}")
    show("make all stubs", f"{seconds:.2f} s CPU")
    show("files", f"{len(made):,}")
    show("lines", f"{stubs.count(chr(10)):,}")
    show("size", f"{len(stubs) / 1e6:.2f} MB")
    show("size, deflated", f"{len(zlib.compress(stubs.encode(), 9)) / 1e6:.2f} MB")


def seconds(folder: Path, *command: str | Path) -> tuple[float, float]:
    """Wall time and CPU time of a program; a checker's complaints would make the figure worthless."""
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    before = os.times()
    start = time.perf_counter()
    subprocess.run([str(part) for part in command], cwd=folder, env=environment, check=True, capture_output=True)
    wall, after = time.perf_counter() - start, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, cpu


def mypy(folder: Path, *, cold: bool) -> tuple[float, float]:
    cache = folder / "cache"
    if cold:
        shutil.rmtree(cache, ignore_errors=True)
    return seconds(folder, BIN / "mypy", "--strict", "--cache-dir", cache, "infra.py")


def basedpyright(folder: Path) -> tuple[float, float]:
    return seconds(folder, BIN / "basedpyright", "--pythonpath", sys.executable, "--level", "error", "infra.py")


def checkers(folder: Path) -> None:
    for what, text in PROGRAMS.items():
        (folder / "infra.py").write_text(text, encoding="utf-8")
        for name, times in (
            ("mypy, cold", [mypy(folder, cold=True) for _ in range(RUNS)]),
            ("mypy, warm", [mypy(folder, cold=False) for _ in range(RUNS)]),
            ("basedpyright", [basedpyright(folder) for _ in range(RUNS)]),
        ):
            wall, cpu = min(times)
            show(f"{name}: {what}", f"{wall:.2f} s ({cpu:.2f})")


def completion(folder: Path) -> None:
    text = PROGRAMS["App and `AWS.`, all services"].rpartition("\nAWS.")[0]
    with editing(BIN / "basedpyright-langserver", folder / "infra.py", sys.executable) as editor:
        for what, typed in (
            ("first completion of `AWS.`", "AWS.|"),
            ("next completion of `AWS.`", "AWS.|"),
            ("first completion of `AWS.EC2.`", "AWS.EC2.|"),
            ("next completion of `AWS.EC2.`", "AWS.EC2.|"),
            ("completion of a nested property", 'AWS.EC2.Instance("a", MetadataOptions={"|"})'),
        ):
            start = time.perf_counter()
            found = editor.complete(f"{text}\n{typed}")
            show(f"{what}, {len(found)} found", f"{time.perf_counter() - start:.2f} s")


def main() -> None:
    generation()
    print("\nwall time (CPU time)")
    with tempfile.TemporaryDirectory() as folder:
        checkers(Path(folder))
        print()
        completion(Path(folder))


if __name__ == "__main__":
    main()
