"""A secret that sings in shared stores: no byte of S3 or PostgreSQL may hold it, in any version, file or log."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cloudwright.cli.root import run
from conformance import postgres_server, s3_server
from fleet_kit import Fleet, account, statuses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cloudwright.testing import ServedCloud

CANARY = "kanarienvogel-4711"
PHRASES = ("zeisig-im-gebuesch", "stieglitz-am-bach")
SHOWN = "wellensittich"
"""In clear on purpose, so that a search that finds nothing is proved to look in the right places."""

BUCKET = "aviary-states"
PROGRAM = """
    import os
    from cloudwright import App, secret
    from cloudwright.aws import Cognito, SSM, SecretsManager

    app = App("aviary", stage="prod")

    @app.program
    async def main():
        SecretsManager.Secret("kept", Name="wellensittich", SecretString=secret.env("SONG"))
        SSM.Parameter("shown", Name="shown", Type="String", Value=secret.env("SONG"), replace_on=[secret.env("SEED")])
        key = Cognito.UserPoolClient("key", UserPoolId="eu-west-1_abc123", GenerateSecret=True)
        SecretsManager.Secret("again", Name="again", SecretString=key.ClientSecret)
        if os.environ.get("FAIL"):
            SSM.Parameter("taken", Name="taken", Type="String", Value=secret.env("SONG"))
        return {"Token": secret.env("SONG"), "Key": key.ClientSecret}
"""


@dataclass
class Cage:
    """A store that teams share.

    Attributes:
        raw: Every byte that it keeps.
        depth: A place that a search must come to.
    """

    address: str
    raw: Callable[[], Iterator[tuple[str, bytes]]]
    depth: str

    def singing(self, songs: set[str]) -> list[str]:
        """Where one of the songs is heard."""
        return [name for name, body in self.raw() if any(song.encode() in body for song in songs)]


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cage]:
    with s3_server.running() as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
        yield Cage(f"s3://{BUCKET}/states", lambda: versions(s3_server.client(endpoint)), "segments/")


def versions(client: Any) -> Iterator[tuple[str, bytes]]:
    """Every version of every object, and what is kept beside the bodies."""
    for page in client.get_paginator("list_object_versions").paginate(Bucket=BUCKET):
        yield "the listing", str(page).encode()
        for each in page.get("Versions", ()):
            found = client.get_object(Bucket=BUCKET, Key=each["Key"], VersionId=each["VersionId"])
            yield f"{each['Key']} {each['VersionId']}", found["Body"].read() + str(found).encode()


@pytest.fixture
def postgres() -> Iterator[Cage]:
    if not postgres_server.available() and not postgres_server.REQUIRED:
        pytest.skip("PostgreSQL is not installed")
    with postgres_server.running() as url:
        yield Cage(url, lambda: database(url), "pg_wal/")


def database(url: str) -> Iterator[tuple[str, bytes]]:
    """All rows as a dump has them, and the server's files once they are written: tables and write-ahead log, too."""
    dump = str(postgres_server.FOLDERS[-1] / "pg_dumpall")
    reported = subprocess.run([dump, "--dbname", url], check=True, capture_output=True)
    yield "pg_dumpall", reported.stdout
    subprocess.run(
        [str(postgres_server.FOLDERS[-1] / "psql"), url, "-qc", "CHECKPOINT"], check=True, capture_output=True
    )
    folder = Path(parse_qs(urlsplit(url).query)["host"][0])
    for path in folder.rglob("*"):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()


@pytest.fixture(params=["s3", "postgres"])
def cage(request: pytest.FixtureRequest, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> Cage:
    # After `fleet`, which forgets what the environment says.
    cage: Cage = request.getfixturevalue(request.param)
    monkeypatch.setenv("CLOUDWRIGHT_STATE", cage.address)
    if request.param == "postgres":
        monkeypatch.setenv("CLOUDWRIGHT_FLEET", cage.address)
    monkeypatch.setenv("CLOUDWRIGHT_PASSPHRASE", PHRASES[0])
    monkeypatch.setenv("SONG", CANARY)
    monkeypatch.setenv("SEED", f"{CANARY}-seed")
    return cage


def test_a_shared_store_keeps_no_secret(
    cage: Cage,
    fleet: Fleet,
    local_cloud_server: ServedCloud,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    heard: list[str] = []

    def command(*words: str) -> int:
        capsys.readouterr()
        code = run([*words])
        heard.append("".join(capsys.readouterr()))
        return code

    cloud = local_cloud_server.cloud
    fleet.program(PROGRAM)
    assert command("state", "init", "--yes") == 0
    assert command("plan", "-o", "saved.plan") == 0
    assert command("deploy", "--plan", "saved.plan", "--yes") == 0
    monkeypatch.setenv("SONG", f"{CANARY}-2")
    assert command("deploy", "--yes") == 0
    cloud.put(account(999), "us-east-1", "AWS::SSM::Parameter", {"Name": "taken", "Type": "String", "Value": "theirs"})
    monkeypatch.setenv("FAIL", "1")
    assert command("deploy", "--yes") == 1
    monkeypatch.delenv("FAIL")
    monkeypatch.setenv("CLOUDWRIGHT_NEW_PASSPHRASE", PHRASES[1])
    assert command("secrets", "rotate", "--yes") == 0
    monkeypatch.setenv("CLOUDWRIGHT_PASSPHRASE", PHRASES[1])
    for words in (
        ["deploy", "--yes"],
        ["outputs"],
        ["state", "pull", "-o", "pulled.json"],
        ["state", "export", "--json"],
    ):
        assert command(*words) == 0
    assert command("report", "-o", "report.html") == 0

    fleet.targets(1)
    heard.append(fleet.text("deploy", "infra.py", "--targets", "targets.toml", "--yes"))
    assert statuses(fleet.say("status")) == {"done": 2}
    assert command("destroy", "--yes") == 0

    made = {str(one.properties["ClientSecret"]) for one in cloud.resources() if "ClientSecret" in one.properties}
    songs = {CANARY, *PHRASES, *made}
    assert len(made) == 2
    assert any(cage.depth in name for name in cage.singing({SHOWN})), "the search has no teeth"
    assert cage.singing(songs) == []
    assert [text for text in heard if any(song in text for song in songs)] == []
    files = [path for path in fleet.folder.rglob("*") if path.is_file() and not os.access(path, os.X_OK)]
    assert [path for path in files if any(song.encode() in path.read_bytes() for song in songs)] == []
