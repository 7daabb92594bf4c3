"""A state that a team shares, from `state init` on: S3 and PostgreSQL over their own protocols, the cloud over HTTP."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from dataclasses import dataclass
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.cli import approval
from cloudwright.cli.root import run
from cloudwright.state.leases.lease import Holder
from cloudwright.state.s3.backend import S3Store
from cloudwright.state.s3.objects import S3Objects
from conformance import postgres_server, s3_server
from json_output import read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cloudwright.testing import ServedCloud

PROGRAM = """
    from cloudwright import App
    from cloudwright.aws import SNS

    app = App("demo", stage="prod")

    @app.program
    async def main():
        return {"Arn": SNS.Topic("first", TopicName="first-topic").TopicArn}
"""
READER = """
    from cloudwright import App, outputs
    from cloudwright.aws import SSM

    app = App("reader", stage="prod")

    @app.program
    async def main():
        demo = await outputs("demo", stage="prod"STATE)
        SSM.Parameter("p", Name="/topic", Type="String", Value=demo["Arn"])
"""
LEASE_SECONDS = 600.0


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with s3_server.running() as address:
        yield address


@dataclass
class Desk:
    """Somebody's folder with a program, before a cloud and an object store; commands run in this process."""

    folder: Path
    client: Any
    bucket: str
    capture: pytest.CaptureFixture[str]

    @property
    def place(self) -> str:
        return f"s3://{self.bucket}/states"

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(dedent(text), "utf-8")

    def __call__(self, *words: str) -> tuple[int, str]:
        """The exit code, and all that was printed."""
        self.capture.readouterr()
        code = run([*words])
        printed = self.capture.readouterr()
        return code, printed.out + printed.err

    def keys(self, place: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        with monkeypatch.context() as settings:
            settings.setenv("CLOUDWRIGHT_STATE", place)
            _, printed = self("state", "list", "--json")
        lines = read_lines(printed)
        return [line["key"] for line in lines if line["type"] == "record"]


@pytest.fixture
def desk(
    tmp_path: Path,
    endpoint: str,
    local_cloud_server: ServedCloud,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Desk:
    client, bucket = s3_server.client(endpoint), f"team-{secrets.token_hex(6)}"
    desk = Desk(tmp_path, client, bucket, capsys)
    desk.write("infra.py", PROGRAM)
    monkeypatch.chdir(tmp_path)
    settings = {
        "AWS_ENDPOINT_URL": local_cloud_server.url,
        "AWS_ENDPOINT_URL_S3": endpoint,
        "AWS_ACCESS_KEY_ID": "111122223333",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_REGION": "us-east-1",
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "CLOUDWRIGHT_STATE": desk.place,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return desk


def test_a_bucket_is_made_after_asking_and_holds_the_state_of_a_whole_life(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = desk("deploy", "--yes")
    assert (1, True) == (refused[0], f"CLOUDWRIGHT_STATE=s3://{desk.bucket} cloudwright state init" in refused[1])
    assert "there is no terminal to ask on" in desk("state", "init")[1]
    assert desk.bucket not in [each["Name"] for each in desk.client.list_buckets()["Buckets"]]
    assert desk("state", "init", "--yes")[0] == 0
    assert desk.client.get_bucket_versioning(Bucket=desk.bucket)["Status"] == "Enabled"
    assert all(desk.client.get_public_access_block(Bucket=desk.bucket)["PublicAccessBlockConfiguration"].values())
    assert desk.client.get_bucket_encryption(Bucket=desk.bucket)["ServerSideEncryptionConfiguration"]["Rules"]

    assert desk("deploy", "--yes")[0] == 0
    again = desk("deploy", "--yes")
    assert (0, True) == (again[0], "0 changes" in again[1] and "0 calls" in again[1])
    reported = desk("state", "history")[1].splitlines()
    assert (2, True, True) == (len(reported), "outputs" in reported[0], "first" in reported[1])
    assert desk("state", "mv", "first", "renamed", "--yes")[0] == 0
    assert desk.keys(desk.place, monkeypatch) == ["renamed"]
    assert "renamed" in desk("state", "diff", "--from", "2")[1]
    assert desk("state", "pull", "-o", "state.json")[0] == 0
    assert desk("state", "mv", "renamed", "first", "--yes")[0] == 0
    assert "it changed meanwhile" in desk("state", "push", "state.json", "--yes")[1]
    assert [] == [*desk.folder.glob("**/*.db")]

    assert desk("destroy", "--yes")[0] == 0
    assert desk.keys(desk.place, monkeypatch) == []


def test_a_second_team_under_the_same_name_is_warned_before_it_deletes_the_firsts(desk: Desk) -> None:
    assert desk("state", "init", "--yes")[0] == 0
    assert desk("deploy", "--yes")[0] == 0
    assert "of this program is in it" not in desk("plan")[1]

    desk.write("infra.py", PROGRAM.replace("first", "other"))
    reported = " ".join(desk("plan")[1].split())
    assert "if it is another program's state, give this program its own name or stage" in reported


def test_a_damaged_state_does_not_stop_those_next_to_it(desk: Desk) -> None:
    desk.write("near.py", READER.replace("STATE", ""))
    assert desk("state", "init", "--yes")[0] == 0
    assert desk("deploy", "--yes")[0] == 0
    assert desk("deploy", "near.py", "--yes")[0] == 0
    lost = "states/app=reader/stage=prod/segments/000000000001.json"
    desk.client.delete_object(Bucket=desk.bucket, Key=lost)

    code, drawn = desk("graph", "--apps", "--format", "mermaid")
    assert (code, True) == (0, "demo/prod" in drawn)
    assert f"can't read which outputs reader/prod uses: s3://{desk.bucket}/{lost} is missing" in drawn
    code, reported = desk("destroy", "--yes")
    assert (code, True) == (0, "can't check whether reader/prod uses its outputs" in " ".join(reported.split()))
    refused = desk("plan", "near.py")
    assert (1, True) == (refused[0], f"{lost} is missing" in refused[1])


def test_an_emptied_prefix_is_refused_and_restored(desk: Desk) -> None:
    assert desk("state", "init", "--yes")[0] == 0
    assert desk("deploy", "--yes")[0] == 0
    for each in desk.client.list_objects_v2(Bucket=desk.bucket)["Contents"]:
        desk.client.delete_object(Bucket=desk.bucket, Key=each["Key"])

    for command in (["plan"], ["deploy", "--yes"], ["outputs"], ["destroy", "--yes"]):
        code, reported = desk(*command)
        assert (1, True) == (code, "was deleted from the bucket; nothing was changed" in reported)
        assert "`cloudwright state restore infra.py`" in reported
    assert "there is no terminal to ask on" in desk("state", "restore")[1]
    code, reported = desk("state", "restore", "--yes")
    assert (code, True) == (0, "demo/prod is at serial 4 with 1 resources" in reported)
    assert "state restore" in desk("state", "audit")[1]
    assert desk("state", "restore", "--yes")[0] == 0
    assert desk("state", "audit")[1].count("state restore") == 1, "a restore without an effect has no line"
    assert "0 changes" in desk("deploy", "--yes")[1]


@pytest.fixture
def database() -> Iterator[str]:
    if not postgres_server.available() and not postgres_server.REQUIRED:
        pytest.skip("PostgreSQL is not installed")
    with postgres_server.running() as url:
        yield url


def test_a_state_moves_between_all_stores(desk: Desk, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert desk("state", "init", "--yes")[0] == 0
    assert desk("deploy", "--yes")[0] == 0
    places = [desk.place, database, "kept.db", f"s3://{desk.bucket}/second"]
    for source, destination in itertools.pairwise(places):
        assert desk("state", "copy", "--from", source, "--to", destination)[0] == 0
        assert desk.keys(destination, monkeypatch) == ["first"]

    monkeypatch.setenv("CLOUDWRIGHT_STATE", places[-1])
    assert desk("plan", "--detailed-exitcode")[0] == 0
    taken = desk("state", "copy", "--from", database, "--to", desk.place)
    assert (1, True) == (taken[0], "already has demo/prod" in taken[1])


def test_a_shared_lock_is_shown_and_taken_away_after_asking(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert desk("state", "init", "--yes")[0] == 0
    asyncio.run(_hold(S3Store(S3Objects(desk.bucket, client=desk.client), "states", "demo", "prod")))
    blocked = desk("deploy", "--yes")
    assert (4, True) == (blocked[0], "ada@box (pid 7)" in blocked[1])

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    for answer, code in ((False, 1), (True, 0)):
        monkeypatch.setattr(approval, "ask", lambda _, answer=answer: answer)
        shown = desk("unlock")
        assert (code, True) == (shown[0], "held by ada on box (process 7)" in shown[1])
    assert "is not locked" in desk("unlock")[1]


async def _hold(store: S3Store) -> None:
    await store.acquire(Holder(user="ada", host="box", pid=7, command="deploy", since=0.0), ttl=LEASE_SECONDS)
    await store.close()


def test_outputs_are_read_across_stores_and_their_users_are_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write("near.py", READER.replace("STATE", ""))
    desk.write("far.py", READER.replace("STATE", f', state="{desk.place}"'))
    assert desk("state", "init", "--yes")[0] == 0
    assert desk("deploy", "--yes")[0] == 0
    assert desk("deploy", "near.py", "--yes")[0] == 0

    assert "other apps use its outputs: reader/prod" in desk("destroy")[1]
    assert "reader/prod" in desk("graph", "--apps")[1]
    assert desk("destroy", "near.py", "--yes")[0] == 0
    monkeypatch.setenv("CLOUDWRIGHT_STATE", "own.db")
    assert desk("deploy", "far.py", "--yes")[0] == 0
    assert f"demo/prod@{desk.place}" in desk("graph", "far.py", "--apps")[1]

    monkeypatch.setenv("CLOUDWRIGHT_STATE", desk.place)
    assert desk("destroy", "--yes")[0] == 0
    gone = desk("plan", "near.py")
    assert (1, True) == (
        gone[0],
        "demo/prod in this state has no output 'Arn'; it has none: it was destroyed" in gone[1],
    )
