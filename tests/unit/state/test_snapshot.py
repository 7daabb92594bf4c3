"""What a state says unless it says otherwise, and what it keeps out of logs."""

from __future__ import annotations

from cloudwright.state.snapshot import Snapshot


def test_a_new_state_has_counted_no_commit() -> None:
    assert Snapshot(app="shop", stage="dev").serial == 0


def test_outputs_keys_and_answers_are_kept_out_of_logs() -> None:
    secret = {"a": "hunter2"}

    assert "hunter2" not in repr(Snapshot(app="shop", stage="dev", outputs=secret, sealing=secret, lookups=secret))
