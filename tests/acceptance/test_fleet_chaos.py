"""Workers of a fleet are killed at random; `make chaos` does the same for longer, with other strikes and databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fleet_chaos import Plot, play

if TYPE_CHECKING:
    from pathlib import Path

    from cloudwright.testing import ServedCloud


@pytest.mark.local_cloud(operation_time=0.5)
def test_killed_workers_lose_nothing_and_repeat_nothing(tmp_path: Path, local_cloud_server: ServedCloud) -> None:
    outcome = play(Plot(accounts=2, workers=2, every=2, patience=90), tmp_path, local_cloud_server, database="")

    assert outcome.faults == []
