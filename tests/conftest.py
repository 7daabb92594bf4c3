from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

import environment
from cloudwright.testing.loop import VirtualLoop
from sampling import MARK, Sampling, keep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

HERE = Path(__file__).parent

# Before any test imports it, wherever it stands.
pytest.register_assert_rewrite("conformance.state", "bad_input")

# A machine may be busy, so no example fails for the time that it took; benchmarks measure speed.
settings.register_profile("default", settings.get_profile("default"), deadline=None)
settings.load_profile("default")

VIRTUAL = {
    HERE / "scenarios",
    HERE / "catalogue",
    HERE / "acceptance" / "test_distribution_life.py",
    HERE / "acceptance" / "test_examples.py",
    HERE / "integration" / "adoption",
    HERE / "integration" / "drift",
    HERE / "integration" / "images",
    HERE / "integration" / "tracing" / "test_durations.py",
    HERE / "unit" / "engine",
}
"""Folders and files whose tests run on virtual time: what takes half an hour takes milliseconds."""


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    virtual = not VIRTUAL.isdisjoint({item.path, *item.path.parents})
    return {"virtual": VirtualLoop} if virtual else {"real": asyncio.new_event_loop}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("sampling")
    group.addoption("--whole", action="store_true", help="run all cases of the tests that are sampled by default")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARK)
    environment.clear(os.environ)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items[:], left_out = keep(items, Sampling.of(config))
    if left_out:
        config.hook.pytest_deselected(items=left_out)


@pytest.fixture(scope="session")
def sampling(pytestconfig: pytest.Config) -> Sampling:
    """How this run draws its samples, for tests that go through their cases by themselves."""
    return Sampling.of(pytestconfig)


@pytest.fixture(autouse=True)
def _programs_end_with_their_test(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A program that a test loaded in this process is not a module of the next one, which has another by that name."""
    before = set(sys.modules)
    yield
    folder = str(tmp_path_factory.getbasetemp())
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(folder):
            del sys.modules[name]
