from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cloudwright.state.cells import Batch, lines_of
from cloudwright.state.changes import PutLearned, PutRecord
from cloudwright.state.sql.sqlite import SqliteBackend
from conformance.state import ANNA, TTL, FakeClock, record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[SqliteBackend]:
    backend = SqliteBackend(tmp_path / "state.db", "shop", "dev", clock=FakeClock())
    yield backend
    backend.close()


def test_a_state_that_nobody_changed_is_not_decoded_again(backend: SqliteBackend) -> None:
    lease = backend.acquire(ANNA, TTL)
    backend.commit([Batch(lease, lines_of([PutRecord(record())]))])
    first = backend.read()
    assert backend.read() is first

    # Learned figures do not count as a change of the state: its serial stays.
    backend.commit([Batch(lease, lines_of([PutLearned({"duration": 1.0})]))])

    assert backend.read() == replace(first, learned={"duration": 1.0})
