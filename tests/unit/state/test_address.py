"""Addresses of stores: where a file is, and what `state init` says that it would create."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudwright.state.address import anchored, described, place_of


def test_a_relative_path_is_anchored_and_other_addresses_stay() -> None:
    assert anchored("state.db", Path("/program")) == "/program/state.db"
    assert anchored("/srv/state.db", Path("/program")) == "/srv/state.db"
    assert anchored("~/state.db", Path("/program")) == str(Path.home() / "state.db")
    assert anchored("s3://bucket/prefix", Path("/program")) == "s3://bucket/prefix"


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("/srv/shop/../state.db", "/srv/state.db"),
        ("sqlite:///srv/shop/../state.db", "/srv/state.db"),
        ("sqlite:///srv/my%20state.db", "/srv/my state.db"),
        ("s3://bucket/a/../b/", "s3://bucket/a/../b"),
        ("postgresql://host/db/", "postgresql://host/db"),
    ],
)
def test_two_spellings_of_one_place_are_the_same(url: str, place: str) -> None:
    assert place_of(url) == place


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("s3://bucket/prefix", "S3 bucket bucket: created if it does not exist"),
        ("postgresql://me:hunter2@host/db", "postgresql://me:(secret)@host/db: the tables cw_state"),
        ("postgres://host/db", "postgres://host/db: the tables cw_state"),
        ("state.db", "state.db: a file that only you can read"),
        ("sqlite:///srv/state.db", "sqlite:///srv/state.db: a file that only you can read"),
    ],
)
def test_what_would_be_created_is_described(url: str, words: str) -> None:
    assert described(url).startswith(words)
