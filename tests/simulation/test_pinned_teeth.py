"""The harness must find an engine that loses or repeats actions, or that lets answers of lookups slip."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cloudwright.app import pinned_answers
from cloudwright.app.pinned_answers import PinnedAnswers
from cloudwright.app.runtime import Runtime
from cloudwright.engine import actions as engine_actions
from cloudwright.plan import actions as plan_actions
from cloudwright.plan.actions import ActionDecision, decide_action
from cloudwright.state.action_records import ActionRecord, ActionStatus
from simulation.seeds import story_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cloudwright.plan.model import PinnedAnswer
    from cloudwright.state.snapshot import Snapshot

SEEDS = 300
"""Random stories within which each must be found."""


def sure(patch: pytest.MonkeyPatch) -> None:
    """Calls an at-most-once action again, as if it were certain that it has not run."""
    patch.setattr(ActionRecord, "doubtful", property(lambda _: False))


def sure_and_new(patch: pytest.MonkeyPatch) -> None:
    """The same under a new token, so that no service could notice."""
    sure(patch)
    patch.setattr(engine_actions.ActionRunner, "_token", lambda self, *_: self.run.services.token())


def hasty(patch: pytest.MonkeyPatch) -> None:
    """Takes the beginning of a call for its success."""
    opened = engine_actions.ActionRunner._opened

    def ended(*given: Any) -> ActionRecord:
        return replace(opened(*given), status=ActionStatus.DONE)

    patch.setattr(engine_actions.ActionRunner, "_opened", ended)


def forgetful(patch: pytest.MonkeyPatch) -> None:
    """Does not know any more what an action has not followed yet."""
    for module in (plan_actions, engine_actions):
        patch.setattr(module, "recorded_news", lambda *_: ())


def lazy(patch: pytest.MonkeyPatch) -> None:
    """Does not run what runs at every deploy."""

    def decide(subject: Any, record: ActionRecord | None, news: Any) -> ActionDecision:
        decision = decide_action(subject, record, news)
        return replace(decision, causes=tuple(one for one in decision.causes if "every deploy" not in one.text))

    for module in (plan_actions, engine_actions):
        patch.setattr(module, "decide_action", decide)


def blind(patch: pytest.MonkeyPatch) -> None:
    """Does not notice other arguments."""
    patch.setattr(plan_actions, "_changed", lambda *_: ())


def asking_again(patch: pytest.MonkeyPatch) -> None:
    """Asks in each pass."""
    begin = PinnedAnswers.begin

    def begun(self: PinnedAnswers, question: Any) -> Any:
        self._begun.clear()
        self._answers.clear()
        return begin(self, question)

    patch.setattr(PinnedAnswers, "begin", begun)


def unpinned(patch: pytest.MonkeyPatch) -> None:
    """Asks anew although a saved plan or the state has the answer."""
    lookups = Runtime.lookups

    def asking(self: Runtime, snapshot: Snapshot, **_: bool) -> PinnedAnswers:
        self.saved_answers = {}
        return lookups(self, snapshot)

    patch.setattr(Runtime, "lookups", asking)


def unshown(patch: pytest.MonkeyPatch) -> None:
    """Shows no answer that moved."""
    pinned = pinned_answers._pinned

    def same(*given: Any) -> PinnedAnswer:
        one = pinned(*given)
        return replace(one, before=one.answer) if one.recorded else one

    patch.setattr(pinned_answers, "_pinned", same)


def unrecorded(patch: pytest.MonkeyPatch) -> None:
    """Keeps no answer."""
    patch.setattr(pinned_answers, "recording", lambda *_: [])


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (sure, "ran twice for"),
        (sure_and_new, "nobody knows whether it ran before"),
        (hasty, "after []"),
        (forgetful, "ran last at"),
        (lazy, "runs at every deploy, but did not"),
        (blind, "is declared"),
        (asking_again, "was asked for twice in a run"),
        (unpinned, "but this run has its answer already"),
        (unshown, "but the plan shows"),
        (unrecorded, "the answers on record are"),
    ],
)
def test_an_engine_that_breaks_a_promise_is_found_out(
    broken: Callable[[pytest.MonkeyPatch], None], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch)

    found = (world.violations[0] for world in map(story_of, range(SEEDS)) if world.violations)

    assert any(words in violation for violation in found)
