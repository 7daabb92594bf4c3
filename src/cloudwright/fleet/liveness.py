"""Who of the workers is gone, as one process sees it: by how long it has waited itself, never by a time of day.

Clocks jump: that of the database's machine, too, and a machine that slept finds all other workers long silent.
"""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

from cloudwright.clock import boot_id

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

    from cloudwright.fleet.model import FleetWorker

GONE_AFTER = 20.0
"""Seconds without a sign of life after which a worker counts as gone."""

SEEN = 5.0
"""Seconds between two looks of which all count; of a longer time, when nobody could be seen, only so many do."""

ADRIFT_AFTER = 60.0
"""Seconds for which a process may seem to have a target in progress that it has not: just taken, or just ended."""


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
        self._looked = clock()

    def gone(self, workers: Iterable[FleetWorker]) -> list[FleetWorker]:
        """The workers that are dead: long silent while this process was awake, or a process of this machine no more.

        Args:
            workers: Everybody on the list.
        """
        listed = {worker.name: worker for worker in workers if worker.name != self._own}
        self._pass_over(self._clock() - self._looked - SEEN)
        self._looked = self._clock()
        self._seen = {name: self._sign_of(worker) for name, worker in listed.items()}
        return [worker for name, worker in listed.items() if _ended(worker) or self._silence(name) > GONE_AFTER]

    def _pass_over(self, seconds: float) -> None:
        """Don't count a time in which nothing was seen: after it, everybody has some more to give a sign."""
        if seconds > 0:
            self._seen = {name: (mark, since + seconds) for name, (mark, since) in self._seen.items()}

    def _sign_of(self, worker: FleetWorker) -> tuple[float, float]:
        """What was last seen of a worker, and when it was seen here first."""
        known = self._seen.get(worker.name)
        return known if known and known[0] == worker.seen_at else (worker.seen_at, self._clock())

    def _silence(self, name: str) -> float:
        return self._clock() - self._seen[name][1]


def alive(workers: Iterable[FleetWorker]) -> set[str]:
    """The workers that may be alive, by name, as far as one look can tell; it trusts the database's clock.

    Args:
        workers: Everybody on the list.
    """
    return {worker.name for worker in workers if worker.silence <= GONE_AFTER and not _ended(worker)}


class Adrift:
    """Finds targets that a process is recorded to have in progress and has not, as after an error of DBOS."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing seen.

        Args:
            clock: Seconds.
        """
        self._clock = clock
        self._since: dict[str, float] = {}

    def found(self, said: Iterable[str], carried: Container[str]) -> list[str]:
        """What has been so for long enough.

        Args:
            said: The targets that the database records as in progress here.
            carried: What it really works on.
        """
        now = self._clock()
        self._since = {name: self._since.get(name, now) for name in said if name not in carried}
        return [name for name, since in self._since.items() if now - since > ADRIFT_AFTER]


def here() -> str:
    """Where a process number of this process means something: the machine, and on Linux its boot and its namespace.

    Containers that share the network of their machine share its name, too, and machines that were copied have the same.
    The machine's name comes first, up to a `/`.
    """
    machine, boot = socket.gethostname(), boot_id()
    if boot is None:
        return machine
    try:
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return machine
    return f"{machine}/{boot}.{namespace.strip('pid:[]')}"


def _ended(worker: FleetWorker) -> bool:
    return worker.host == here() and not _exists(worker.pid)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
