"""A failing story is made small by itself, and what is left is a test that can be pasted."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import pytest

from simulation.faults import Strike
from simulation.recording import tale_of
from simulation.shrinking import PASSES, shrunk, signature, told_short
from simulation.tales import Act, Storm, Tale, Wait, as_test, retell
from simulation.test_teeth import Forgetful

if TYPE_CHECKING:
    from pathlib import Path

FAILING = 8
"""A seed whose story fails on a machine that keeps no journal."""


def loaded(text: str, folder: Path) -> Any:
    """The module that a printed test is."""
    path = folder / "test_pasted.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location("test_pasted", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("seed", [3, 6, FAILING, 17, 40, 42])
def test_a_tale_replays_its_story(seed: int) -> None:
    tale, world = tale_of(seed)

    told = retell(tale)

    assert told.violations == world.violations == []
    assert len(told.cloud.calls) == len(world.cloud.calls)
    assert [step for step in tale.steps if isinstance(step, Act)]


def test_no_smaller_tale_sleeps_where_nobody_wakes_the_machine() -> None:
    storm = Storm(strikes=((3, Strike.SLEEP), (9, Strike.KILL)))
    tale = Tale((Act("asleep", storm=storm, before=30.0, after=600.0),))

    acts = [step for simplify in PASSES for smaller in simplify(tale) for step in smaller.steps]

    awake = [act for act in acts if isinstance(act, Act) and act.verb != "asleep"]
    assert awake
    assert not any(Strike.SLEEP in dict(act.storm.strikes).values() for act in awake)


def test_a_failing_story_is_made_as_small_as_it_can_be(tmp_path: Path) -> None:
    tale, world = tale_of(FAILING, Forgetful)
    small = shrunk(tale, Forgetful)

    (act,) = small.steps
    assert isinstance(act, Act)
    assert len(tale.steps) > 1
    assert (act.verb, len(act.drafts)) == ("deploy", 1)
    assert len(act.storm.strikes) <= 2
    assert (act.storm.fates, act.storm.pauses, len(act.faults)) == ((), (), 0)
    assert signature(retell(small, Forgetful)) == signature(world)

    pasted = loaded(as_test(small, world.violations[0]), tmp_path)
    assert small == pasted.TALE
    pasted.test_a_story_that_once_failed()


def test_every_part_of_a_tale_can_be_written(tmp_path: Path) -> None:
    wordy = (tale for tale in (tale_of(seed)[0] for seed in range(40)) if len(tale.steps) > 5)
    tale = next(wordy)

    assert loaded(as_test(tale, 'with a "word"'), tmp_path).TALE == tale


def test_a_sound_story_has_nothing_to_shrink() -> None:
    tale = Tale((Wait(5.0), Act("destroy", storm=Storm(strikes=((0, Strike.KILL),)))))

    assert shrunk(tale) is tale
    assert told_short(3).startswith("The tale of seed 3 does not fail")
