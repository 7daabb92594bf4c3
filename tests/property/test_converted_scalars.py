"""Scalars in another type than the schema's: converted silently, and exactly.

Expected is what is written beside each spelling, and never what the converter makes of it.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog_kit import CATALOG, provisionable
from cloudwright.diff.shape import Shape
from converted_kit import Answers, convert, sent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCALARS = {"string", "integer", "number", "boolean"}
DEEPEST = 4

TEXTS = {
    "60": "60",
    "-1": "-1",
    "1.10": "1.10",
    "7.0": "7.0",
    "0": "0",
    "00": "00",
    "0755": "0755",
    "0o17": "0o17",
    "0x1F": "0x1F",
    "1_000": "1_000",
    "+5": "+5",
    "1e3": "1e3",
    "1.5e3": "1.5e3",
    "007": "007",
    "012345678901": "012345678901",
    "123456789012345678901234567890": "123456789012345678901234567890",
    "0.1000000000000000055511151231257827": "0.1000000000000000055511151231257827",
    ".5": ".5",
    "5.": "5.",
    "2012-10-17": "2012-10-17",
    "2012-10-17T01:02:03Z": "2012-10-17T01:02:03Z",
    "1:30": "1:30",
    "22:22": "22:22",
    "true": "true",
    "True": "true",
    "false": "false",
    "FALSE": "false",
    "yes": "true",
    "no": "false",
    "on": "true",
    "Off": "false",
    ".inf": ".inf",
    ".NaN": ".NaN",
    "=": "=",
    "'yes'": "yes",
    '"true"': "true",
    "'5'": "5",
}
"""As YAML writes it, where a text is wanted -> the text."""

INTEGERS = {
    "443": 443,
    '"443"': 443,
    "'-1'": -1,
    '"+5"': 5,
    '"0443"': 443,
    "443.0": 443,
    '"443.0"': 443,
    '"1e3"': 1000,
    "9007199254740993": 9007199254740993,
    '"9007199254740993"': 9007199254740993,
    '"9007199254740993.0"': 2**53 + 1,
    '"1000000000000000000000000000000"': 10**30,
    '"12e2"': 1200,
    "'0'": 0,
    '"-0"': 0,
}
NUMBERS = {
    "75": 75,
    '"75"': 75,
    '"75.0"': 75,
    '"1.10"': 1.1,
    '".5"': 0.5,
    '"5."': 5,
    '"1e-3"': 0.001,
    "1.10": 1.1,
    '"-0.25"': -0.25,
    '"+2.5"': 2.5,
    '"9007199254740993"': 9007199254740993,
    "0.1": 0.1,
    '"1E2"': 100,
}
TRUTHS = {
    "true": True,
    "True": True,
    '"true"': True,
    '"True"': True,
    "'FALSE'": False,
    "yes": True,
    "off": False,
    '"false"': False,
}
NO_NUMBERS = ["NaN", "Infinity", "-Infinity", "1e400", "1_000", "٣", " 5 ", "0x10", "five", ""]
"""Texts that are not numbers: they stay texts, so that the plan refuses them."""

SPELLINGS: dict[str, dict[str, Any]] = {"string": TEXTS, "integer": INTEGERS, "number": NUMBERS, "boolean": TRUTHS}


class Place(NamedTuple):
    """A scalar property of a type; `*` in its path is an item of a list."""

    type: str
    path: tuple[str, ...]
    wanted: str


def places(name: str) -> Iterator[Place]:
    """The scalar properties of a type, of any depth up to a limit."""

    def below(shape: Shape, path: tuple[str, ...]) -> Iterator[Place]:
        types = shape.types - {"null"}
        if path and len(types) == 1 and types <= SCALARS:
            yield Place(name, path, *types)
        elif len(path) < DEEPEST and types <= {"object", "array"}:
            for key in sorted(shape.properties):
                yield from below(shape.child(key), (*path, key))
            if "array" in types and any(shape.says("items")):
                yield from below(shape.item(), (*path, "*"))

    return below(Shape.of(CATALOG.get(name)), ())


@cache
def by_kind(name: str) -> dict[str, list[Place]]:
    """The scalar properties of a type, by what the schema wants there."""
    found: dict[str, list[Place]] = {}
    for place in places(name):
        found.setdefault(place.wanted, []).append(place)
    return found or {"integer": [Place("AWS::SQS::Queue", ("DelaySeconds",), "integer")]}


@st.composite
def scalars(draw: st.DrawFn) -> tuple[Place, str, Any]:
    """A place, how a template writes a scalar there, and what is to be sent."""
    found = by_kind(draw(st.sampled_from(provisionable())))
    place = draw(st.sampled_from(found[draw(st.sampled_from(sorted(found)))]))
    spelling = draw(st.sampled_from(sorted(SPELLINGS[place.wanted])))
    return place, spelling, SPELLINGS[place.wanted][spelling]


def body(path: tuple[str, ...], value: str) -> str:
    for key in reversed(path):
        value = f"[{value}]" if key == "*" else f"{{{json.dumps(key)}: {value}}}"
    return value


def at(document: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        document = document[0 if key == "*" else key]
    return document


def same(found: Any, expected: Any) -> bool:
    return (
        type(found) in {type(expected), *([int, float] if type(expected) in {int, float} else [])} and found == expected
    )


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(scalars(), min_size=1, max_size=8))
def test_a_scalar_is_sent_in_the_type_of_the_schema(rows: list[tuple[Place, str, Any]], tmp_path: Path) -> None:
    declared = [
        f"  R{number}: {{Type: {place.type}, Properties: {body(place.path, spelling)}}}"
        for number, (place, spelling, _) in enumerate(rows)
    ]
    documents, _ = sent(convert("\n".join(["Resources:", *declared])).source, tmp_path, Answers({}, {}))

    for number, (place, spelling, expected) in enumerate(rows):
        found = at(documents[f"R{number}"], place.path)
        assert same(found, expected), (place, spelling, found)


RESOURCE = "\nResources: {{R: {{Type: {1}, Properties: {2}}}}}"
PARAMETER = "Parameters: {{P: {{Type: String, Default: {0}}}}}" + RESOURCE
WAYS = {
    "a parameter": (PARAMETER, "!Ref P"),
    "a text": (PARAMETER, "!Sub '${{P}}'"),
    "a mapping": ("Mappings: {{M: {{a: {{b: {0}}}}}}}" + RESOURCE, "!FindInMap [M, a, b]"),
    "a choice": ("Conditions: {{C: !Equals [a, a]}}" + RESOURCE, "!If [C, {0}, {0}]"),
}
PLAIN: dict[str, dict[str, Any]] = {
    "string": {"60": "60", "1.10": "1.10", "0755": "0755", "true": "true", "2012-10-17": "2012-10-17", "yes": "true"},
    "integer": {'"443"': 443, "443": 443, '"-1"': -1, '"9007199254740993"': 9007199254740993, '"0443"': 443},
    "number": {'"75"': 75, '"1.10"': 1.1, "0.5": 0.5},
    "boolean": {'"true"': True, "true": True, '"True"': True, "'FALSE'": False, "no": False},
}
ONE_OF = {
    "string": Place("AWS::SQS::Queue", ("QueueName",), "string"),
    "integer": Place("AWS::SQS::Queue", ("DelaySeconds",), "integer"),
    "number": Place("AWS::CloudWatch::Alarm", ("Threshold",), "number"),
    "boolean": Place("AWS::SQS::Queue", ("FifoQueue",), "boolean"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("wanted", PLAIN)
def test_a_scalar_that_comes_another_way_is_sent_so_too(way: str, wanted: str, tmp_path: Path) -> None:
    place, (template, use) = ONE_OF[wanted], WAYS[way]
    for spelling, expected in PLAIN[wanted].items():
        text = template.format(spelling, place.type, body(place.path, use.format(spelling)))
        documents, _ = sent(convert(text).source, tmp_path, Answers({}, {}))
        found = at(documents["R"], place.path)
        assert same(found, expected), (spelling, found)


@pytest.mark.parametrize("text", NO_NUMBERS)
@pytest.mark.parametrize("wanted", ["integer", "number"])
def test_what_is_no_number_stays_a_text(text: str, wanted: str, tmp_path: Path) -> None:
    place = ONE_OF[wanted]
    template = f"Resources: {{R: {{Type: {place.type}, Properties: {body(place.path, json.dumps(text))}}}}}"
    documents, _ = sent(convert(template).source, tmp_path, Answers({}, {}))
    assert at(documents["R"], place.path) == text
