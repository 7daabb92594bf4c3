"""Who holds the lease of a run: this process, as others see it."""

from __future__ import annotations

import getpass
import os
import socket
import sys

from cloudwright.state.address import public
from cloudwright.state.leases.lease import Holder

LEASE_TTL = 60.0
"""Seconds after the last renewal at which another run may take over."""


def holder(now: float) -> Holder:
    """The holder of a lease taken by this process.

    Args:
        now: Seconds since the epoch.
    """
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    words = [os.path.basename(sys.argv[0] or "python"), *map(public, sys.argv[1:])]  # noqa: PTH119 - a text, not a file
    command = " ".join(words)
    return Holder(user=user, host=socket.gethostname(), pid=os.getpid(), command=command[:200], since=now)
