"""How long a shared store retries when the network fails during a run that holds a lease."""

from __future__ import annotations

from time import sleep
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudwright.clock import Clock

T = TypeVar("T")

PAUSES = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each further attempt: enough for a database that restarts, or for a machine that changes networks."""

PATIENCE = 45.0
"""Seconds after which there is no further attempt.

A network that swallows packets makes each one long, and after a minute others may hold the lease.
"""


def repeated(call: Callable[[], T], failure: type[Exception], clock: Clock) -> T:
    """Make a call, and retry it after a transient failure."""
    began = clock.boot()
    for pause in PAUSES:
        try:
            return call()
        except failure:
            if clock.boot() - began >= PATIENCE:
                raise
        sleep(pause)
    return call()
