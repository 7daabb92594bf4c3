from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent_kit import Desk
from shell_kit import Shell

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    folder = tmp_path / "infra"
    folder.mkdir()
    state = str(tmp_path / "state-home")
    return Desk(Shell(folder, {"XDG_STATE_HOME": state}), folder)
