"""What a journal entry says unless it says otherwise, and what it keeps out of logs."""

from __future__ import annotations

from conformance.state import entry


def test_a_new_entry_is_the_first_attempt_and_knows_nothing_of_an_answer() -> None:
    made = entry()

    assert not made.awaited
    assert (made.attempt, made.created_at, made.requested_at, made.request_token) == (0, 0.0, None, None)


def test_the_body_of_a_request_is_kept_out_of_logs() -> None:
    assert "hunter2" not in repr(entry(body="hunter2"))
