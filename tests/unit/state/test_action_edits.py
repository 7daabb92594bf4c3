"""The user's decisions about actions: done, or to be run again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudwright.errors import StateError
from cloudwright.state.action_edits import action_of, confirm, rerun
from cloudwright.state.action_records import ActionStatus
from cloudwright.state.changes import PutAction
from cloudwright.state.snapshot import Snapshot
from conformance.state import FULL_ACTION

FAILED = replace(FULL_ACTION, key="migrate", status=ActionStatus.FAILED, secret_result=False, note="it was slow")


def state(**fields: object) -> Snapshot:
    return Snapshot(app="shop", stage="dev", actions=(replace(FAILED, **fields),))  # type: ignore[arg-type]


def test_a_confirmed_action_is_done_and_keeps_its_last_result() -> None:
    [change] = confirm(state(), "migrate")

    done = replace(FAILED, status=ActionStatus.DONE, succeeded_at=FAILED.started_at, note="")
    assert change == PutAction(done)


@pytest.mark.parametrize("result", [None, 5, {"rows": 3}])
def test_an_action_is_confirmed_with_the_result_that_the_user_gives(result: object) -> None:
    [change] = confirm(state(), "migrate", result)

    assert isinstance(change, PutAction)
    assert change.action.result == {"value": result}


def test_a_result_that_holds_secrets_is_not_taken_from_a_command_line() -> None:
    with pytest.raises(StateError, match="the result of migrate contains secrets") as raised:
        confirm(state(secret_result=True), "migrate", "hunter2")

    assert "actions rerun migrate FILE" in (raised.value.hint or "")
    assert "hunter2" not in str(raised.value)
    assert confirm(state(secret_result=True), "migrate")


def test_an_action_that_has_succeeded_is_not_confirmed() -> None:
    with pytest.raises(StateError, match="the last run of migrate has succeeded"):
        confirm(state(status=ActionStatus.DONE), "migrate")


def test_another_run_has_a_new_token() -> None:
    [change] = rerun(state(status=ActionStatus.DONE), "migrate")

    assert isinstance(change, PutAction)
    assert (change.action.status, change.action.token) == (ActionStatus.FAILED, "")


def test_an_unknown_action_is_refused_with_the_nearest_name() -> None:
    assert action_of(state(), "migrate") == FAILED
    with pytest.raises(StateError, match=r"the state of shop/dev has no action migrat; did you mean 'migrate'\?\n"):
        action_of(state(), "migrat")
    with pytest.raises(StateError, match=r"has no action seed\n"):
        action_of(state(), "seed")


@pytest.mark.parametrize(
    ("once", "status", "doubtful"),
    [
        (True, ActionStatus.RUNNING, True),
        (True, ActionStatus.UNCLEAR, True),
        (True, ActionStatus.FAILED, False),
        (True, ActionStatus.DONE, False),
        (False, ActionStatus.RUNNING, False),
    ],
)
def test_only_what_may_run_once_and_may_have_run_waits_for_a_decision(
    status: ActionStatus, *, once: bool, doubtful: bool
) -> None:
    assert replace(FAILED, once=once, status=status).doubtful is doubtful
