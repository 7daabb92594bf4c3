"""A secret that sings in a fleet: nothing that a fleet keeps or says may hold it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from fleet_kit import REGIONS, Fleet, account, statuses

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from cloudwright.testing import ServedCloud

CANARY = "kanarienvogel-4711"
KEEPS = """
    from cloudwright import App, secret
    from cloudwright.aws import Cognito, SSM, SecretsManager

    app = App("aviary")

    @app.program
    async def main():
        SecretsManager.Secret("kept", Name="kept", SecretString=secret.env("SONG"))
        parameter = SSM.Parameter("shown", Name="shown", Type="String", Value=secret.env("SONG"))
        key = Cognito.UserPoolClient("key", UserPoolId="eu-west-1_abc123", GenerateSecret=True)
        return {"Token": secret.env("SONG"), "Key": key.ClientSecret, "Name": parameter.Name}
"""
FAILS = """
    from cloudwright import App, secret
    from cloudwright.aws import SSM

    app = App("aviary")

    @app.program
    async def main():
        SSM.Parameter("wrong", Name="wrong", Type=secret.env("SONG"), Value="any")
"""


def singing(folder: Path, songs: set[str]) -> list[str]:
    """The files that hold a song: databases of the fleet and of the states, and whatever else is there."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path) for path in files if any(song.encode() in path.read_bytes() for song in songs)]


def test_a_fleet_keeps_and_tells_no_secret(
    fleet: Fleet,
    local_cloud_server: ServedCloud,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("SONG", CANARY)
    cloud = local_cloud_server.cloud
    cloud.put(account(1), REGIONS[0], "AWS::SSM::Parameter", {"Name": "shown", "Type": "String", "Value": "theirs"})
    fleet.targets(1)

    fleet.program(KEEPS)
    heard = [fleet.text("deploy", "infra.py", "--targets", "targets.toml", "--max-failures", "1"), fleet.text("plan")]
    heard += [fleet.text("approve"), fleet.text("worker", "--until-idle"), fleet.text("status", "--watch")]
    kept = fleet.say("status")
    fleet.program(FAILS)
    heard += [fleet.text("deploy", "infra.py", "--targets", "targets.toml", "--yes", "--max-failures", "1")]
    failed = fleet.say("status")
    heard += [str(kept), str(failed), caplog.text]

    made = {str(one.properties["ClientSecret"]) for one in cloud.resources() if "ClientSecret" in one.properties}
    assert (statuses(kept), statuses(failed)) == ({"done": 1, "failed": 1}, {"failed": 2})
    assert "2 waiting for approval" in heard[0]
    assert "(secret)" in heard[1]
    assert b"$secret" in (fleet.folder / ".cloudwright" / "fleet.db").read_bytes(), "plans are kept as plain text"
    assert len(made) == len(REGIONS)
    assert [text for text in heard if any(song in text for song in {CANARY, *made})] == []
    assert singing(fleet.folder, {CANARY, *made}) == []
