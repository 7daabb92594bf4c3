"""Work in a forked process, which can be stopped and leaves nothing behind."""

from __future__ import annotations

import json
import math
import os
import resource
import select
import signal
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

BUSY = 5.0
"""How many times as long as its processor time work may take: other programs of the machine slow it down."""


def in_child(work: Callable[[], Any], seconds: float) -> Any:
    """What the work returns, as JSON holds it; None if it takes too long or its process dies.

    Args:
        work: What the forked process does, and then ends, without any cleanup.
        seconds: How much processor time it may take, so that the answer doesn't depend on how busy the machine is.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(seconds), math.ceil(seconds)))
        _answer(work, writing)
    os.close(writing)
    try:
        text = _read(reading, time.monotonic() + BUSY * seconds)
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return json.loads(text) if text else None


def _answer(work: Callable[[], Any], writing: int) -> None:
    """The forked process: whatever happens, it never returns to what its parent was about to do."""
    try:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(json.dumps(work()).encode())
    finally:
        os._exit(0)


def _read(reading: int, ends: float) -> bytes:
    """All that the child writes, or nothing if it is late."""
    parts = []
    while select.select([reading], [], [], max(0.0, ends - time.monotonic()))[0]:
        part = os.read(reading, 65_536)
        if not part:
            return b"".join(parts)
        parts.append(part)
    return b""
