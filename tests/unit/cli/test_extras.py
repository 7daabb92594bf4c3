"""What needs an extra says so in one line where the extra is not installed; everything else works without."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

WITHOUT = """
import sys
from importlib.machinery import PathFinder

class Without:
    # Python's own finder, but for packages that only extras install.
    @staticmethod
    def find_spec(name, path=None, target=None):
        missing = name.partition(".")[0] in {"dbos", "aiohttp", "psycopg"}
        return None if missing else PathFinder.find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Without
from cloudwright.cli.root import run
sys.exit(run(sys.argv[1:]))
"""


def without_extras(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **settings}
    command = [sys.executable, "-c", WITHOUT, *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (("fleet", "deploy", "infra.py", "--targets", "targets.toml"), "fleet"),
        (("fleet", "worker"), "fleet"),
        (("local", "serve", "--port", "0"), "local"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value[:2]),
)
def test_a_command_whose_extra_is_missing_names_it(tmp_path: Path, words: tuple[str, ...], extra: str) -> None:
    (tmp_path / "infra.py").write_text("import cloudwright as cw\n", "utf-8")
    (tmp_path / "targets.toml").write_text('[[targets]]\nname = "a"\naccount = "111111111111"\nregion = "eu-west-1"\n')

    done = without_extras(tmp_path, *words)

    assert done.returncode == 1
    assert f"pip install 'cloudwright[{extra}]'" in done.stderr
    assert "ModuleNotFoundError" not in done.stderr
    assert done.stderr.count("error:") == 1


def test_a_deploy_needs_no_extra(tmp_path: Path) -> None:
    assert without_extras(tmp_path, "init").returncode == 0

    done = without_extras(tmp_path, "deploy", "--local", "--yes", "--stage", "test")

    assert done.returncode == 0, done.stdout + done.stderr
