from __future__ import annotations

import hashlib
import json
import zlib
from importlib import resources
from pathlib import Path

import pytest

from cloudwright.schema.pack import Pack, canonical, write

TYPES = {
    "AWS::B::Two": {"typeName": "AWS::B::Two", "properties": {"Größe": {"type": "string", "pattern": "^\\p{L}+$"}}},
    "AWS::A::One": {"typeName": "AWS::A::One", "properties": {}},
}
DICTIONARY = b'{"additionalProperties":false,"properties":{"type":"string"},"typeName":"AWS::'
DATA = Path(str(resources.files("cloudwright.schema") / "data"))


def test_a_written_pack_gives_back_each_type(tmp_path: Path) -> None:
    write(tmp_path / "facts.pack", TYPES, DICTIONARY)

    pack = Pack.open(tmp_path / "facts.pack")

    assert pack.names == ("AWS::A::One", "AWS::B::Two")
    assert {name: pack.read(name) for name in pack.names} == TYPES
    assert "AWS::A::One" in pack
    assert "AWS::C::Three" not in pack


def test_an_empty_dictionary_is_no_obstacle(tmp_path: Path) -> None:
    write(tmp_path / "facts.pack", TYPES, b"")

    assert TYPES["AWS::B::Two"] == Pack((tmp_path / "facts.pack").read_bytes()).read("AWS::B::Two")


def test_the_order_of_the_types_does_not_change_the_pack(tmp_path: Path) -> None:
    write(tmp_path / "one.pack", TYPES, DICTIONARY)
    write(tmp_path / "two.pack", dict(reversed(TYPES.items())), DICTIONARY)

    assert (tmp_path / "one.pack").read_bytes() == (tmp_path / "two.pack").read_bytes()


@pytest.mark.parametrize("data", [b"", b"CWF1", b"PK\x03\x04" + bytes(40)])
def test_a_file_that_is_no_pack_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a schema pack"):
        Pack(data)


def test_an_unknown_type_is_a_key_error(tmp_path: Path) -> None:
    write(tmp_path / "facts.pack", TYPES, DICTIONARY)

    with pytest.raises(KeyError, match="AWS::C::Three"):
        Pack.open(tmp_path / "facts.pack").read("AWS::C::Three")


def test_the_bundled_facts_are_those_of_the_lock_file() -> None:
    lock = json.loads((DATA / "schemas.lock.json").read_text())
    pack = Pack.open(DATA / "facts.pack")

    types = {name: pack.read(name) for name in pack.names}

    assert lock["types"] == len(types)
    assert lock["facts_sha256"] == hashlib.sha256(canonical(types)).hexdigest()


def test_the_bundled_regions_are_those_of_the_lock_file() -> None:
    lock = json.loads((DATA / "schemas.lock.json").read_text())
    regions = json.loads(zlib.decompress((DATA / "regions.json.z").read_bytes()))

    assert lock["regions_sha256"] == hashlib.sha256(canonical(regions)).hexdigest()


def test_the_bundled_pack_is_small() -> None:
    assert (DATA / "facts.pack").stat().st_size < 1_300_000


def test_neither_prose_nor_links_are_bundled() -> None:
    pack = Pack.open(DATA / "facts.pack")
    keywords = {key for name in pack.names for key in pack.read(name)}
    handlers = {
        key for name in pack.names for handler in pack.read(name).get("handlers", {}).values() for key in handler
    }

    assert set() == keywords & {"description", "title", "sourceUrl", "documentationUrl", "typeConfiguration"}
    assert {"handlerSchema", "permissions", "timeoutInMinutes"} == handlers
    assert b'"description":"' not in pack.text("AWS::S3::Bucket")
