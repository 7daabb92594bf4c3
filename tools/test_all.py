"""Run the whole test suite on every Python that is on this machine, or with the oldest allowed dependencies.

    python tools/test_all.py            # Python 3.11 to 3.14, as far as installed
    python tools/test_all.py --lowest   # the oldest version of each direct dependency, on the oldest Python

Each run has its own environment in `build/`. Warnings are errors there, too, so a deprecation fails it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from dist import interpreter as installed

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def suite(python: str, install: list[str], words: list[str], name: str) -> bool:
    """Whether the suite passes in its own environment.

    Args:
        python: Such as `3.13`.
        install: Further words for the installation.
        words: Further words for pytest.
        name: Of the environment's folder.
    """
    env = ROOT / "build" / name
    interpreter = str(env / "bin" / "python")
    uv = str(BIN / "uv")
    subprocess.run([uv, "venv", "--quiet", "--clear", "--python", installed(python) or python, str(env)], check=True)
    subprocess.run([uv, "pip", "install", "--quiet", "--python", interpreter, *install], cwd=ROOT, check=True)
    path = f"{env / 'bin'}{os.pathsep}{os.environ['PATH']}"
    tests = [interpreter, "-m", "pytest", "-n", "2", "--dist", "worksteal", "-q", "--whole", *words]
    return subprocess.run(tests, cwd=ROOT, env={**os.environ, "PATH": path}, check=False).returncode == 0


def main() -> None:
    """Run the chosen suites and exit with 1 if one fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lowest", action="store_true", help="the oldest allowed dependencies, on Python 3.11")
    parser.add_argument("words", nargs="*", help="for pytest, such as tests/unit")
    given = parser.parse_args()
    if given.lowest:
        install = ["--group", "dev", "--editable", ".", "--resolution", "lowest-direct"]
        failed = [] if suite("3.11", install, given.words, "lowest") else ["the lowest versions"]
    else:
        install = ["--group", "dev", "--constraint", "constraints.txt", "--editable", "."]
        here = [python for python in PYTHONS if installed(python)]
        failed = [python for python in here if not suite(python, install, given.words, f"python{python}")]
        print(f"ran on {', '.join(here)}")
    raise SystemExit(f"failed: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
