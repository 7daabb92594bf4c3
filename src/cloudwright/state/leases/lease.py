"""Leases, and their rules in all stores: who may take one over, and how a holder knows that it still holds."""

from __future__ import annotations

import secrets
from dataclasses import field
from datetime import UTC, datetime
from shlex import quote

from cloudwright.errors import LeaseLost, LockHeld
from cloudwright.lazy_dataclass import dataclass, replace

RENEWALS = 4
"""Renewals within one time to live: three may fail before another run can take over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The holder of a lease, for messages."""

    user: str
    host: str
    pid: int
    command: str
    since: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to write one state.

    Attributes:
        id: Random, names this lease.
        fence: Higher with every lease of the state; a commit with an older one is refused.
        ttl: Seconds after the last renewal at which others may take over.
        renewed_at: The last renewal on record, seconds since the epoch by the store's clock.
    """

    id: str
    fence: int
    holder: Holder
    ttl: float
    renewed_at: float = field(default=0.0, compare=False)


def new_lease(holder: Holder, *, ttl: float, fence: int, now: float) -> Lease:
    """A new lease with a unique id.

    Args:
        holder: Who requests it.
        ttl: Seconds.
        fence: Higher than any before.
        now: Seconds since the epoch by the store's clock.
    """
    return Lease(id=secrets.token_hex(16), fence=fence, holder=holder, ttl=ttl, renewed_at=now)


def expired(lease: Lease, now: float) -> bool:
    """Whether others may take the lease over."""
    return now - lease.renewed_at >= lease.ttl


def renewed(lease: Lease, now: float) -> Lease:
    """The same lease, renewed."""
    return replace(lease, renewed_at=now)


def same(recorded: Lease | None, lease: Lease) -> bool:
    """Whether the lease on record is this one."""
    return recorded is not None and (recorded.id, recorded.fence) == (lease.id, lease.fence)


def in_progress(lease: Lease) -> str:
    """Says that a run is in progress, and whose it is: `a deploy is in progress (ada@box, pid 7, since ...)`.

    Args:
        lease: Of a live run.
    """
    holder = lease.holder
    verb = next((word for word in holder.command.split() if word in {"deploy", "destroy", "import"}), "run")
    article = "an" if verb == "import" else "a"
    return f"{article} {verb} is in progress ({holder.user}@{holder.host}, pid {holder.pid}, since {since(holder)})"


def since(holder: Holder) -> str:
    """When a run began."""
    return datetime.fromtimestamp(holder.since, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def lock_held(lease: Lease, app: str, stage: str, now: float) -> LockHeld:
    """The error for a run that finds the lease taken.

    Args:
        lease: The live lease.
        app: The app whose state is locked.
        stage: Its stage.
        now: Seconds since the epoch by the store's clock.
    """
    holder = lease.holder
    left = min(max(0.0, lease.renewed_at + lease.ttl - now), lease.ttl)
    return LockHeld(
        f"{app}/{stage} is in use: {holder.user}@{holder.host} (pid {holder.pid}) runs `{holder.command}` "
        f"since {since(holder)}",
        hint=f"wait for it; if that run is dead, it frees itself in {left:.0f} s, or free it now: "
        f"`cloudwright unlock FILE --stage {quote(stage)}`",
    )


def lease_lost(lease: Lease, recorded: Lease | None) -> LeaseLost:
    """The error for a run that lost its lease.

    Args:
        lease: The lost lease.
        recorded: The lease on record now.
    """
    if recorded is None:
        reason = "it was removed"
    elif same(recorded, lease):
        reason = "another write took its place"
    else:
        reason = f"{recorded.holder.user}@{recorded.holder.host} (pid {recorded.holder.pid}) took it over"
    return LeaseLost(
        f"the lease of `{lease.holder.command}` is lost: {reason}; nothing was written",
        hint="run the command again: it picks up what this run left in its journal",
    )


@dataclass(slots=True)
class HeldLease:
    """What a holder knows about its lease.

    Attributes:
        lease: The lease.
        asked_at: When the last successful renewal was requested, by a clock that counts suspend. The request precedes
            the write, so the lease on record is at least as recent.
        lost: Whether the store refused a renewal.
    """

    lease: Lease
    asked_at: float
    lost: bool = False

    def fresh(self, now: float) -> bool:
        """Whether no other run can have taken the lease over.

        Half its time to live is a margin for clocks and for sending.
        """
        return not self.lost and now - self.asked_at < self.lease.ttl / 2

    def due(self, now: float) -> bool:
        """Whether it is time to renew."""
        return not self.lost and now - self.asked_at >= self.interval

    @property
    def interval(self) -> float:
        """Seconds from one renewal to the next."""
        return self.lease.ttl / RENEWALS
