"""The user's decisions about actions, as data: one is done, or is to run again. Pure functions; the caller commits."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from cloudwright.errors import StateError
from cloudwright.lazy_dataclass import replace
from cloudwright.schema.suggest import did_you_mean
from cloudwright.state.action_records import ActionRecord, ActionStatus
from cloudwright.state.changes import PutAction

if TYPE_CHECKING:
    from cloudwright.state.changes import StateChange
    from cloudwright.state.snapshot import Snapshot

NO_RESULT = object()
"""In place of a result that the user does not give."""


def confirm(snapshot: Snapshot, key: str, result: object = NO_RESULT) -> list[StateChange]:
    """Count the last run of an action as a success.

    Args:
        snapshot: The state.
        key: The action's key.
        result: What it would have returned, as JSON; without it the result of the last success stays.

    Raises:
        StateError: There is no such action, its last run is known to have succeeded, or its result holds secrets.
    """
    record = action_of(snapshot, key)
    if record.status is ActionStatus.DONE:
        raise StateError(f"the last run of {key} has succeeded: there is nothing to confirm")
    if result is not NO_RESULT and record.secret_result:
        raise StateError(
            f"the result of {key} contains secrets, which must not be passed on a command line",
            hint=f"run it again instead: `cloudwright actions rerun {quote(key)} FILE`",
        )
    kept = record.result if result is NO_RESULT else {"value": result}
    done = replace(record, status=ActionStatus.DONE, result=kept, succeeded_at=record.started_at, note="")
    return [PutAction(done)]


def rerun(snapshot: Snapshot, key: str) -> list[StateChange]:
    """Let the next deploy run an action again, with a new token.

    Args:
        snapshot: The state.
        key: The action's key.

    Raises:
        StateError: There is no such action.
    """
    record = action_of(snapshot, key)
    return [PutAction(replace(record, status=ActionStatus.FAILED, token="", note="another run was requested"))]


def action_of(snapshot: Snapshot, key: str) -> ActionRecord:
    """What the state records about an action.

    Args:
        snapshot: The state.
        key: The action's key.

    Raises:
        StateError: It holds no such action.
    """
    found = {record.key: record for record in snapshot.actions}
    if key in found:
        return found[key]
    near = did_you_mean(key, found)
    raise StateError(
        f"the state of {snapshot.app}/{snapshot.stage} has no action {key}"
        + (f"; did you mean {near!r}?" if near else ""),
        hint="`cloudwright actions list FILE` shows them; one that has never run is not listed",
    )
