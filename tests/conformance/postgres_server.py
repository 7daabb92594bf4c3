"""A real PostgreSQL server for tests: from Debian's package, on a socket of its own, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))


def available() -> bool:
    """Whether the programs are there, and a user that they agree to run as."""
    return bool(FOLDERS) and (os.geteuid() != 0 or shutil.which("runuser") is not None)


@contextlib.contextmanager
def running() -> Iterator[str]:
    """Start a server; gives the URL of its database."""
    # A short path: a socket's name may have 107 bytes.
    with tempfile.TemporaryDirectory(prefix="cw-pg-", dir="/tmp") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        data = str(folder / "data")
        _run("initdb", "--pgdata", data, "--username", "postgres", "--auth", "trust", "--no-sync", "--no-locale")
        settings = ["listen_addresses=", f"unix_socket_directories={folder}", "fsync=off", "max_connections=60"]
        options = [part for setting in settings for part in ("-c", setting)]
        with _server("postgres", "-D", data, *options), _stopped(folder):
            yield f"postgresql:///postgres?host={folder}&user=postgres"


def _command(program: str, *arguments: str) -> list[str]:
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    return [*as_user, str(FOLDERS[-1] / program), *arguments]


def _run(program: str, *arguments: str) -> None:
    command, environment = _command(program, *arguments), {"LC_ALL": "C.UTF-8", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, env=environment)


@contextlib.contextmanager
def _server(program: str, *arguments: str) -> Iterator[None]:
    with subprocess.Popen(
        _command(program, *arguments), cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield
        finally:
            process.wait(timeout=20)


@contextlib.contextmanager
def _stopped(folder: Path) -> Iterator[None]:
    pid_file = folder / "data" / "postmaster.pid"
    deadline = time.monotonic() + 20
    # The status line of the pid file says "ready" once connections are accepted.
    while not (pid_file.exists() and "ready" in pid_file.read_text()):
        assert time.monotonic() < deadline, "PostgreSQL does not start"
        time.sleep(0.02)
    pid = int(pid_file.read_text().split()[0])
    try:
        yield
    finally:
        os.kill(pid, signal.SIGINT)  # fast shutdown: connections are closed, data is kept
