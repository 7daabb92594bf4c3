from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.seeds import story_of
from simulation.shrinking import told_short

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

    from simulation.world import World

BATCH = 25


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    replay = metafunc.config.getoption("replay", None)
    seeds = int(metafunc.config.getoption("seeds", 1000))
    batches = [range(start, min(start + BATCH, seeds)) for start in range(0, seeds, BATCH)]
    if replay is not None:
        batches = [range(int(replay), int(replay) + 1)]
    metafunc.parametrize("batch", batches, ids=lambda batch: f"{batch.start}-{batch.stop - 1}")


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
