from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("simulation")
    group.addoption("--seeds", type=int, default=None, help="tell so many random stories, from seed 0 on")
    group.addoption("--replay", type=int, default=None, help="tell the story of one seed, with its log")
