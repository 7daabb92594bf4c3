from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cloudwright.errors import StateUnavailable
from cloudwright.state.address import bucket_and_prefix, public, state_url
from cloudwright.state.memory import MemoryBackend
from cloudwright.state.open import open_store
from cloudwright.state.s3.backend import S3Backend
from cloudwright.state.sql.postgresql import PostgresBackend
from cloudwright.state.sql.sqlite import SqliteBackend


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("state.db", SqliteBackend),
        ("~/state.db", SqliteBackend),
        ("sqlite:///srv/shop/state.db", SqliteBackend),
        ("memory://", MemoryBackend),
        ("s3://bucket/prefix", S3Backend),
        ("postgresql://me@host/db", PostgresBackend),
        ("postgres://me@host/db", PostgresBackend),
    ],
)
def test_the_address_chooses_the_store(url: str, kind: type) -> None:
    assert isinstance(open_store(url, "shop", "dev").backend, kind)


@pytest.mark.parametrize("url", ["ftp://host/x", "s3://", "sqlite://", "sqlite:///"])
def test_an_address_that_names_no_store_is_refused(url: str) -> None:
    with pytest.raises(StateUnavailable, match=url):
        open_store(url, "shop", "dev")


def test_a_refused_address_does_not_tell_its_password() -> None:
    with pytest.raises(StateUnavailable) as raised:
        open_store("mysql://me:hunter2@host/db", "shop", "dev")

    assert "hunter2" not in str(raised.value)
    assert public("postgresql://me:hunter2@host/db") == "postgresql://me:(secret)@host/db"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://me:p@ss@host/db", "postgresql://me:(secret)@host/db"),
        ("postgresql://h/db?user=me&password=hunter2&a=b", "postgresql://h/db?user=me&password=(secret)&a=b"),
        ("--from=postgres://me:hunter2@host/db", "--from=postgres://me:(secret)@host/db"),
        ("postgresql://me@host:5432/db", "postgresql://me@host:5432/db"),
        ("s3://bucket/a:b@c", "s3://bucket/a:b@c"),
        ("prod@111122223333.eu-west-1", "prod@111122223333.eu-west-1"),
    ],
)
def test_passwords_are_masked_wherever_an_address_may_hold_one(text: str, shown: str) -> None:
    assert public(text) == shown


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("s3://b", ("b", "")),
        ("s3://b/", ("b", "")),
        ("s3://b/p", ("b", "p")),
        ("s3://b/p/q/", ("b", "p/q")),
    ],
)
def test_bucket_and_prefix_are_separated(url: str, parts: tuple[str, str]) -> None:
    assert bucket_and_prefix(url) == parts


def test_the_program_goes_before_the_environment_and_the_default() -> None:
    environ = {"CLOUDWRIGHT_STATE": "s3://b/p"}

    assert state_url("x.db", folder=Path("/p"), environ=environ) == "x.db"
    assert state_url(None, folder=Path("/p"), environ=environ) == "s3://b/p"
    assert state_url(None, folder=Path("/p"), environ={}) == "/p/.cloudwright/state.db"


def test_a_ci_machine_is_not_left_with_a_file_by_accident() -> None:
    with pytest.raises(StateUnavailable, match="deleted after the job") as raised:
        state_url(None, folder=Path("/p"), environ={"CI": "true"})

    assert "s3://" in str(raised.value.hint)
    assert "CLOUDWRIGHT_STATE=.cloudwright/state.db" in str(raised.value.hint)
    assert state_url("x.db", folder=Path("/p"), environ={"CI": "true"}) == "x.db"
    assert state_url(None, folder=Path("/p"), environ={"CI": "false"}) == "/p/.cloudwright/state.db"


def test_a_file_store_loads_neither_botocore_nor_psycopg() -> None:
    code = """
import sys
sys.path[:] = sys.argv[1:]
from cloudwright.state.open import open_store
open_store("state.db", "shop", "dev")
heavy = {"botocore", "psycopg", "aiohttp", "cryptography", "click"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", code, *sys.path], check=True)
