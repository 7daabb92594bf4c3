from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pages_reader import Reader
from pages_shell import PageShell, Timeline

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """Somebody with an empty folder, who follows a page."""
    for name, value in {"HOME": tmp_path, "XDG_DATA_HOME": tmp_path / ".data", "COLUMNS": 88}.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.setenv("CLOUDWRIGHT_STAGE", "dev")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    Timeline().rule(monkeypatch)
    folder = tmp_path / "images"
    folder.mkdir()
    found = Reader(PageShell(folder))
    with found.closing:
        yield found
