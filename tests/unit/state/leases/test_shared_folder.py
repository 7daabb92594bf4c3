"""Which folders other machines may share, by the mounts that the system names."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudwright.state.leases import shared_folder
from cloudwright.state.leases.shared_folder import file_system, may_be_shared

MOUNTS = r"""
22 27 0:21 / /proc rw - proc proc rw
27 1 254:0 / / rw,discard master:1 shared:2 - ext4 /dev/vda rw
28 27 0:40 / /mnt/team rw - nfs4 server:/share rw
29 28 0:41 / /mnt/team/scratch rw - tmpfs scratch rw
30 27 0:42 / /mnt/my\040disk rw - xfs /dev/vdb rw
31 27 0:43 / /home rw - ext4 /dev/vdc rw
32 27 0:44 / /home rw - fuse.sshfs me@host:/home rw
""".strip()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/mnt", "ext4"),
        ("/mnt/teamwork", "ext4"),
        ("/mnt/team", "nfs4"),
        ("/mnt/team/app/.cloudwright", "nfs4"),
        ("/mnt/team/scratch/app", "tmpfs"),
        ("/mnt/my disk/app", "xfs"),
        ("/home/anna", "fuse.sshfs"),
    ],
)
def test_a_path_is_on_the_innermost_and_latest_mount_around_it(path: str, kind: str) -> None:
    assert file_system(MOUNTS, path) == kind
    assert file_system("\n".join(reversed(MOUNTS.splitlines())), path) == ("ext4" if path == "/home/anna" else kind)


def test_a_path_outside_all_mounts_is_on_none() -> None:
    assert file_system(MOUNTS.splitlines()[0], "/home") == ""


@pytest.mark.parametrize(
    ("kind", "shared"),
    [
        ("ext4", False),
        ("btrfs", False),
        ("nfs4", True),
        ("cifs", True),
        ("9p", True),
        ("virtiofs", True),
        ("new", True),
    ],
)
def test_only_what_one_machine_mounts_at_a_time_is_not_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, *, shared: bool
) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to(real)
    mounts = f"1 0 0:1 / / rw - {'nfs' if not shared else 'ext4'} / rw\n2 1 0:2 / {real} rw - {kind} / rw\n"
    monkeypatch.setattr(shared_folder, "_mounts", lambda: mounts)

    assert may_be_shared(real) is shared
    assert may_be_shared(link) is shared


def test_a_system_that_names_no_mounts_is_taken_as_a_single_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", refuse)

    assert may_be_shared(tmp_path) is False


def test_the_memory_of_this_machine_is_not_shared() -> None:
    if not Path("/proc/self/mountinfo").exists():
        pytest.skip("needs Linux")
    assert may_be_shared(Path("/dev/shm")) is False
    assert may_be_shared(Path("/proc")) is True
