"""Who of the workers is gone, as one process sees it: by how long it has waited itself, never by a time of day.

Clocks jump: that of the database's machine, too, and a machine that slept finds all other workers long silent.
"""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cloudwright.fleet.store import Worker

GONE_AFTER = 20.0
"""Seconds without a sign of life after which a worker counts as gone."""


class Presence:
    """Remembers the signs of life that one process has seen."""

    def __init__(self, own: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nobody known.

        Args:
            own: The name of the worker that looks; it is never gone to itself.
            clock: Seconds that no clock's correction and no sleep of the machine adds to.
        """
        self._own, self._clock = own, clock
        self._seen: dict[str, tuple[float, float]] = {}

    def gone(self, workers: Iterable[Worker]) -> list[Worker]:
        """The workers that are dead: long silent while this process was awake, or a process of this machine no more.

        Args:
            workers: Everybody on the list.
        """
        listed = {worker.name: worker for worker in workers if worker.name != self._own}
        self._seen = {name: self._sign_of(worker) for name, worker in listed.items()}
        return [worker for name, worker in listed.items() if _ended(worker) or self._silence(name) > GONE_AFTER]

    def _sign_of(self, worker: Worker) -> tuple[float, float]:
        """What was last seen of a worker, and when it was seen here first."""
        known = self._seen.get(worker.name)
        return known if known and known[0] == worker.seen_at else (worker.seen_at, self._clock())

    def _silence(self, name: str) -> float:
        return self._clock() - self._seen[name][1]


def _ended(worker: Worker) -> bool:
    return worker.host == socket.gethostname() and not _exists(worker.pid)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
