from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudwright.errors import StateCorrupt, StateError, StateTooNew
from cloudwright.secret import secret
from cloudwright.state import codec
from cloudwright.state.cells import assemble, disassemble
from cloudwright.state.snapshot import Snapshot
from conformance.state import FULL_ENTRY, FULL_RECORD

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FULL = Snapshot(
    app="shop",
    stage="dev",
    serial=7,
    records=(FULL_RECORD,),
    journal=(FULL_ENTRY,),
    outputs={"a": [1]},
    learned={"rate": 3},
    uses=("x/dev",),
    sealing={"kind": "file"},
)


def through_text(value: Any) -> Any:
    return codec.loads(codec.dumps(value), "test")


def filled(example: Any) -> Any:
    """The example with another than the default value in every field that is plain."""
    others: dict[str, Any] = {"bool": True, "str": "x", "int": 9, "float": 9.5, "tuple[str, ...]": ("x", "y")}
    values = {
        field.name: (not field.default if field.type == "bool" else others[str(field.type)])
        for field in dataclasses.fields(example)
        if field.type in others
    }
    return dataclasses.replace(example, **values)


def test_every_field_of_the_models_survives() -> None:
    record, entry = filled(FULL_RECORD), filled(FULL_ENTRY)

    assert codec.decode_record(through_text(codec.encode_record(record)), "r") == record
    assert codec.decode_entry(through_text(codec.encode_entry(entry)), "e") == entry


def test_a_record_survives() -> None:
    assert codec.decode_record(through_text(codec.encode_record(FULL_RECORD)), "r") == FULL_RECORD


def test_an_entry_survives() -> None:
    assert codec.decode_entry(through_text(codec.encode_entry(FULL_ENTRY)), "e") == FULL_ENTRY


def test_a_snapshot_survives_with_its_format() -> None:
    document = through_text(codec.encode_snapshot(FULL))

    assert document["format"] == 1
    assert codec.decode_snapshot(document, "s") == FULL


def test_a_snapshot_survives_as_cells() -> None:
    assert assemble("shop", "dev", 7, disassemble(FULL)) == FULL


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_any_document_survives(document: dict[str, Any]) -> None:
    record = dataclasses.replace(FULL_RECORD, declared=document)

    assert codec.decode_record(through_text(codec.encode_record(record)), "r") == record


@given(JSON)
def test_the_canonical_text_is_the_same_for_equal_values(value: Any) -> None:
    shuffled = json.loads(json.dumps(value), object_pairs_hook=lambda pairs: dict(reversed(pairs)))

    assert codec.canonical(value) == codec.canonical(shuffled)
    assert codec.canonical(value).isascii()


def test_a_newer_format_is_refused() -> None:
    with pytest.raises(StateTooNew, match="the file has format 2, this cloudwright reads up to 1"):
        codec.decode_snapshot({**codec.encode_snapshot(FULL), "format": 2}, "the file")


def test_a_field_of_a_newer_version_is_refused_rather_than_dropped() -> None:
    with pytest.raises(StateTooNew, match="record a has a field 'colour'"):
        codec.decode_record({**codec.encode_record(FULL_RECORD), "colour": "red"}, "record a")


def test_a_field_that_an_older_version_lacked_takes_its_default() -> None:
    document = codec.encode_record(FULL_RECORD)
    del document["unobservable"]

    assert codec.decode_record(document, "r") == dataclasses.replace(FULL_RECORD, unobservable=())


@pytest.mark.parametrize("name", ["generation", "current", "status", "dirty", "protect", "retain"])
def test_what_may_be_done_with_a_resource_is_never_guessed(name: str) -> None:
    document = codec.encode_record(FULL_RECORD)
    del document[name]

    with pytest.raises(StateCorrupt, match=f"record a: `{name}` is missing"):
        codec.decode_record(document, "record a")


def test_an_older_format_is_migrated_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    formats = []

    def rename(document: dict[str, Any]) -> dict[str, Any]:
        formats.append(document["format"])
        return {("stage" if name == "env" else name): value for name, value in document.items()}

    document = codec.encode_snapshot(Snapshot(app="shop", stage="dev"))
    document["env"] = document.pop("stage")
    monkeypatch.setattr(codec, "FORMAT", 3)
    monkeypatch.setattr(codec, "MIGRATIONS", {1: rename, 2: rename})

    assert codec.decode_snapshot(document, "s") == Snapshot(app="shop", stage="dev")
    assert formats == [1, 2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"generation": "3"}, "`generation` is str, not int"),
        ({"protect": 1}, "`protect` is int, not bool"),
        ({"declared": []}, "`declared` is list, not dict"),
        ({"depends_on": "ab"}, "`depends_on` is not a list of strings"),
        ({"status": "fine"}, "`status` is 'fine'"),
        ({"target": ["1", "2"]}, "`target` is not"),
    ],
)
def test_what_is_wrong_with_a_record_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(StateCorrupt, match=f"record x: {message}"):
        codec.decode_record({**codec.encode_record(FULL_RECORD), **change}, "record x")


@pytest.mark.parametrize("document", [None, [], "text", 1])
def test_what_is_no_object_is_no_record(document: object) -> None:
    with pytest.raises(StateCorrupt, match="is not an object"):
        codec.decode_record(document, "record x")


def test_a_missing_field_is_named() -> None:
    document = codec.encode_record(FULL_RECORD)
    del document["identifier"]

    with pytest.raises(StateCorrupt, match="record x: `identifier` is missing"):
        codec.decode_record(document, "record x")


@pytest.mark.parametrize("document", [{}, {"format": None}, {"format": "1"}, {"format": 0}, {"format": True}, []])
def test_a_document_without_a_format_is_no_state(document: object) -> None:
    with pytest.raises(StateCorrupt):
        codec.decode_snapshot(document, "the file")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, b"x", object()])
def test_what_is_not_json_is_refused(value: object) -> None:
    with pytest.raises(StateError, match="can't be kept in the state"):
        codec.dumps({"v": value})


def test_a_secret_is_refused_without_being_told() -> None:
    with pytest.raises(StateError) as raised:
        codec.dumps({"v": secret("hunter2")})

    assert "hunter2" not in str(raised.value)
    assert raised.value.__cause__ is None
