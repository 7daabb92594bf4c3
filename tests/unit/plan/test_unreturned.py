"""Places that reads leave out, as a record keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.plan.unreturned import is_unobservable, pattern_of, still_unreturned
from cloudwright.state.records import Record
from cloudwright.target import Target

if TYPE_CHECKING:
    from cloudwright.schema.pointer import Path

DECLARED: dict[str, Any] = {"Rules": [{"Name": "a", "Secret": "x"}, {"Name": "b"}], "By": {"0": {"Days": 7}}, "Days": 7}


def record(*unreturned: str) -> Record:
    here = Target("111111111111", "us-east-1")
    return Record(key="k", type="T", identifier="i", target=here, declared=DECLARED, unreturned=unreturned)


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        (("Days",), ("Days",)),
        (("Rules", "0", "Secret"), ("Rules", "*", "Secret")),
        (("By", "0", "Days"), ("By", "0", "Days")),
        (("Rules", "1"), None),
        ((), None),
    ],
    ids=["a property", "a property of elements", "a map's key of digits", "an element itself", "the document"],
)
def test_positions_in_lists_are_never_kept(path: Path, pattern: Path | None) -> None:
    assert pattern == pattern_of(DECLARED, path)


@pytest.mark.parametrize(
    ("live", "left"),
    [
        ({"Rules": [{"Name": "b"}, {"Name": "a"}]}, ("/Rules/*/Secret", "/Days")),
        ({"Rules": [{"Name": "b"}, {"Name": "a", "Secret": "y"}], "Days": None}, ("/Days",)),
        ({"Days": 30}, ("/Rules/*/Secret",)),
    ],
)
def test_a_place_that_any_read_returns_is_seen_again(live: dict[str, Any], left: tuple[str, ...]) -> None:
    assert left == still_unreturned(record("/Rules/*/Secret", "/Days"), live)


def test_a_place_that_is_no_longer_declared_is_forgotten() -> None:
    assert () == still_unreturned(record("/Former", "/Rules/*/Former"), {})


def test_only_what_a_read_lacks_can_be_unseen() -> None:
    known = ("/Rules/*/Secret",)

    assert is_unobservable(("Rules", "5", "Secret"), "add", known)
    assert not is_unobservable(("Rules", "5", "Secret"), "replace", known)
    assert not is_unobservable(("Rules", "5"), "add", known)
    assert not is_unobservable(("Rules", "5", "Secret"), "add", ())
