from __future__ import annotations

from cloudwright.plan.decision import _weigh
from cloudwright.plan.model import Action
from dead_runs import record


def test_a_dirty_record_that_was_not_read_is_never_unchanged() -> None:
    dirty = record(identifier="one", dirty=("/DisplayName",))

    assert _weigh((), dirty, None).action is Action.UPDATE
    assert _weigh((), dirty, {"TopicName": "a"}).action is Action.NONE
    assert _weigh((), record(identifier="one"), None).action is Action.NONE
