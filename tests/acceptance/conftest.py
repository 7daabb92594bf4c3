from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app_kit import World
from cloudwright.state.sealing.keys import PassphraseKeys
from fleet_kit import Fleet
from fork_server import CHEAP

if TYPE_CHECKING:
    from pathlib import Path

    from cloudwright.testing import ServedCloud


@pytest.fixture(autouse=True)
def _cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key of a passphrase costs half a second by design; what it costs is in its id, so that any command reads it."""
    monkeypatch.setattr(PassphraseKeys.__init__, "__kwdefaults__", CHEAP)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def fleet(
    tmp_path: Path,
    local_cloud_server: ServedCloud,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Fleet:
    return Fleet(tmp_path, local_cloud_server.url, monkeypatch, capsys)
