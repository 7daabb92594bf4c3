from __future__ import annotations

import sqlite3
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cloudwright.errors import LeaseLost, LockHeld, StateCorrupt, StateTooNew, StateUnavailable
from cloudwright.state.cells import Batch, lines_of
from cloudwright.state.changes import PutEntry, PutRecord
from cloudwright.state.history import HISTORY
from cloudwright.state.leases import process_lock, shared_folder
from cloudwright.state.leases.process_lock import this_host
from cloudwright.state.snapshot import Snapshot
from cloudwright.state.sql import sqlite
from cloudwright.state.sql.sqlite import SqliteBackend
from conformance.state import ANNA, BEN, TTL, FakeClock, entry, record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cloudwright.state.changes import StateChange
    from cloudwright.state.leases.lease import Lease


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".cloudwright" / "state.db"


@pytest.fixture
def backend(path: Path) -> Iterator[SqliteBackend]:
    backend = SqliteBackend(path, "shop", "dev", clock=FakeClock())
    yield backend
    backend.close()


def write(backend: SqliteBackend, lease: Lease, *changes: StateChange) -> int | LeaseLost:
    [result] = backend.commit([Batch(lease, lines_of(changes))])
    return result


def test_reading_creates_no_file(backend: SqliteBackend, path: Path) -> None:
    backend.read()
    backend.holder()
    backend.history()
    backend.break_lease("none")

    assert not path.parent.exists()


def test_nobody_else_can_read_the_file(backend: SqliteBackend, path: Path) -> None:
    write(backend, backend.acquire(ANNA, TTL), PutRecord(record()))

    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()} == {0o600}


def test_nothing_is_left_next_to_the_file_after_a_run(backend: SqliteBackend, path: Path) -> None:
    lease = backend.acquire(ANNA, TTL)
    write(backend, lease, PutRecord(record()))
    backend.release(lease)
    backend.close()

    assert [each.name for each in path.parent.iterdir()] == ["state.db"]


def test_commits_are_written_through_to_the_disk(backend: SqliteBackend) -> None:
    backend.acquire(ANNA, TTL)
    assert backend._connection is not None

    [mode] = backend._connection.execute("PRAGMA journal_mode").fetchone()
    [synchronous] = backend._connection.execute("PRAGMA synchronous").fetchone()

    assert (mode, synchronous) == ("wal", 2)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    backend = SqliteBackend(tmp_path / "file" / "state.db", "shop", "dev")

    with pytest.raises(StateUnavailable, match=r"file/state\.db") as raised:
        backend.acquire(ANNA, TTL)

    assert "CLOUDWRIGHT_STATE" in str(raised.value.hint)


def test_a_file_that_may_only_be_read_is_named(backend: SqliteBackend, path: Path) -> None:
    backend.acquire(ANNA, TTL)
    assert backend._connection is not None
    backend._connection.execute("PRAGMA query_only = ON")

    with pytest.raises(StateUnavailable, match=r"state\.db.*readonly") as raised:
        backend.acquire(ANNA, TTL)

    assert "writable" in str(raised.value.hint)


@pytest.mark.parametrize("content", [b"", b"not a database, " * 300], ids=["empty", "text"])
def test_a_file_that_is_not_a_database_is_refused_and_kept(backend: SqliteBackend, path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)

    for call in (backend.read, lambda: backend.acquire(ANNA, TTL)):
        with pytest.raises(StateCorrupt, match=r"state\.db.*nothing was changed"):
            call()

    assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


def test_a_database_of_something_else_is_refused(backend: SqliteBackend, path: Path) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE pets (name)")
    connection.close()

    with pytest.raises(StateCorrupt, match="no cloudwright state"):
        backend.acquire(ANNA, TTL)


def test_a_damaged_database_is_refused(backend: SqliteBackend, path: Path) -> None:
    lease = backend.acquire(ANNA, TTL)
    write(backend, lease, *(PutRecord(record(f"r{number}", note="x" * 1_000)) for number in range(100)))
    backend.close()
    data = bytearray(path.read_bytes())
    data[4096 * 4 :] = b"\xff" * (len(data) - 4096 * 4)
    path.write_bytes(data)

    with pytest.raises(StateCorrupt, match=r"state\.db"):
        backend.read()

    assert path.read_bytes() == data


def test_a_newer_format_is_refused(backend: SqliteBackend, path: Path) -> None:
    backend.acquire(ANNA, TTL)
    backend.close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(StateTooNew, match=r"state\.db has format 99, this cloudwright reads up to 1") as raised:
        backend.read()

    assert "upgrade" in str(raised.value.hint)


