"""The default store under real processes: killed at any moment, and many at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from cloudwright.errors import LockHeld
from cloudwright.state.sql.sqlite import SqliteBackend, SqliteStore
from conformance.state import BEN

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import asyncio, os, sys
sys.path[:] = sys.argv[3:]
from cloudwright.errors import LockHeld
from cloudwright.state.changes import PutEntry, PutRecord
from cloudwright.state.leases.lease import Holder
from cloudwright.state.records import Record
from cloudwright.state.leases.process_lock import this_host
from cloudwright.state.sql.sqlite import SqliteStore
from cloudwright.target import Target
from conformance.state import entry, record

name, path = sys.argv[1:3]
holder = Holder(user="anna", host=this_host(), pid=os.getpid(), command="test", since=0.0)


async def commit_forever():
    store = SqliteStore(path, "shop", "dev")
    lease = await store.acquire(holder, ttl=60.0)
    for number in range(1_000_000):
        serial = await store.commit(lease, [PutRecord(record(f"a{number}")), PutRecord(record(f"b{number}"))])
        print(serial, flush=True)


async def commit_once():
    store = SqliteStore(path, "shop", "dev")
    while True:
        try:
            lease = await store.acquire(holder, ttl=60.0)
            break
        except LockHeld:
            await asyncio.sleep(0.005)
    snapshot = await store.read()
    await store.commit(lease, [PutRecord(record(name, note=str(len(snapshot.records))))])
    await store.release(lease)
    await store.close()

asyncio.run(commit_forever() if name == "forever" else commit_once())
"""


def start(name: str, path: Path) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", PROGRAM, name, str(path), *sys.path]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("commits", [1, 7])
async def test_what_a_killed_process_had_committed_stays(tmp_path: Path, commits: int) -> None:
    path = tmp_path / "state.db"
    with start("forever", path) as process:
        assert process.stdout is not None
        for _ in range(commits):
            process.stdout.readline()
        # While it lives, nobody else gets in, whatever the clock says about its lease.
        with closing(SqliteBackend(path, "shop", "dev")) as other, pytest.raises(LockHeld):
            other.acquire(BEN, 60.0)
        os.kill(process.pid, signal.SIGKILL)
        acknowledged = commits + len(process.stdout.readlines())

    store = SqliteStore(path, "shop", "dev")
    lease = await store.acquire(BEN, ttl=60.0)
    snapshot = await store.read()
    await store.release(lease)
    await store.close()

    # One more may have been written whose answer the process did not live to tell; none is there by half.
    assert snapshot.serial in {acknowledged, acknowledged + 1}
    assert len(snapshot.records) == 2 * snapshot.serial


def test_runs_in_many_processes_come_one_after_another(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    processes = [start(f"r{number}", path) for number in range(4)]

    assert [process.wait(60) for process in processes] == [0] * 4
    for process in processes:
        assert process.stdout is not None
        process.stdout.close()
    with closing(SqliteBackend(path, "shop", "dev")) as backend:
        snapshot = backend.read()
    assert snapshot.serial == 4
    assert sorted(record.note for record in snapshot.records) == ["0", "1", "2", "3"]
