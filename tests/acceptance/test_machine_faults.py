"""Faults of the user's machine: every command ends in one line and its way out, and the state stays whole.

Faults x commands, each fault in a child process that runs all commands one after another: once on an empty folder and
once beside a deployed app. The faults are real: permissions, limits, things in the way, a full file system.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from dataclasses import dataclass
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PROGRAM = dedent("""
    from cloudwright import App, secret
    from cloudwright.aws.control import AWS

    app = App("faulty", stage="test")

    @app.program
    def main():
        AWS.S3.Bucket("bucket", BucketName="faulty-bucket")
        AWS.SecretsManager.Secret("secret", Name="faulty", SecretString=secret("hunter2"))
        return {"Name": "faulty-bucket", "Password": secret("hunter2")}
""")

COMMANDS = [
    "plan --local",
    "plan --local -o out/saved.plan",
    "plan --local --markdown out/plan.md",
    "deploy --local --yes",
    "drift --local",
    "outputs --local",
    "state list --local",
    "state show bucket --local",
    "state history --local",
    "state pull --local -o out/state.json",
    "state export --local -o out/state.csv",
    "state mv bucket other --local --yes",
    "state mv other bucket --local --yes",
    "unlock --local",
    "images --local",
    "report --local -o out/report.html",
    "graph --local -o out/graph.svg",
    "import bucket faulty-bucket --local --yes",
    "secrets rotate --local --yes",
    "init out/new",
    "deploy --local --yes --json",
    "destroy --local --yes",
]

DRIVER = dedent("""
    import contextlib, io, json, sys
    from cloudwright.cli.root import run

    ended = []
    for words in json.loads(sys.argv[1]):
        for name in [name for name in sys.modules if name == "infra"]:
            del sys.modules[name]
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = run(words.split())
            except BaseException as error:
                code = f"{type(error).__name__}: {error}"
        ended.append([words, code, out.getvalue(), err.getvalue()])
    print(json.dumps(ended))
""")


@dataclass(frozen=True)
class Fault:
    """What is wrong with the machine.

    Attributes:
        begin: Brings it about in a folder, once the app is there.
        end: Repairs it.
        inside: Runs in the child process before Python starts.
        environ: Changes of its environment.
    """

    begin: Callable[[Path], object] = lambda folder: None
    end: Callable[[Path], object] = lambda folder: None
    inside: Callable[[], object] = lambda: None
    environ: tuple[tuple[str, str], ...] = ()


def _local(folder: Path) -> Path:
    made = folder / ".cloudwright" / "local"
    made.mkdir(parents=True, exist_ok=True)
    return made


def _mode(path: Callable[[Path], Path], mode: int, after: int) -> Fault:
    return Fault(lambda folder: path(folder).chmod(mode), lambda folder: path(folder).chmod(after))


def _in_the_way(name: str, *, folder: bool) -> Fault:
    """A file where a folder should be, or the other way round; what was there comes back."""

    def begin(place: Path) -> None:
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            path.rename(path.with_name("kept-aside"))
        path.mkdir() if folder else path.write_text("in the way", encoding="utf-8")

    def end(place: Path) -> None:
        path = place / name
        path.rmdir() if folder else path.unlink()
        if path.with_name("kept-aside").exists():
            path.with_name("kept-aside").rename(path)

    return Fault(begin, end)


def _limit(kind: int, number: int) -> Fault:
    return Fault(inside=lambda: resource.setrlimit(kind, (number, number)))


FAULTS: dict[str, Fault] = {
    "read-only folder": _mode(lambda folder: folder, 0o555, 0o755),
    "read-only .cloudwright": _mode(lambda folder: _local(folder).parent, 0o555, 0o755),
    "read-only local folder": _mode(_local, 0o555, 0o755),
    "unreadable local folder": _mode(_local, 0o000, 0o755),
    "a file for .cloudwright": _in_the_way(".cloudwright", folder=False),
    "a file for the local folder": _in_the_way(".cloudwright/local", folder=False),
    "a folder for the state": _in_the_way(".cloudwright/local/state.db", folder=True),
    "a folder for the cloud": _in_the_way(".cloudwright/local/cloud.db", folder=True),
    "a file for the output folder": _in_the_way("out", folder=False),
    "unreadable program": _mode(lambda folder: folder / "infra.py", 0o000, 0o644),
    "a home that can't be written": Fault(
        lambda folder: (folder / "home").mkdir(mode=0o555),
        environ=(("HOME", "{folder}/home"), ("XDG_DATA_HOME", "")),
    ),
    "a file for home": Fault(environ=(("HOME", "/dev/null"), ("XDG_DATA_HOME", ""))),
    "no file may grow": _limit(resource.RLIMIT_FSIZE, 0),
    "no file above 64 KB": _limit(resource.RLIMIT_FSIZE, 64 * 1024),
    "few open files": _limit(resource.RLIMIT_NOFILE, 8),
    "no temporary folder": Fault(environ=(("TMPDIR", "/nonexistent"),)),
}


def _plain_rights() -> list[str]:
    """Root may do everything: take this right away, so that permissions count."""
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        pytest.skip("root without setpriv: permissions don't count")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"]


def _ran(folder: Path, commands: list[str], fault: Fault = Fault()) -> list[tuple[str, int, str, str]]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environ = {name: value.replace("{folder}", str(folder)) for name, value in fault.environ}
    done = subprocess.run(
        [*_plain_rights(), sys.executable, "-c", DRIVER, json.dumps(commands)],
        cwd=folder,
        env={**kept, "XDG_DATA_HOME": str(folder / "data"), "PYTHONDONTWRITEBYTECODE": "1", **environ},
        preexec_fn=fault.inside,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [tuple(each) for each in json.loads(done.stdout)]


def _deployed(folder: Path) -> list[str]:
    """The keys that the state holds after a deploy without any fault."""
    (_, code, _, err), (_, listing, out, _) = _ran(folder, ["deploy --local --yes", "state list --local --json"])
    assert (code, listing) == (0, 0), err
    return sorted(line["key"] for line in map(json.loads, out.splitlines()) if line["type"] == "record")


def _bad(words: str, code: object, out: str, err: str) -> Iterator[str]:
    """What is wrong with how a command ended."""
    if not isinstance(code, int):
        yield f"{words}: raised {code}"
        return
    for text in ("Traceback", "cloudwright itself failed", "OSError", "PermissionError", "Errno"):
        if text in out + err:
            yield f"{words}: says {text}: {(out + err)[:600]}"
            return
    if code == 1 and "--json" not in words:
        if err.count("error:") > 1 or len(err.splitlines()) > 6:
            yield f"{words}: says too much: {err[:600]}"
        if "error:" in err and "fix:" not in err:
            yield f"{words}: names no way out: {err[:600]}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "infra.py").write_text(PROGRAM, encoding="utf-8")
    return tmp_path


@pytest.mark.sampled(4)
@pytest.mark.parametrize("start", ["empty", "deployed"])
@pytest.mark.parametrize("name", FAULTS)
def test_every_command_says_the_fault_in_a_line_and_keeps_the_state(folder: Path, name: str, start: str) -> None:
    fault = FAULTS[name]
    if start == "deployed":
        assert _deployed(folder) == ["bucket", "secret"]
    fault.begin(folder)
    try:
        ended = _ran(folder, COMMANDS, fault)
    finally:
        fault.end(folder)

    shown = [text for each in ended for text in _bad(*each)]
    assert not shown, "\n".join(shown)
    assert _deployed(folder) == ["bucket", "secret"]
