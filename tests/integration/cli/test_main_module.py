"""`python -m cloudwright` is the command `cloudwright`, for those who pick the interpreter and not the PATH."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def ran(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cloudwright", *args]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_help_names_the_command_and_not_the_module(tmp_path: Path) -> None:
    done = ran(tmp_path, "--help")

    assert done.returncode == 0
    assert done.stdout.startswith("Usage: cloudwright [OPTIONS] COMMAND")


def test_an_unknown_command_is_refused_with_its_exit_code(tmp_path: Path) -> None:
    done = ran(tmp_path, "deplyo")

    assert done.returncode == 64
    assert "deploy" in done.stderr
