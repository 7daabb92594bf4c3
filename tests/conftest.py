from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from cloudwright.testing.loop import VirtualLoop

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pytest

HERE = Path(__file__).parent

VIRTUAL = {
    HERE / "scenarios",
    HERE / "catalogue",
    HERE / "acceptance" / "test_distribution_life.py",
    HERE / "acceptance" / "test_examples.py",
    HERE / "integration" / "adoption",
    HERE / "integration" / "drift",
}
"""Folders and files whose tests run on virtual time: what takes half an hour takes milliseconds."""


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    virtual = not VIRTUAL.isdisjoint({item.path, *item.path.parents})
    return {"virtual": VirtualLoop} if virtual else {"real": asyncio.new_event_loop}
