from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.cli.root import run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SEEN = [
    "3 create, 0 unchanged",
    "killed with 3 creates in progress",
    # The requests may have ended before the next deploy reads them, or end while it waits.
    "create of web: recorded as live|3 resume, 0 unchanged",
    "0 changes, 3 unchanged",
    "ok: 0 changes",
    "0 calls",
    "ok: 3 updated",
    "- Distributions/0/AmiDistributionConfiguration/LaunchPermissionConfiguration/UserIds",
    "ok: 1 updated",
    "AMIs made",
    "ok: 3 deleted",
]
"""What the demo shows, in this order; regular expressions."""


def test_the_demo_shows_what_it_announces(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["demo", "--keep", str(tmp_path / "kept")])
    shown = capsys.readouterr().out

    assert code == 0, shown
    place = 0
    for text in SEEN:
        found = re.compile(text).search(shown, place)
        assert found, f"{text!r} is missing, or too early, in:\n{shown}"
        place = found.start()
    assert "error" not in shown, "the demo's own program has findings"
    assert (tmp_path / "kept" / "infra.py").is_file()


def test_a_folder_that_exists_is_never_written_into(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["demo", "--keep", str(tmp_path)])

    assert code == 1
    assert "name a folder that does not exist yet" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
