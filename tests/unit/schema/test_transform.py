from __future__ import annotations

import functools
import subprocess
import sys
from typing import Any

import pytest

from catalog_kit import CATALOG
from cloudwright.schema import transform
from cloudwright.schema.override import override_for
from cloudwright.schema.pointer import parse

ODD: tuple[Any, ...] = ("Some-Value", "", 5, True, [], {}, None, "10.0.0.0/24")
KEY_ARN = "arn:aws:kms:eu-west-1:123456789012:key/0a1b"


@pytest.mark.parametrize(
    ("expression", "parts"),
    [
        ("A", ("A",)),
        ("A $OR $lowercase(A)", ("A", "$lowercase(A)")),
        ('$join([A, " $OR "]) $OR A', ('$join([A, " $OR "])', "A")),
        (r'$join([A, "\" $OR "]) $OR A', (r'$join([A, "\" $OR "])', "A")),
    ],
)
def test_cc35_alternatives_split_outside_strings(expression: str, parts: tuple[str, ...]) -> None:
    assert parts == transform.alternatives(expression)


@pytest.mark.parametrize(
    ("expression", "declared", "live", "expected"),
    [
        ("$lowercase(Name)", "MyDb", "mydb", True),
        ("$lowercase(Name)", "MyDb", "other", False),
        ('$split(Name, ":")[-1] $OR Name', "arn:aws:lambda:x:1:function:f", "f", True),
        ('$join(["arn:.+?:kms:.+?:.+?:key\\/", Name])', "0a1b", KEY_ARN, True),
        ('$join(["arn:.+?:kms:.+?:.+?:key\\/", Name])', "ffff", KEY_ARN, False),
        ('$join(["^", $replace($replace(Name, ".", "\\\\."), "x", "[0-9]+"), "$"])', "1.0.x", "1.0.12", True),
        ('$join(["^", $replace($replace(Name, ".", "\\\\."), "x", "[0-9]+"), "$"])', "1.0.x", "1.1.12", False),
        ("Name * 1000", 1.5, 1500, True),
        ("Name * 1000", 2, "2000", True),
        ('$join([Name, "."])', "example.com", "example.com.", True),
        (r"$replace(Name, /\s+$/, '')", "text\n\n", "text", True),
        ('"arn:aws[-a-z]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+"', "alias/a", KEY_ARN, True),
    ],
)
def test_cc34_a_value_that_the_service_makes_of_the_declared_one_matches(
    expression: str, declared: Any, live: Any, *, expected: bool
) -> None:
    assert expected is transform.matches(expression, declared, live, parent={"Name": declared})


def test_a_declared_value_with_regular_expression_characters_is_taken_literally() -> None:
    expression = '$join(["[[]CFN-[0-9A-Z]{8}[]] ", Description])'
    parent = {"Description": "a (first) try."}

    assert transform.matches(expression, "a (first) try.", "[CFN-0123ABCD] a (first) try.", parent=parent) is True


def test_names_are_looked_up_in_the_parent_and_then_from_the_top() -> None:
    root = {"Options": {"KeyId": "arn:x/k-1"}}
    expression = '$split(Options.KeyId, "/")[-1]'

    assert transform.matches(expression, "arn:x/k-1", "k-1", parent=root["Options"], root=root) is True


@pytest.mark.parametrize("expression", ["(((", "$lowercase(Missing)", "$nofunction(Name)", "Name.(", "$number(Name)"])
def test_what_can_not_be_evaluated_tells_nothing(expression: str) -> None:
    assert transform.matches(expression, "x", "y", parent={"Name": "x"}) is None


def test_one_alternative_that_fails_leaves_it_open_but_another_may_still_agree() -> None:
    assert transform.matches("$number(Name) $OR Name", "x", "z", parent={"Name": "x"}) is None
    assert transform.matches("$number(Name) $OR Name", "x", "x", parent={"Name": "x"}) is True


def test_a_boolean_is_not_the_number_one() -> None:
    assert transform.matches("Name", True, 1, parent={"Name": True}) is False


def test_the_expression_of_a_path_is_found_through_items() -> None:
    assert _expression("AWS::Cassandra::Table", "RegularColumns", "3", "ColumnType") == "$lowercase(ColumnType)"
    assert _expression("AWS::Cassandra::Table", "RegularColumns", "3", "ColumnName") is None
    assert _expression("AWS::SNS::Topic", "TopicName") is None


def test_what_the_schema_does_not_say_is_one_more_alternative() -> None:
    expression = _expression("AWS::EC2::KeyPair", "PublicKeyMaterial") or ""

    assert len(transform.alternatives(expression)) == 2
    assert transform.alternatives(_expression("AWS::AppSync::ApiKey", "Expires") or "")


def _expression(type_name: str, *path: str) -> str | None:
    return transform.expression_at(CATALOG.get(type_name), override_for(type_name), path)


def test_every_shipped_expression_compiles_and_none_crashes_on_odd_values() -> None:
    shipped = _shipped()
    for path, expression in shipped:
        assert all(transform._compiled(part) is not None for part in transform.alternatives(expression)), expression
        for value in ODD:
            root = _nested(path, value)
            answer = transform.matches(expression, value, "live", parent={path[-1]: value}, root=root)

            assert answer in {True, False, None}

    assert len(shipped) > 150


def test_every_shipped_expression_finds_its_value_in_the_document_wherever_its_names_begin() -> None:
    of_other_types = {"CidrBlock", "StartingPositionTimestamp", "MaximumCapacity"}  # networks and numbers
    undecided = set()
    for path, expression in _shipped():
        root = _nested(path, "some-value")
        parent = functools.reduce(lambda here, segment: here[0 if segment == "*" else segment], path[:-1], root)
        if transform.matches(expression, "some-value", "live", parent=parent, root=root) is None:
            undecided.add(path[-1])

    assert of_other_types == undecided


def _shipped() -> list[tuple[tuple[str, ...], str]]:
    types = map(CATALOG.get, CATALOG.names())
    return [(parse(pointer), text) for known in types for pointer, text in known.property_transform.items()]


def _nested(path: tuple[str, ...], value: Any) -> Any:
    for segment in reversed(path):
        value = [value] if segment == "*" else {segment: value}
    return value


def test_jsonata_is_imported_only_when_an_expression_is_evaluated() -> None:
    program = "import sys; import cloudwright.schema.transform; assert 'jsonata' not in sys.modules"

    subprocess.run([sys.executable, "-c", program], check=True)
