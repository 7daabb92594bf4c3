"""Commands of cloudwright in processes of their own, started as cheaply as can be: see `fork_server`."""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fork_client import asked

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parent
MAIN = ("-c", "from cloudwright.cli import main; main()")
FORKS = hasattr(os, "pidfd_open")
"""Whether this system has what the server of forked processes needs."""

_AT_START = ("PYTHON", "LC_", "LANG", "TZ")
"""How those names of the environment begin that count when an interpreter starts, and not later."""


def start(*words: str, **options: Any) -> subprocess.Popen[str]:
    """Start `cloudwright WORDS`.

    Args:
        words: The arguments.
        options: Those of `subprocess.Popen`.
    """
    options = {"text": True, **options}
    environ = options.get("env") or os.environ
    kind = _Forked if FORKS and _at_start(environ) == _SERVERS else subprocess.Popen
    return kind([sys.executable, *MAIN, *words], **options)


def program() -> list[str]:
    """The words with which another program, such as a shell or an SDK, starts `cloudwright` as cheaply."""
    client = [sys.executable, "-I", "-S", str(HERE / "fork_client.py")]
    return [*client, server()] if FORKS else [sys.executable, *MAIN]


def run(*words: str, timeout: float = 60, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run `cloudwright WORDS` to its end, and catch what it prints.

    Args:
        words: The arguments.
        timeout: Seconds.
        options: Those of `subprocess.Popen`.
    """
    caught = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    with start(*words, **caught) as process:
        try:
            out, err = process.communicate(timeout=timeout)
        except BaseException:
            process.kill()
            raise
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def _at_start(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name.startswith(_AT_START)}


_SERVERS = _at_start(os.environ)
"""Those of the server, which a test may have changed since."""


@cache
def server() -> str:
    """The path of the socket of the server, which lives as long as this process."""
    path = Path(tempfile.mkdtemp(prefix="commands-")) / "socket"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen(64)
        command = [sys.executable, str(HERE / "fork_server.py"), str(listening.fileno())]
        # What it runs to warm up belongs to no test, so no receiver of traces may get it.
        environ = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
        process = subprocess.Popen(command, pass_fds=[listening.fileno()], stdin=subprocess.PIPE, env=environ)
    atexit.register(_closed, process, path)
    return str(path)


def _closed(process: subprocess.Popen[bytes], path: Path) -> None:
    process.communicate()
    path.unlink()
    path.parent.rmdir()


class _Forked(subprocess.Popen[str]):
    """A process that the server forks: everything but its beginning and its end is as with any other."""

    _answers: socket.socket

    def _execute_child(self, args: list[str], *others: Any) -> None:
        cwd, environ, pipes = others[4], others[5], others[9:15]
        stdin, _, _, stdout, _, stderr = pipes
        streams = [number if given == -1 else given for number, given in enumerate((stdin, stdout, stderr))]
        folder = str(Path(cwd or ".").absolute())
        request = {"words": args[3:], "folder": folder, "environ": dict(environ or os.environ)}
        self._answers = asked(server(), request, streams)
        self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]
        self.pid = int.from_bytes(self._answers.recv(4, socket.MSG_WAITALL), "big")
        self._child_created = True

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        self._answers.setblocking(wait_flags != os.WNOHANG)
        try:
            shown = self._answers.recv(4, socket.MSG_WAITALL)
        except BlockingIOError:
            return 0, 0
        self._answers.close()
        return self.pid, int.from_bytes(shown, "big")

    def _internal_poll(self, _deadstate: int | None = None) -> int | None:
        if self.returncode is None:
            pid, status = self._try_wait(os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode
