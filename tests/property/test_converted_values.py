"""What a converted program sends equals what an independent evaluation of its template gives."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from converted_kit import Answers, convert, sent
from template_evaluator import NO_VALUE, Evaluator, normal

REFS = {"Zone": "Z111", "Bucket": "my-bucket", "Topic": "arn:aws:sns:eu-west-1:111122223333:t", "Vpc": "vpc-1"}
ATTRIBUTES: dict[tuple[str, str], Any] = {
    ("Zone", "NameServers"): ["ns-1.example", "ns-2.example"],
    ("Bucket", "Arn"): "arn:aws:s3:::my-bucket",
    ("Bucket", "DomainName"): "my-bucket.s3.amazonaws.com",
    ("Topic", "TopicName"): "t",
    ("Vpc", "CidrBlock"): "10.0.0.0/16",
}
PARAMETERS = {
    "Name": {"Type": "String", "Default": "web"},
    "Env": {"Type": "String", "Default": "prod", "AllowedValues": ["dev", "prod"]},
    "Count": {"Type": "Number", "Default": 2},
    "On": {"Type": "String", "Default": "true"},
    "Names": {"Type": "CommaDelimitedList", "Default": "a,b,c"},
    "Key": {"Type": "String", "Default": "sub/key/0", "NoEcho": True},
}
VALUES: dict[str, Any] = {
    "Name": "web",
    "Env": "prod",
    "Count": "2",
    "On": "true",
    "Names": ["a", "b", "c"],
    "Key": "sub/key/0",
}
MAPPINGS = {"Sizes": {"dev": {"Size": 1, "Zones": ["x", "y"]}, "prod": {"Size": "20", "Zones": ["z", "w"]}}}
CONDITIONS = {
    "IsProd": {"Fn::Equals": [{"Ref": "Env"}, "prod"]},
    "IsOn": {"Fn::Equals": [{"Ref": "On"}, "true"]},
    "Never": {"Fn::And": [{"Condition": "IsProd"}, {"Fn::Not": [{"Condition": "IsOn"}]}]},
    "Either": {"Fn::Or": [{"Condition": "Never"}, {"Fn::Equals": [{"Ref": "Count"}, 2]}]},
}
SOURCES = {
    "Zone": {"Type": "AWS::Route53::HostedZone", "Properties": {"Name": "example.com."}},
    "Bucket": {"Type": "AWS::S3::Bucket"},
    "Topic": {"Type": "AWS::SNS::Topic"},
    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
}
PLAIN = ["plain", 'it\'s "so"', "a/b/c", "{brace} ${!Kept}", "back\\slash", "two\nlines\n", "ünï", ""]


def template(value: Any) -> dict[str, Any]:
    """A template with one value in a text, one in a list, and the same in a free-form document."""
    return {
        "Parameters": PARAMETERS,
        "Mappings": MAPPINGS,
        "Conditions": CONDITIONS,
        "Resources": {
            **SOURCES,
            "Shown": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {"Name": "/x", "Type": "String", "Value": value, "Tags": {"of": value}},
            },
        },
    }


def check(value: Any, folder: Path) -> None:
    whole = template(value)
    expected = Evaluator(whole, VALUES, REFS, ATTRIBUTES).resources()
    source = convert(json.dumps(whole)).source
    documents, _ = sent(source, folder, Answers(REFS, ATTRIBUTES))
    assert normal(documents["Shown"]) == normal(expected["Shown"]), source


LEAVES: dict[str, Any] = {
    "text": st.sampled_from(PLAIN),
    "parameter": st.sampled_from(["Name", "Env", "Count", "On"]).map(lambda name: {"Ref": name}),
    "secret": st.just({"Ref": "Key"}),
    "ref": st.sampled_from(sorted(REFS)).map(lambda name: {"Ref": name}),
    "pseudo": st.sampled_from(["AWS::Region", "AWS::AccountId"]).map(lambda name: {"Ref": name}),
    "getatt": st.sampled_from([{"Fn::GetAtt": list(key)} for key, held in ATTRIBUTES.items() if isinstance(held, str)]),
    "map": st.sampled_from(["dev", "prod"]).map(lambda one: {"Fn::FindInMap": ["Sizes", one, "Size"]}),
    "number": st.sampled_from([0, 7, True, False]),
}


def texts(depth: int) -> st.SearchStrategy[Any]:
    leaves = st.one_of(*LEAVES.values())
    if depth == 0:
        return leaves
    inner = texts(depth - 1)
    return st.one_of(leaves, *(make(inner, lists(depth - 1)) for make in FUNCTIONS.values()))


def lists(depth: int) -> st.SearchStrategy[Any]:
    fixed = st.sampled_from(
        [{"Ref": "Names"}, {"Fn::GetAtt": ["Zone", "NameServers"]}, {"Fn::FindInMap": ["Sizes", "prod", "Zones"]}]
    )
    cidr = st.just({"Fn::Cidr": [{"Fn::GetAtt": ["Vpc", "CidrBlock"]}, 4, 8]})
    if depth == 0:
        return st.one_of(fixed, cidr, st.lists(st.one_of(*LEAVES.values()), min_size=1, max_size=3))
    inner = texts(depth - 1)
    split = st.tuples(st.sampled_from("/,"), inner).map(lambda pair: {"Fn::Split": list(pair)})
    chosen = st.tuples(condition_names(), lists(depth - 1), lists(depth - 1)).map(lambda one: {"Fn::If": list(one)})
    return st.one_of(fixed, cidr, split, chosen, st.lists(inner, min_size=1, max_size=3))


def condition_names() -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(CONDITIONS))


def _subs(inner: Any) -> st.SearchStrategy[Any]:
    words = st.sampled_from(["${Name}-${Count}", "${Bucket.Arn}/*", "x ${Given} ${!Not} y", "${AWS::Region}:${Bucket}"])
    return st.tuples(words, inner).map(
        lambda pair: {"Fn::Sub": [pair[0], {"Given": pair[1]}] if "Given" in pair[0] else pair[0]}
    )


FUNCTIONS: dict[str, Any] = {
    "Sub": lambda inner, listed: _subs(inner),
    "Join": lambda inner, listed: st.tuples(
        st.sampled_from(["", "-", "/"]), st.lists(inner, min_size=1, max_size=3)
    ).map(lambda pair: {"Fn::Join": list(pair)}),
    "Join of a list": lambda inner, listed: listed.map(lambda one: {"Fn::Join": [",", one]}),
    "Select": lambda inner, listed: st.tuples(st.sampled_from([0, "0"]), listed).map(
        lambda pair: {"Fn::Select": list(pair)}
    ),
    "Base64": lambda inner, listed: inner.map(lambda one: {"Fn::Base64": one}),
    "If": lambda inner, listed: st.tuples(condition_names(), inner, inner).map(lambda one: {"Fn::If": list(one)}),
    "Length": lambda inner, listed: listed.map(lambda one: {"Fn::Length": one}),
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("outer", sorted(FUNCTIONS))
@pytest.mark.parametrize("inner", [*sorted(FUNCTIONS), *sorted(LEAVES)])
@settings(max_examples=6, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_each_function_within_each_other(outer: str, inner: str, tmp_path: Path, data: st.DataObject) -> None:
    held = LEAVES[inner] if inner in LEAVES else FUNCTIONS[inner](texts(0), lists(0))
    check(data.draw(FUNCTIONS[outer](held, listings(held))), tmp_path)


def listings(held: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Lists of a value: written out, chosen as a whole, and with an item that is only there under a condition."""
    written = st.lists(held, min_size=1, max_size=2)
    chosen = st.tuples(condition_names(), written, written).map(lambda one: {"Fn::If": list(one)})
    maybe = st.tuples(condition_names(), held).map(lambda one: {"Fn::If": [*one, {"Ref": "AWS::NoValue"}]})
    return st.one_of(written, chosen, st.tuples(held, maybe).map(list))


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(value=texts(3))
def test_any_nesting(value: Any, tmp_path: Path) -> None:
    check(value, tmp_path)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(value=texts(3))
def test_programs_are_formatted(value: Any, ruff: Path, tmp_path: Path) -> None:
    source = convert(json.dumps(template(value))).source
    command = [str(ruff), "format", "--isolated", "--no-cache", "-"]
    formatted = subprocess.run(command, input=source, capture_output=True, text=True, check=True)
    assert source == formatted.stdout


@pytest.fixture
def ruff() -> Path:
    found = shutil.which("ruff", path=str(Path(sys.executable).parent))
    if found is None:
        pytest.skip("ruff is not installed")
    return Path(found)


def test_what_has_no_value_is_left_out(tmp_path: Path) -> None:
    assert Evaluator({}, {}, {}, {}).value({"Ref": "AWS::NoValue"}) is NO_VALUE
    check({"Fn::Join": ["-", ["a", {"Fn::If": ["Never", "b", {"Ref": "AWS::NoValue"}]}]]}, tmp_path)
