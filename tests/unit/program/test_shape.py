"""From a field's type to JSON and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import pytest

from cloudwright import Secret, secret
from cloudwright.errors import ProgramError
from cloudwright.program.shape import WrongValue, plain, shape_of
from cloudwright.provider import CustomResource, attribute, create_only
from cloudwright.schema.catalog import from_schema


@dataclass(frozen=True)
class Point:
    x: int
    y: int = 0
    key: Secret | None = None


class Entry(TypedDict):
    name: str
    note: NotRequired[str]


@pytest.mark.parametrize(
    ("hint", "schema", "value"),
    [
        (str, {"type": "string"}, "a"),
        (bool, {"type": "boolean"}, True),
        (int | None, {"type": "integer"}, None),
        (float, {"type": "number"}, 1),
        (Literal["A", "B"], {"type": "string", "enum": ["A", "B"]}, "B"),
        (list[str], {"type": "array", "items": {"type": "string"}}, ["a"]),
        (Sequence[int], {"type": "array", "items": {"type": "integer"}}, [1]),
        (object, {}, {"a": [1, None]}),
    ],
)
def test_a_type_has_a_schema_and_reads_its_own_values(hint: Any, schema: dict[str, object], value: object) -> None:
    shape = shape_of(hint, "T.f")

    assert schema == shape.schema
    assert value == shape.read(value, "f")


@pytest.mark.parametrize(
    ("hint", "value", "shown"),
    [
        (str, 3, "f is an int; its type is str"),
        (int, True, "f is a bool; its type is int"),
        (list[str], "ab", r"f is a str; its type is list\[str\]"),
        (list[int], [1, "2"], r"f\[1\] is a str; its type is int"),
        (Mapping[str, int], {"a": "b"}, r"f\['a'\] is a str"),
        (Literal["A"], "B", "f is 'B', not one of 'A'"),
        (Point, {"y": 1}, "f lacks 'x'; it is a Point"),
        (Point, {"x": 1, "z": 1}, "f has the unknown member 'z'"),
        (Entry, {}, "f lacks 'name'; it is a Entry"),
    ],
)
def test_a_wrong_value_is_named_with_its_place(hint: Any, value: object, shown: str) -> None:
    with pytest.raises(WrongValue, match=shown):
        shape_of(hint, "T.f").read(value, "f")


@pytest.mark.parametrize("hint", [bytes, set[str], dict[int, str], str | int, tuple[str, int], Literal["a", 1]])
def test_what_has_no_json_form_is_refused(hint: Any) -> None:
    with pytest.raises(ProgramError, match=r"T\.f: .*has no JSON form"):
        shape_of(hint, "T.f")


def test_nested_types_become_values_of_the_program() -> None:
    read = shape_of(list[Point], "T.f").read([{"x": 1}, {"x": 2, "key": "s3cret"}], "f")

    assert isinstance(read, list)
    assert Point(1) == read[0]
    assert read[1].key.reveal() == "s3cret"
    assert "s3cret" not in repr(read)
    assert {"name": "n"} == shape_of(Entry, "T.f").read({"name": "n"}, "f")


def test_the_places_of_secrets_are_known() -> None:
    assert (("*", "key"),) == shape_of(list[Point], "T.f").secrets


def test_declared_dataclasses_become_mappings_without_what_is_none() -> None:
    hidden = secret("s")

    assert [{"x": 1, "y": 0, "key": hidden}, {"x": 2, "y": 0}] == plain([Point(1, key=hidden), Point(2)])


class Base(CustomResource, type="Acme::Shape::Base"):
    name: Annotated[str, create_only]
    ttl: int = 300


class Derived(Base, type="Acme::Shape::Derived"):
    token: Secret = attribute()
    size: int = attribute(follows=["ttl"])


def test_a_derived_resource_has_the_fields_of_its_base() -> None:
    schema = Derived.definition.schema({}, resends=True)

    assert ["name", "ttl", "token", "size"] == list(Derived.definition.fields)
    assert ["name"] == schema["required"]
    assert ["/properties/name"] == schema["createOnlyProperties"]
    assert ["/properties/token", "/properties/size", "/properties/identifier"] == schema["readOnlyProperties"]
    override = from_schema(schema).override
    assert override.secret_outputs.covers(("token",))
    assert ["ttl"] == override.changing_outputs.at(("size",))


def test_an_instance_holds_values_and_hides_secrets() -> None:
    one = Derived.of({"name": "a", "ttl": 1, "token": secret("s3cret")})

    assert (one.name, one.ttl) == ("a", 1)
    assert "s3cret" not in repr(one)
    with pytest.raises(AttributeError, match="reads don't return secret"):
        Derived.of({"name": "a"}).token  # noqa: B018
