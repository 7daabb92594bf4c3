"""Runs cloudwright's command line in processes that are forked from one that has loaded it: ten times cheaper to start.

Such a process has its own arguments, folder, environment and streams, gets signals and has an exit code, as any other.
It differs in how it begins: the modules are there, and so are what they compute once (the read schemas). What a test
says about the start itself, of interpreter options or of limits set before it, needs `subprocess`.

As a program this is the server: `python fork_server.py FD`, of a listening socket. On each connection it reads a
request and the three streams, and writes the process id and, at the end, the status as `wait` has it: four bytes each.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import io
import json
import os
import pkgutil
import selectors
import signal
import socket
import sys
import tempfile
import threading
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any

import cloudwright

PROGRAM = """
from cloudwright import App
from cloudwright.aws import SNS

app = App("warm", stage="warm")


@app.program
def main():
    SNS.Topic("topic", TopicName="topic")
"""
BESIDES = ("botocore.session", "botocore.credentials")
"""What commands load besides the package itself, and what that loads."""

LEFT_OUT = ("cloudwright.aws.", "cloudwright.testing")
"""Modules of the package that few commands load, or none."""

CHEAP = {"n": 2**10, "state": "this state"}
"""Defaults of `PassphraseKeys`, with a work factor for tests."""

WARMING = (
    *("validate --json", "plan --local", "deploy --local --yes", "drift --local --json", "outputs --local"),
    *("state list --local", "report --local", "graph --local", "images --local", "destroy --local --yes"),
)


def warm() -> None:
    """Load what commands load, and let it compute what it computes once."""
    from cloudwright.cli.root import run
    from cloudwright.state.sealing.keys import PassphraseKeys

    PassphraseKeys.__init__.__kwdefaults__ = CHEAP
    ours = (module.name for module in pkgutil.walk_packages(cloudwright.__path__, "cloudwright."))
    for name in (*(name for name in ours if not name.startswith(LEFT_OUT)), *BESIDES):
        importlib.import_module(name)
    with tempfile.TemporaryDirectory() as folder, Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        before, environ = Path.cwd(), dict(os.environ)
        os.chdir(folder)
        os.environ.update(HOME=folder, XDG_DATA_HOME=folder, XDG_CONFIG_HOME=folder)
        Path("infra.py").write_text(PROGRAM, "utf-8")
        with redirect_stdout(nowhere), redirect_stderr(nowhere):
            for words in WARMING:
                run(words.split())
        os.chdir(before)
        os.environ.clear()
        os.environ.update(environ)
    for name in [name for name, module in sys.modules.items() if _is_of(module, folder)]:
        del sys.modules[name]


def _is_of(module: object, folder: str) -> bool:
    return str(getattr(module, "__file__", "")).startswith(folder)


class Server:
    """Forks a process for each connection, and says on it how the process ended."""

    def __init__(self, connections: socket.socket) -> None:
        self._connections = connections
        self._waiting = selectors.DefaultSelector()
        self._waiting.register(connections, selectors.EVENT_READ)
        self._waiting.register(sys.stdin, selectors.EVENT_READ)

    def serve(self) -> dict[str, Any] | None:
        """Answer until standard input ends, with whoever started the server; in a forked process, its request."""
        while True:
            for key, _ in self._waiting.select():
                if key.fileobj is sys.stdin:
                    return None
                if key.data is not None:
                    self._ended(key.fd, *key.data)
                elif request := self._forked():
                    return request

    def _forked(self) -> dict[str, Any] | None:
        connection, _ = self._connections.accept()
        head, streams, _, _ = socket.recv_fds(connection, 4, 3)
        request = json.loads(connection.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL))
        pid = os.fork()
        if not pid:
            for held in (self._connections, self._waiting, connection):
                held.close()
            _become(request, streams)
            return request  # type: ignore[no-any-return]
        for stream in streams:
            os.close(stream)
        connection.sendall(pid.to_bytes(4, "big"))
        self._waiting.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, connection))
        return None

    def _ended(self, watched: int, pid: int, connection: socket.socket) -> None:
        self._waiting.unregister(watched)
        os.close(watched)
        _, status = os.waitpid(pid, 0)
        # It may be that nobody waits for it any more.
        with connection, suppress(BrokenPipeError):
            connection.sendall(status.to_bytes(4, "big"))


def _become(request: dict[str, Any], streams: list[int]) -> None:
    """Take over the folder, the environment, the arguments and the streams of a request."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environ"])
    sys.argv[:] = ["-c", *request["words"]]
    encoding, errors = sys.stdout.encoding, sys.stdout.errors
    sys.stdin = open(0, encoding=encoding, errors=errors, closefd=False)  # noqa: SIM115 - as long as the process
    sys.stdout = _written(1, encoding, errors or "strict")
    sys.stderr = _written(2, encoding, "backslashreplace", line_buffering=True)
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr  # type: ignore[misc]


def _written(number: int, encoding: str, errors: str, *, line_buffering: bool = False) -> io.TextIOWrapper:
    raw = io.FileIO(number, "w", closefd=False)
    line_buffering = line_buffering or os.isatty(number)
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding=encoding, errors=errors, line_buffering=line_buffering)


def main() -> None:
    """Serve, and in each forked process run the command."""
    # Whoever interrupts the tests at a terminal ends the server with them, by its standard input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warm()
    assert threading.active_count() == 1, "a fork would have none of the other threads"
    gc.collect()
    gc.freeze()
    # As `python -c` has it: the folder that the process is in.
    sys.path[0] = ""
    request = Server(socket.socket(fileno=int(sys.argv[1]))).serve()
    if request is not None:
        os._exit(_run())


def _run() -> int:
    """Run the command, and end as the interpreter does, but leave it to the system to free the memory: that is slow."""
    from cloudwright.cli import main as command_line

    code = 0
    try:
        command_line()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter does
        sys.excepthook(*sys.exc_info())
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = 120
    return code


if __name__ == "__main__":
    main()
