"""A real PostgreSQL server for tests: from Debian's package, on its own socket, gone afterwards."""

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

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))


POOLER = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin")
REQUIRED = "postgresql" in os.environ.get("CLOUDWRIGHT_REQUIRE", "")
"""Set where its absence is a failure, not a reason to skip."""


def available() -> bool:
    """Whether the programs are there, and a user that they agree to run as."""
    return bool(FOLDERS) and (os.geteuid() != 0 or shutil.which("runuser", path=PATH) is not None)


@contextlib.contextmanager
def running() -> Iterator[str]:
    """Start a server; gives the URL of its database."""
    # A short path: a socket's name may have 107 bytes.
    with tempfile.TemporaryDirectory(prefix="cw-pg-", dir="/tmp") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        data = str(folder / "data")
        cluster = ["--pgdata", data, "--username", "postgres", "--auth", "trust"]
        _run("initdb", *cluster, "--no-sync", "--no-locale", "--encoding", "UTF8")
        settings = ["listen_addresses=", f"unix_socket_directories={folder}", "fsync=off", "max_connections=60"]
        options = [part for setting in settings for part in ("-c", setting)]
        with _server("postgres", "-D", data, *options), _signalled(folder / "data" / "postmaster.pid", ready="ready"):
            yield f"postgresql:///postgres?host={folder}&user=postgres"


@contextlib.contextmanager
def pooled(server: str, database: str) -> Iterator[str]:
    """Put PgBouncer in transaction mode with two server connections before a database; gives its URL."""
    assert POOLER is not None
    socket = server.partition("host=")[2].partition("&")[0]
    with tempfile.TemporaryDirectory(prefix="cw-pool-", dir="/tmp") as name:
        folder = Path(name)
        settings = {
            "unix_socket_dir": name,
            "listen_port": "6432",
            "auth_type": "any",
            "pool_mode": "transaction",
            "default_pool_size": "2",
            "pidfile": f"{name}/pid",
        }
        lines = [f"{key} = {value}" for key, value in settings.items()]
        target = f"{database} = host={socket} user=postgres"
        (folder / "ini").write_text("\n".join(["[databases]", target, "[pgbouncer]", *lines, ""]))
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
            folder.chmod(0o755)
        with _server(POOLER, "-q", f"{name}/ini"), _signalled(folder / "pid", ready=""):
            yield f"postgresql:///{database}?host={name}&port=6432&user=postgres"


def _command(program: str, *arguments: str) -> list[str]:
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    return [*as_user, str(FOLDERS[-1] / program), *arguments]


def _run(program: str, *arguments: str) -> None:
    command, environment = _command(program, *arguments), {"LC_ALL": "C.UTF-8", "PATH": PATH}
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
def _signalled(pid_file: Path, *, ready: str) -> Iterator[None]:
    """Wait until the process says that it is ready, and interrupt it in the end."""
    deadline = time.monotonic() + 20
    while not (pid_file.exists() and pid_file.read_text().strip() and ready in pid_file.read_text()):
        assert time.monotonic() < deadline, f"{pid_file} does not appear"
        time.sleep(0.02)
    pid = int(pid_file.read_text().split()[0])
    try:
        yield
    finally:
        os.kill(pid, signal.SIGINT)  # both programs close connections and keep data
