"""The lock file of a lease: who made it, and whether that process still lives."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from cloudwright.state.leases import process_lock
from cloudwright.state.leases.process_lock import ProcessLock, abandoned, last_beat, this_boot, this_host, this_machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lock"


@pytest.fixture
def guard(path: Path) -> Iterator[ProcessLock]:
    guard = ProcessLock(path, 12.5)
    yield guard
    guard.leave()


@pytest.fixture
def hardware(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Turns this machine into one without a boot id and with a hardware address."""

    def become(address: int) -> None:
        monkeypatch.setattr(process_lock, "boot_id", lambda: None)
        monkeypatch.setattr("uuid.getnode", lambda: address)

    return become


def test_nobody_else_may_open_the_lock(guard: ProcessLock) -> None:
    assert stat.S_IMODE(guard.path.stat().st_mode) == 0o600


def test_each_heartbeat_replaces_the_one_before(guard: ProcessLock) -> None:
    before = guard.path.read_bytes()
    guard.beat(99.0)

    assert last_beat(guard.path) == 99.0
    assert len(guard.path.read_bytes()) == len(before)


def test_a_lock_is_abandoned_once_its_process_has_ended(path: Path) -> None:
    guard = ProcessLock(path, 1.0)
    assert not abandoned(path)

    guard.leave()

    assert abandoned(path)


def test_asking_does_not_take_the_lock(path: Path) -> None:
    ProcessLock(path, 1.0).leave()

    assert [abandoned(path), abandoned(path)] == [True, True]


def test_a_lock_that_somebody_removed_is_removed_without_complaint(path: Path) -> None:
    guard = ProcessLock(path, 1.0)
    path.unlink()

    guard.remove()

    assert not path.exists()


def test_only_the_machine_of_a_lock_can_say_that_it_is_abandoned(path: Path, hardware: Callable[[int], None]) -> None:
    hardware(0x020000000001)
    ProcessLock(path, 1.0).leave()
    assert abandoned(path)

    hardware(0x020000000002)

    assert not abandoned(path)


def test_a_lock_of_an_earlier_version_which_proved_nothing_is_waited_out(path: Path) -> None:
    for text in (f"{this_boot()} 12.5", f"{this_boot()} 12.5 {this_machine()}"):
        path.write_text(text)

        assert not abandoned(path)
        assert last_beat(path) == 12.5


def test_a_folder_that_grants_every_lock_never_counts_one_as_abandoned(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_lock, "_lock", lambda _: True)
    guard = ProcessLock(path, 1.0)

    assert not abandoned(path)
    guard.leave()
    assert not abandoned(path)


def test_a_lock_that_could_not_be_taken_proves_nothing_later(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(process_lock, "_lock", lambda _: False)
        guard = ProcessLock(path, 1.0)

    assert not abandoned(path)
    guard.leave()


def test_another_mount_of_the_folder_says_nothing_about_its_locks(
    guard: ProcessLock, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A mount of its own does not know of the locks that were taken through another one.
    monkeypatch.setattr(process_lock, "_lock", lambda _: True)
    monkeypatch.setattr(process_lock, "_mount_of", lambda _: "another")

    assert not abandoned(path)


def test_the_proof_that_locks_exclude_each_other_leaves_the_lock_in_place(path: Path) -> None:
    guard = ProcessLock(path, 1.0)
    held = [abandoned(path) for _ in range(3)]
    guard.leave()

    assert held == [False] * 3
    assert abandoned(path)


@pytest.mark.parametrize("text", ["", "a", "a b c", "Grüße 1.0"])
def test_a_lock_that_cannot_be_read_says_nothing(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")

    assert not abandoned(path)
    assert last_beat(path) is None


def test_a_missing_lock_says_nothing(path: Path) -> None:
    assert not abandoned(path)
    assert last_beat(path) is None


def test_a_lock_that_may_not_be_opened_counts_as_held(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ProcessLock(path, 1.0).leave()

    def refuse(*_: object) -> int:
        raise PermissionError

    monkeypatch.setattr(os, "open", refuse)

    assert not abandoned(path)


def test_a_system_without_such_locks_never_counts_one_as_abandoned(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    ProcessLock(path, 1.0).leave()

    assert not abandoned(path)


def test_the_heartbeat_of_another_boot_cannot_be_compared(guard: ProcessLock, monkeypatch: pytest.MonkeyPatch) -> None:
    assert last_beat(guard.path) == 12.5
    monkeypatch.setattr(process_lock, "boot_id", lambda: "another-boot")

    assert last_beat(guard.path) is None


def test_without_a_boot_id_every_moment_counts_as_a_boot_of_its_own(hardware: Callable[[int], None]) -> None:
    hardware(0x020000000001)

    assert this_boot() != this_boot()
    assert len(bytes.fromhex(this_boot())) >= 16


def test_a_machine_without_a_boot_id_is_known_by_its_hardware_address(hardware: Callable[[int], None]) -> None:
    hardware(0x02ABCDEF0001)

    assert this_machine() == "02abcdef0001"


@pytest.mark.parametrize("address", [0x010000000001, 0x030000000001, 0xFF0000000001])
def test_a_hardware_address_that_was_made_up_names_no_machine(hardware: Callable[[int], None], address: int) -> None:
    hardware(address)

    assert this_machine() != this_machine()
    assert len(bytes.fromhex(this_machine())) >= 16


def test_a_machine_with_a_boot_id_is_known_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_lock, "boot_id", lambda: "of-this-boot")

    assert (this_boot(), this_machine()) == ("of-this-boot", "of-this-boot")


def test_the_host_is_named_as_the_system_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert this_host() == os.uname().nodename
    monkeypatch.delattr(os, "uname")
    monkeypatch.setenv("COMPUTERNAME", "desktop")

    assert this_host() == "desktop"
