"""What the state records about one action: what ran, how that ended, and what it returned."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.target import Target


class ActionStatus(StrEnum):
    """How the last run of an action ended, as far as is known."""

    RUNNING = "running"
    """It was called, and nothing says how that ended: it runs now, or its process died."""

    DONE = "done"
    """It returned."""

    FAILED = "failed"
    """It did not complete, and may be called again."""

    UNCLEAR = "unclear"
    """It may be called once only, and raised: it may have done its work or a part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRecord:
    """What the state records about one action: a journal entry while it runs, then its result.

    Attributes:
        key: Scope path and id.
        status: How the last run ended.
        once: Whether the program declared it as at-most-once when it was called.
        target: Account and Region that it was called for.
        token: Random, written before the call; the same one until a run for the same cause has succeeded.
        arguments: What it was called with (references resolved, secrets as fingerprints).
        followed: Key -> what identified the latest change of what it follows, when it was called.
        result: `value`: what its last success returned, with secrets sealed; empty if there is none.
        started_at: When the last run was called, seconds since the epoch.
        succeeded_at: When the last success ended; 0 before the first one.
        secret_result: Whether what it returns holds secrets.
        note: Why the last run did not complete, for messages.
    """

    key: str
    status: ActionStatus
    once: bool
    target: Target
    token: str
    arguments: Mapping[str, object] = field(default_factory=dict, repr=False)
    followed: Mapping[str, object] = field(default_factory=dict)
    result: Mapping[str, object] = field(default_factory=dict, repr=False)
    started_at: float = 0.0
    succeeded_at: float = 0.0
    secret_result: bool = False
    note: str = ""

    @property
    def doubtful(self) -> bool:
        """Whether it may have run, must not run twice, and so waits for the user's decision."""
        return self.once and self.status in {ActionStatus.RUNNING, ActionStatus.UNCLEAR}
