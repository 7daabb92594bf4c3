"""What an action's record says unless it says otherwise, and what it keeps out of logs."""

from __future__ import annotations

from cloudwright.state.action_records import ActionRecord, ActionStatus
from conformance.state import TARGET


def action(**fields: object) -> ActionRecord:
    return ActionRecord(key="a", status=ActionStatus.RUNNING, once=False, target=TARGET, token="t", **fields)  # type: ignore[arg-type]


def test_a_new_action_has_never_run_and_returns_no_secret() -> None:
    assert (action().started_at, action().succeeded_at, action().secret_result) == (0.0, 0.0, False)


def test_arguments_and_results_are_kept_out_of_logs() -> None:
    assert "hunter2" not in repr(action(arguments={"a": "hunter2"}, result={"value": "hunter2"}))
