"""What strict type checking and ruff find in programs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_BIN = Path(sys.executable).parent
CACHE = Path(__file__).parents[1] / ".mypy_cache" / f"programs-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
"""Of mypy, for programs: it reads the package, the standard library and the stubs once for all tests and later runs.

One for each process of the tests, since mypy locks nothing.
"""

_CHECKS = (
    ("mypy", "--strict", "--no-sqlite-cache", "--cache-dir", str(CACHE)),
    ("ruff", "format", "--check", "--isolated"),
    ("ruff", "check", "--isolated"),
)


def checked(folder: Path, programs: Mapping[str, str]) -> list[str]:
    """What the checkers find in programs that are written into a folder of their own.

    Args:
        folder: Where they are written.
        programs: File name -> source.
    """
    for name, source in programs.items():
        (folder / name).write_text(source, encoding="utf-8")
    found: list[str] = []
    for command, *options in _CHECKS:
        words = [str(_BIN / command), *options, *programs]
        ran = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        found += [ran.stdout + ran.stderr] if ran.returncode else []
    return found
