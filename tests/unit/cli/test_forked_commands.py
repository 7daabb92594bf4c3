"""A command in a forked process looks to its caller as in any other process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import commands

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not commands.FORKS, reason="there are no forked processes on this system")

PROGRAM = """
import os
import sys
from pathlib import Path

print("said on output", Path.cwd(), os.environ.get("OF_THE_TEST"), flush=True)
print("said on error", file=sys.stderr)
{end}
"""


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("", "--version"),
        ("", "plan --no-such-option"),
        ("", "plan nowhere.py"),
        ("", "plan"),
        ("raise SystemExit(3)", "plan"),
        ("os._exit(7)", "plan"),
        ("os.kill(os.getpid(), 9)", "plan"),
        ("import infra", "validate"),
        ("from cloudwright import App\napp = App('a', stage='s')\n@app.program\ndef main(): pass", "plan --local"),
    ],
)
def test_it_prints_and_ends_as_in_a_process_of_its_own(tmp_path: Path, end: str, words: str) -> None:
    (tmp_path / "infra.py").write_text(PROGRAM.format(end=end), "utf-8")
    environ = {**os.environ, "OF_THE_TEST": "yes", "NO_COLOR": "1"}
    whole = subprocess.run(
        [sys.executable, *commands.MAIN, *words.split()],
        cwd=tmp_path,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    forked = commands.run(*words.split(), cwd=tmp_path, env=environ)
    client = subprocess.run(
        [*commands.program(), *words.split()], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )

    seen = (whole.returncode, whole.stdout, whole.stderr)
    assert seen == (forked.returncode, forked.stdout, forked.stderr)
    assert seen == (client.returncode, client.stdout, client.stderr)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_reaches_it(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "infra.py").write_text(PROGRAM.format(end="import time\ntime.sleep(60)"), "utf-8")
    with commands.start("plan", cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("said on output")
        assert process.poll() is None
        os.kill(process.pid, number)

        assert process.wait(timeout=30) != 0
        assert process.poll() == process.returncode
        assert number is signal.SIGTERM or process.returncode == -number


def test_it_shares_nothing_with_the_next_one(tmp_path: Path) -> None:
    for _ in range(2):
        end = "os._exit(5 + ('left' in sys.modules or sys.modules.update(left=sys) is not None))"
        (tmp_path / "infra.py").write_text(PROGRAM.format(end=end), "utf-8")

        assert commands.run("plan", cwd=tmp_path).returncode == 5


def test_what_counts_at_the_start_of_an_interpreter_gets_one_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "infra.py").write_text(PROGRAM.format(end="os._exit(sys.flags.optimize + 40)"), "utf-8")

    assert commands.run("plan", cwd=tmp_path, env={**os.environ, "PYTHONOPTIMIZE": "2"}).returncode == 42