def test_a_record_that_cannot_be_read_is_named(backend: SqliteBackend) -> None:
    write(backend, backend.acquire(ANNA, TTL), PutRecord(record("good")), PutRecord(record("bad")))
    assert backend._connection is not None
    backend._connection.execute("UPDATE cw_cell SET body = '{' WHERE name = 'bad'")

    with pytest.raises(StateCorrupt, match=r"record 'bad' \(generation 0\) in the state of shop/dev is not JSON"):
        backend.read()


def test_records_that_were_deleted_are_noticed(backend: SqliteBackend, path: Path) -> None:
    write(backend, backend.acquire(ANNA, TTL), PutRecord(record("good")))
    assert backend._connection is not None
    backend._connection.execute("DELETE FROM cw_cell")

    with pytest.raises(StateCorrupt, match="according to its history there are 1") as caught:
        backend.read()

    assert str(path) in str(caught.value)


def test_an_error_in_a_stored_record_is_named(backend: SqliteBackend) -> None:
    write(backend, backend.acquire(ANNA, TTL), PutRecord(record("bad")))
    assert backend._connection is not None
    backend._connection.execute("""UPDATE cw_cell SET body = json_set(body, '$.dirty', 'x')""")

    with pytest.raises(StateCorrupt, match=r"record 'bad' \(generation 0\) in the state of shop/dev: `dirty` is not a"):
        backend.read()


def test_a_record_without_a_member_is_an_error_with_file_and_fix(backend: SqliteBackend, path: Path) -> None:
    write(backend, backend.acquire(ANNA, TTL), PutRecord(record(key="queue")))
    assert backend._connection is not None
    backend._connection.execute("UPDATE cw_cell SET body = json_remove(body, '$.status')")

    with pytest.raises(StateCorrupt, match=r"record 'queue' .* `status` is missing; nothing was changed") as caught:
        backend.read()

    assert str(path) in str(caught.value)
    assert "cw_past" in (caught.value.hint or "")
    assert "bucket" not in str(caught.value)


