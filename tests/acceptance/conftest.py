from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app_kit import World

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command does on a CI machine is tested where it is said; the tests run on such machines, too."""
    monkeypatch.delenv("CI", raising=False)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)
