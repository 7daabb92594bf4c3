"""What changes of a state keep out of logs."""

from __future__ import annotations

from cloudwright.state.changes import PutLookups, PutOutputs, PutSealing


def test_outputs_keys_and_answers_are_kept_out_of_logs() -> None:
    for change in (PutOutputs({"a": "hunter2"}), PutSealing({"a": "hunter2"}), PutLookups({"a": "hunter2"})):
        assert "hunter2" not in repr(change)
