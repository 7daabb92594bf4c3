from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from cloudwright.errors import StateUnavailable
from cloudwright.os_errors import hint_for, machine_error

SAID = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space",
    errno.EACCES: "let this user read and write",
    errno.EPERM: "let this user read and write",
    errno.EROFS: "is mounted read-only: work in a copy",
    errno.EMFILE: "ulimit -n",
    errno.ENFILE: "ulimit -n",
    errno.EFBIG: "ulimit -f",
    errno.EISDIR: "is a folder",
    errno.ENOENT: "make the folder",
    errno.EIO: "check",
    errno.ELOOP: "check",
}


@pytest.mark.parametrize("number", SAID)
def test_each_refusal_of_the_machine_has_its_way_out(number: int) -> None:
    error = machine_error(OSError(number, os.strerror(number), "/a/b"), "b can't be written", StateUnavailable)

    assert error.message == f"b can't be written: {os.strerror(number)}"
    assert error.hint is not None
    assert SAID[number] in error.hint
    assert isinstance(error, StateUnavailable)


def test_the_obstacle_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert str(tmp_path / "file") + " is in the way" in hint_for(errno.ENOTDIR, tmp_path / "file" / "a" / "b")


def test_a_missing_file_in_an_existing_folder_is_not_called_a_missing_folder(tmp_path: Path) -> None:
    assert hint_for(errno.ENOENT, tmp_path / "plan.json") == f"name another file: there is no {tmp_path / 'plan.json'}"


def test_another_place_may_be_the_way_out() -> None:
    error = machine_error(PermissionError(errno.EACCES, "no"), "x", path=Path("/a"), elsewhere="name another file")

    assert (error.hint or "").endswith("; or name another file")
