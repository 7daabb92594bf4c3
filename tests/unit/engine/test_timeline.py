"""What a run remembers of its steps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cloudwright.engine.outcome import Outcome, RunNotice, Status, StepFinished, StepStarted
from cloudwright.engine.timeline import LONGEST, Recorder, last_run
from cloudwright.plan.model import Action
from render_samples import plan, step

if TYPE_CHECKING:
    from cloudwright.engine.outcome import Event
    from cloudwright.engine.timeline import Timeline

TYPE = "AWS::SNS::Topic"


def work(recorder: Recorder, key: str, begin: float, end: float, status: Status = Status.DONE) -> None:
    recorder(StepStarted(key=key, type=TYPE, action=Action.CREATE, at=begin))
    recorder(StepFinished(outcome=Outcome(key=key, type=TYPE, action=Action.CREATE, status=status), at=end))


def remembered(recorder: Recorder, **needs: tuple[str, ...]) -> Timeline:
    planned = plan(*(step(key, Action.CREATE, depends_on=keys) for key, keys in needs.items()))
    learned = json.loads(json.dumps(recorder.learned([planned], 1_000.0, 20.0)))
    found = last_run(learned)
    assert found is not None

    return found


def test_times_count_from_the_first_step() -> None:
    recorder = Recorder(lambda event: None)
    work(recorder, "a", 12.0, 13.0)
    work(recorder, "b", 13.0, 15.5, Status.FAILED)

    timeline = remembered(recorder, b=("a",))

    assert [(bar.key, bar.begin, bar.end, bar.status, bar.needs) for bar in timeline.bars] == [
        ("a", 0.0, 1.0, "done", ()),
        ("b", 1.0, 3.5, "failed", ("a",)),
    ]
    assert (timeline.at, timeline.seconds) == (992.0, 3.5)


def test_the_critical_path_is_the_chain_that_ended_last() -> None:
    recorder = Recorder(lambda event: None)
    work(recorder, "short", 0.0, 1.0)
    work(recorder, "long", 0.0, 4.0)
    work(recorder, "last", 4.0, 5.0)
    work(recorder, "aside", 0.0, 4.9)

    timeline = remembered(recorder, last=("short", "long"))

    assert [bar.key for bar in timeline.critical] == ["long", "last"]


def test_of_many_steps_the_longest_are_kept() -> None:
    recorder = Recorder(lambda event: None)
    for at in range(LONGEST + 20):
        work(recorder, f"s{at}", 0.0, 1.0 + at)

    timeline = remembered(recorder)

    assert (len(timeline.bars), timeline.left_out) == (LONGEST, 20)
    assert min(bar.end for bar in timeline.bars) == 21.0


def test_a_run_without_steps_leaves_the_last_one_remembered() -> None:
    assert Recorder(lambda event: None).learned([], 0.0, 0.0) == {}
    assert last_run({}) is None


def test_every_event_is_passed_on() -> None:
    seen: list[Event] = []
    recorder = Recorder(seen.append)
    recorder(RunNotice(text="hello", at=0.0))
    work(recorder, "a", 0.0, 1.0)

    assert [type(event).__name__ for event in seen] == ["RunNotice", "StepStarted", "StepFinished"]
