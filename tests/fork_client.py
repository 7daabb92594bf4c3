"""Asks the server of forked processes for one: `python -I -S fork_client.py SOCKET WORDS` is `cloudwright WORDS`.

It imports little, so that a program that starts it instead of cloudwright waits for a hundredth of a second. Signals
that ask it to end are passed on.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def asked(path: str, request: Mapping[str, object], streams: list[int]) -> socket.socket:
    """Start a process; the socket gives its id, and its status once it has ended.

    Args:
        path: Of the server's socket.
        request: The words, the folder and the environment.
        streams: Its standard input, output and error.
    """
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    text = json.dumps(request).encode()
    socket.send_fds(connection, [len(text).to_bytes(4, "big")], streams)
    connection.sendall(text)
    return connection


def main() -> None:
    """Be the process that was asked for, as far as whoever started this can tell."""
    _, path, *words = sys.argv
    request = {"words": words, "folder": os.getcwd(), "environ": dict(os.environ)}  # noqa: PTH109 - pathlib costs more
    connection = asked(path, request, [0, 1, 2])
    pid = int.from_bytes(connection.recv(4, socket.MSG_WAITALL), "big")
    for number in PASSED_ON:
        signal.signal(number, lambda number, _: os.kill(pid, number))
    # Their other end shall see that the process closes them.
    for stream in (0, 1, 2):
        os.close(stream)
    code = os.waitstatus_to_exitcode(int.from_bytes(connection.recv(4, socket.MSG_WAITALL), "big"))
    if code < 0:
        if -code in PASSED_ON:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


if __name__ == "__main__":
    main()