def test_a_run_is_not_blocked_by_an_open_editor(
    backend: SqliteBackend, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend.release(backend.acquire(ANNA, TTL))
    backend.close()
    monkeypatch.setattr(sqlite, "FIRST_BUSY", 0.05)
    editor = sqlite3.connect(path)
    editor.execute("UPDATE cw_state SET stage = 'dev'")

    for first_write in (lambda: backend.acquire(ANNA, TTL), lambda: backend.break_lease("none")):
        with pytest.raises(StateUnavailable, match="database is locked") as caught:
            first_write()
        assert "open transaction" in (caught.value.hint or "")
    editor.close()


def test_a_run_that_holds_its_lease_waits_longer_to_write_its_results(backend: SqliteBackend) -> None:
    backend.acquire(ANNA, TTL)
    assert backend._connection is not None

    [milliseconds] = backend._connection.execute("PRAGMA busy_timeout").fetchone()

    assert milliseconds == sqlite.BUSY * 1000 > sqlite.FIRST_BUSY * 1000


def test_a_holder_that_returns_after_its_lease_leaves_no_lock_file(tmp_path: Path) -> None:
    clock = FakeClock()
    backend = SqliteBackend(tmp_path / "state.db", "shop", "dev", clock=clock)
    backend.acquire(ANNA, TTL)
    clock.advance(TTL + 1)
    lease = backend.acquire(ANNA, TTL)
    backend.release(lease)
    backend.close()

    assert [each.name for each in tmp_path.iterdir()] == ["state.db"]


@pytest.mark.parametrize("seconds", [-7_200, 7_200])
def test_setting_the_clock_neither_frees_a_lease_nor_keeps_one_forever(path: Path, seconds: float) -> None:
    here, clock = replace(ANNA, host=this_host()), FakeClock()
    first, second = (SqliteBackend(path, "shop", "dev", clock=clock) for _ in range(2))
    lease = first.acquire(here, TTL)
    clock.wall += seconds

    with pytest.raises(LockHeld) as raised:
        second.acquire(here, TTL)
    assert f"frees itself in {0 if seconds > 0 else TTL:.0f} s" in str(raised.value)
    clock.advance(TTL - 1)
    assert first.renew(lease)
    clock.advance(TTL - 1)
    with pytest.raises(LockHeld):
        second.acquire(here, TTL)
    clock.advance(1)
    assert second.acquire(here, TTL).fence == lease.fence + 1
    first.close()
    second.close()


def test_a_heartbeat_from_before_a_reboot_proves_nothing(path: Path) -> None:
    clock = FakeClock()
    first, second = (SqliteBackend(path, "shop", "dev", clock=clock) for _ in range(2))
    lease = first.acquire(replace(ANNA, host=this_host()), TTL)
    first._guard_path(lease).write_text("another-boot 0000000009999999.000")
    clock.advance(TTL + 1)

    assert second.acquire(BEN, TTL).fence == lease.fence + 1
    first.close()
    second.close()


def test_a_file_that_was_removed_under_a_run_is_noticed(backend: SqliteBackend, path: Path) -> None:
    lease = backend.acquire(ANNA, TTL)
    path.unlink()

    with pytest.raises(StateUnavailable, match="removed or replaced"):
        write(backend, lease, PutRecord(record()))


def test_a_state_restored_from_a_backup_refuses_leases_taken_after_it(backend: SqliteBackend, path: Path) -> None:
    first = backend.acquire(ANNA, TTL)
    backend.release(first)
    backend.close()
    backup = path.read_bytes()
    lease = backend.acquire(ANNA, TTL)
    write(backend, lease, PutEntry(entry()))
    backend.close()
    path.write_bytes(backup)

    assert isinstance(write(backend, lease, PutRecord(record())), LeaseLost)
    assert backend.acquire(BEN, TTL).id != lease.id
    assert backend.read() == Snapshot(app="shop", stage="dev")


def test_history_is_forgotten_after_a_while(backend: SqliteBackend) -> None:
    lease = backend.acquire(ANNA, TTL)
    batches = [Batch(lease, lines_of([PutRecord(record(note=str(number)))])) for number in range(HISTORY + 5)]
    backend.commit(batches)

    history = backend.history()

    assert (len(history), history[0].serial) == (HISTORY, 6)


def test_a_folder_that_does_not_exist_yet_is_made_with_its_parents(tmp_path: Path) -> None:
    backend = SqliteBackend(tmp_path / "a" / "b" / "state.db", "shop", "dev", clock=FakeClock())
    backend.prepare()
    made = backend._path.stat().st_ino
    backend.prepare()

    assert backend._path.stat().st_ino == made
    backend.close()


def test_another_stage_of_the_file_is_empty(backend: SqliteBackend, path: Path) -> None:
    write(backend, backend.acquire(ANNA, TTL), PutRecord(record()))
    other = SqliteBackend(path, "shop", "prod", clock=FakeClock())

    assert other.read() == Snapshot(app="shop", stage="prod")
    other.close()


def test_releasing_the_lease_of_another_run_keeps_ones_own_lock(backend: SqliteBackend, path: Path) -> None:
    lease = backend.acquire(ANNA, TTL)
    backend.release(replace(lease, id="of-another-run"))
    other = SqliteBackend(path, "shop", "dev", clock=FakeClock())
    other.release(replace(lease, id="of-another-run"))

    assert backend._guard_path(lease).exists()
    assert backend.holder() == lease
    other.close()


def test_the_next_run_on_this_machine_does_not_wait_for_a_dead_one(backend: SqliteBackend, path: Path) -> None:
    here = replace(ANNA, host=this_host())
    backend.acquire(here, TTL)
    other = SqliteBackend(path, "shop", "dev", clock=FakeClock())

    with pytest.raises(LockHeld):
        other.acquire(BEN, TTL)
    backend.close()
    lease = other.acquire(BEN, TTL)

    assert other.holder() == lease
    other.release(lease)
    other.close()
    assert [each.name for each in path.parent.iterdir()] == ["state.db"]


@pytest.mark.parametrize("named", [True, False], ids=["with a boot id", "with a hardware address"])
def test_a_live_lease_of_a_machine_with_the_same_name_is_not_taken_on_a_folder_without_locks(
    backend: SqliteBackend, path: Path, monkeypatch: pytest.MonkeyPatch, *, named: bool
) -> None:
    def machine(number: int) -> None:
        monkeypatch.setattr(process_lock, "boot_id", lambda: f"boot-{number}" if named else None)
        monkeypatch.setattr("uuid.getnode", lambda: 0x020000000000 + number)

    # Such a folder grants every lock.
    monkeypatch.setattr(process_lock, "_lock", lambda _: True)
    here, clock = replace(ANNA, host=this_host()), FakeClock()
    machine(1)
    lease = backend.acquire(here, TTL)
    machine(2)
    other = SqliteBackend(path, "shop", "dev", clock=clock)

    with pytest.raises(LockHeld):
        other.acquire(here, TTL)

    machine(1)
    assert backend.renew(lease)
    again = SqliteBackend(path, "shop", "dev", clock=clock)
    with pytest.raises(LockHeld):
        again.acquire(here, TTL)
    clock.advance(TTL)
    assert again.acquire(here, TTL).fence == lease.fence + 1
    other.close()
    again.close()


def on_a_network(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the system say that a folder is mounted from a server."""
    mounts = f"27 1 254:0 / / rw - ext4 /dev/vda rw\n28 27 0:40 / {folder} rw - nfs4 server:/share rw\n"
    monkeypatch.setattr(shared_folder, "_mounts", lambda: mounts)


@pytest.mark.parametrize("uptime", [1_000.0, 5_000.0, 90_000.0], ids=["later", "together", "earlier"])
def test_a_live_lease_is_not_taken_by_a_copy_of_the_machine_with_the_same_boot_id(
    backend: SqliteBackend, path: Path, monkeypatch: pytest.MonkeyPatch, uptime: float
) -> None:
    """Machines that were resumed from one snapshot of memory share name, boot id and mount, but not uptime or locks."""
    on_a_network(path.parent, monkeypatch)
    here, clock = replace(ANNA, host=this_host()), FakeClock(uptime=uptime)
    lease = backend.acquire(here, TTL)
    monkeypatch.setattr(process_lock, "_lock", lambda _: True)
    copied = SqliteBackend(path, "shop", "dev", clock=clock)

    clock.advance(TTL - 1)
    assert copied.live_lease() == lease
    with pytest.raises(LockHeld):
        copied.acquire(here, TTL)
    copied.close()


@pytest.mark.parametrize("uptime", [1_000.0, 90_000.0])
def test_a_dead_lease_of_a_copied_machine_is_free_once_it_has_expired(
    backend: SqliteBackend, path: Path, monkeypatch: pytest.MonkeyPatch, uptime: float
) -> None:
    on_a_network(path.parent, monkeypatch)
    here, clock = replace(ANNA, host=this_host()), FakeClock(uptime=uptime)
    lease = backend.acquire(here, TTL)
    copied = SqliteBackend(path, "shop", "dev", clock=clock)

    clock.advance(TTL)

    assert copied.acquire(here, TTL).fence == lease.fence + 1
    copied.close()


def test_setting_the_clock_does_not_free_a_lease_on_a_network_folder(
    backend: SqliteBackend, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_a_network(path.parent, monkeypatch)
    here, clock = replace(ANNA, host=this_host()), FakeClock()
    lease = backend.acquire(here, TTL)
    other = SqliteBackend(path, "shop", "dev", clock=clock)
    clock.wall += 2 * TTL

    assert other.live_lease() == lease
    clock.advance(TTL)
    assert other.live_lease() is None
    other.close()


def test_a_heartbeat_from_the_future_of_this_machine_does_not_keep_a_lease_forever(path: Path) -> None:
    """A machine was set back to a snapshot of its memory, while the file is on a disk that stayed as it was."""
    here, before, clock = replace(ANNA, host=this_host()), FakeClock(uptime=90_000.0), FakeClock()
    first, second = (SqliteBackend(path, "shop", "dev", clock=each) for each in (before, clock))
    lease = first.acquire(here, TTL)

    clock.advance(TTL - 1)
    assert second.live_lease() == lease
    clock.advance(1)
    assert second.live_lease() is None
    first.close()
    second.close()


def test_a_dead_run_on_another_machine_keeps_its_lease_until_it_expires(backend: SqliteBackend, path: Path) -> None:
    backend.acquire(ANNA, TTL)
    backend.close()

    with pytest.raises(LockHeld):
        backend.acquire(BEN, TTL)


def test_the_cost_of_a_commit_does_not_grow_with_the_state(backend: SqliteBackend) -> None:
    def steps(*changes: StateChange) -> int:
        counted = 0

        def count() -> int:
            nonlocal counted
            counted += 1
            return 0

        assert backend._connection is not None
        backend._connection.set_progress_handler(count, 1)
        write(backend, lease, *changes)
        backend._connection.set_progress_handler(None, 0)
        return counted

    lease = backend.acquire(ANNA, TTL)
    write(backend, lease, PutRecord(record("a")))
    small = steps(PutRecord(record("a", note="1")))
    write(backend, lease, *(PutRecord(record(f"r{number}")) for number in range(2_000)))

    assert steps(PutRecord(record("a", note="2"))) <= small * 1.1
