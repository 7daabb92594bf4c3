from __future__ import annotations

from typing import TYPE_CHECKING

from sampling import Sampling
from simulation.seeds import story_of
from simulation.shrinking import told_short

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

    from simulation.world import World

BATCH = 25

KNOWN = 1000
"""How many stories CI tells; they begin with seed 0, so that a run of the tests fails by what was changed alone."""

ONE_IN = 5
"""How many batches of them one stands for, unless the run is a whole one."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    metafunc.parametrize("batch", batches(metafunc.config), ids=lambda batch: f"{batch.start}-{batch.stop - 1}")


def batches(config: pytest.Config) -> list[range]:
    replay, seeds = config.getoption("replay", None), config.getoption("seeds", None)
    if replay is not None:
        return [range(int(replay), int(replay) + 1)]
    every = [range(start, min(start + BATCH, seeds or KNOWN)) for start in range(0, seeds or KNOWN, BATCH)]
    return every if seeds else Sampling.of(config).take(every, ONE_IN, "seeds")


def test_random_stories_lose_and_duplicate_nothing(batch: range) -> None:
    failed = {seed: world for seed in batch if (world := story_of(seed)).violations}

    assert not failed, told(failed)


def told(failed: Mapping[int, World]) -> str:
    """What went wrong, with the command that tells the story again."""
    lines = []
    for seed, world in failed.items():
        lines.append(f"seed {seed}: {world.violations[0]}")
        lines.append(f"  replay it: .venv/bin/pytest tests/simulation/test_seeds.py --replay {seed}")
    seed = min(failed, key=lambda each: len(failed[each].log))
    return "\n".join([*lines, f"the story of seed {seed}:", *failed[seed].log, "as a test:", told_short(seed)])
