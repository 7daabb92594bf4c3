"""What override data says about order, case, husks and defaults decides comparisons and patches."""

from __future__ import annotations

from typing import Any

import jsonpatch
import pytest

from catalog_kit import CATALOG
from cloudwright.diff.compare import compare_both, compare_live
from cloudwright.diff.context import ComparisonContext
from cloudwright.diff.patch import build_patch
from cloudwright.schema.override import overridden_types, override_for

FACTS = [
    (type_name, entry.field, entry.path)
    for type_name in overridden_types()
    for entry in override_for(type_name).entries
    if entry.field in {"ordered", "unordered"} and not override_for(type_name).list_keys.pointers.matches(entry.path)
]
HEADERS = [("AWS::ApiGatewayV2::Api", "CorsConfiguration"), ("AWS::Lambda::Url", "Cors")]
DEFAULTS = [
    (type_name, path, value)
    for type_name in overridden_types()
    for path, value in override_for(type_name).restore_defaults.items()
]


def context_of(type_name: str) -> ComparisonContext:
    return ComparisonContext(resource_type=CATALOG.get(type_name), override=override_for(type_name), fingerprint=repr)


def nested(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    for segment in reversed(path):
        value = [value] if segment == "*" else {segment: value}
    return dict(value)


def test_cc30_another_order_is_a_change_only_where_order_means_something() -> None:
    for type_name, field, path in FACTS:
        want, live = nested(path, ["one", "two"]), nested(path, ["two", "one"])

        found = compare_live(context_of(type_name), want, live, want)

        assert (["order"] if field == "ordered" else []) == [one.kind for one in found], (type_name, path)


@pytest.mark.parametrize(
    "name", ["SsmParameterConfigurations", "LaunchTemplateConfigurations", "FastLaunchConfigurations"]
)
def test_cc30_the_settings_of_a_distribution_come_back_in_any_order(name: str) -> None:
    one, two = {"AccountId": "111111111111"}, {"AccountId": "222222222222"}
    want, live = ({"Distributions": [{"Region": "us-east-1", name: items}]} for items in ([one, two], [two, one]))

    assert () == compare_live(context_of("AWS::ImageBuilder::DistributionConfiguration"), want, live, want)


def test_cc30_workflows_run_in_their_order_so_another_one_is_a_change() -> None:
    want, live = ({"Workflows": [{"WorkflowArn": arn} for arn in arns]} for arns in ("ab", "ba"))

    assert compare_live(context_of("AWS::ImageBuilder::Image"), want, live, want)


@pytest.mark.parametrize(("type_name", "block"), HEADERS)
def test_cc36_header_names_come_back_in_lower_case_and_another_order(type_name: str, block: str) -> None:
    want = {block: {"AllowHeaders": ["X-One", "Accept"]}}
    same, other = {block: {"AllowHeaders": ["accept", "x-one"]}}, {block: {"AllowHeaders": ["accept", "x-two"]}}

    assert () == compare_live(context_of(type_name), want, same, want)
    found, others = compare_both(context_of(type_name), want, other, want)
    assert [["add"], ["remove"]] == [[one.kind for one in found], [one.kind for one in others]]


def test_cc14_an_echoed_empty_list_of_headers_leaves_with_any_update() -> None:
    context = context_of("AWS::VpcLattice::Rule")
    live = {"Priority": 1, "Match": {"HttpMatch": {"Method": "GET", "HeaderMatches": []}}}
    before = {"Priority": 1, "Match": {"HttpMatch": {"Method": "GET"}}}
    want = {**before, "Priority": 2}

    patch = build_patch(context, desired=want, live=live, differences=compare_live(context, want, live, before))

    assert [("replace", "/Priority"), ("remove", "/Match/HttpMatch/HeaderMatches")] == [
        (one.op, one.pointer) for one in patch
    ]


@pytest.mark.parametrize(("type_name", "path", "default"), DEFAULTS)
def test_cc13_the_default_takes_the_place_of_a_value_that_is_no_longer_declared(
    type_name: str, path: tuple[str, ...], default: Any
) -> None:
    context = context_of(type_name)
    other = "something else" if isinstance(default, str) else {"Other": 1} if isinstance(default, dict) else [{}]
    before = nested(path, not default if isinstance(default, bool) else 7 if isinstance(default, int) else other)

    patch = build_patch(context, desired={}, live=before, differences=compare_live(context, {}, before, before))

    assert nested(path, default) == jsonpatch.apply_patch(before, [one.document() for one in patch])
    assert () == compare_live(context, {}, nested(path, default), before)


KEY = "ssh-rsa AAAAB3NzaC1yc2EAAA+DAQ/ABAAABgQ=="


@pytest.mark.parametrize(
    ("type_name", "want", "same", "other"),
    [
        ("AWS::EC2::KeyPair", {"PublicKeyMaterial": f"{KEY} me@host\n"}, f"{KEY} golden", f"{KEY[:-3]}w== me@host"),
        ("AWS::EC2::KeyPair", {"PublicKeyMaterial": KEY}, f"{KEY} golden\n", KEY.replace("+", "++")),
        ("AWS::AppSync::ApiKey", {"Expires": 1_735_691_999}, 1_735_689_600, 1_735_693_200),
        ("AWS::Synthetics::Canary", {"Schedule": {"Expression": "rate(0 minute)"}}, "rate(0 hour)", "rate(1 hour)"),
        ("AWS::Synthetics::Canary", {"Schedule": {"Expression": "rate(5 minutes)"}}, "rate(5 minutes)", "rate(0 hour)"),
    ],
)
def test_cc34_what_the_service_makes_of_a_value_is_known_beyond_the_schema(
    type_name: str, want: dict[str, Any], same: Any, other: Any
) -> None:
    assert () == compare_live(context_of(type_name), want, like(want, same), want)
    assert ["replace"] == [one.kind for one in compare_live(context_of(type_name), want, like(want, other), want)]


BLOCKS = [(type_name, path) for type_name in overridden_types() for path in override_for(type_name).canonical_cidrs]


@pytest.mark.parametrize(("type_name", "path"), BLOCKS)
def test_cc34_an_address_block_comes_back_in_canonical_form(type_name: str, path: tuple[str, ...]) -> None:
    want, same, other = (
        nested(path, block)
        for block in (
            ("2001:DB8:0::1/48", "2001:db8::/48", "2001:db8:1::/48")
            if "v6" in path[-1]
            else ("100.68.0.18/18", "100.68.0.0/18", "100.68.64.0/18")
        )
    )

    assert () == compare_live(context_of(type_name), want, same, want)
    assert compare_live(context_of(type_name), want, other, want)


def like(document: dict[str, Any], leaf: Any) -> dict[str, Any]:
    """The same document with another value in its only leaf."""
    return {key: like(value, leaf) if isinstance(value, dict) else leaf for key, value in document.items()}
