"""What a plan warns of, and how another tool's ids and former keys are found again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from catalog_kit import CATALOG
from cloudwright.control.model import ResourceDescription
from cloudwright.errors import PlanError
from cloudwright.plan.model import Action
from cloudwright.plan.moves import found_moves, refuse_claims
from cloudwright.plan.physical_ids import PhysicalId, identifiers_for, shows
from cloudwright.plan.planner import Planner
from cloudwright.plan.risk_warnings import risk_warnings
from cloudwright.program.declaration import Declaration, Options
from dead_runs import HERE, TOPIC, record
from render_samples import step
from subject_kit import context_of, subject_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.schema.resource_type import ResourceType

DATABASE, BUCKET = "AWS::RDS::DBInstance", "AWS::S3::Bucket"


def warnings(one: Any, *records: Any) -> list[tuple[str, str]]:
    return [(found.id, found.path) for found in risk_warnings([one], context_of(records))]


@pytest.mark.parametrize(
    ("action", "generation", "warned"),
    [
        (Action.DELETE, 0, [("plan:data-loss", ""), ("plan:deletion-protection", "/DeletionProtection")]),
        (Action.REPLACE, 1, [("plan:data-loss", ""), ("plan:deletion-protection", "/DeletionProtection")]),
        (Action.DELETE, 5, [("plan:data-loss", "")]),
        (Action.UPDATE, 0, []),
        (Action.FORGET, 0, []),
    ],
)
def test_the_end_of_a_database_is_warned_of(action: Action, generation: int, warned: list[tuple[str, str]]) -> None:
    present = record(DATABASE, "db", declared={"DeletionProtection": True})
    one = step("a", action, type=DATABASE, generation=generation, identifier="db")

    assert warnings(one, present) == warned


@pytest.mark.parametrize(
    ("declared", "observed", "warned"),
    [
        ({"DeletionProtection": True}, {}, True),
        ({"DeletionProtection": True}, {"DeletionProtection": False}, False),
        ({}, {"DeletionProtection": True}, True),
        ({}, {}, False),
    ],
)
def test_a_protection_counts_as_it_was_read_last(
    declared: dict[str, Any], observed: dict[str, Any], *, warned: bool
) -> None:
    present = record(DATABASE, "db", declared=declared, observed=observed)
    found = warnings(step("a", Action.DELETE, type=DATABASE, identifier="db"), present)

    assert (("plan:deletion-protection", "/DeletionProtection") in found) == warned


@pytest.mark.parametrize(
    ("retains", "parent", "child", "warned"),
    [
        ((False, True), Action.DELETE, Action.FORGET, ["child"]),
        ((False, True), Action.REPLACE, Action.REPLACE, ["child"]),
        ((False, True), Action.NONE, Action.FORGET, []),
        ((True, True), Action.FORGET, Action.FORGET, []),
        ((False, False), Action.DELETE, Action.FORGET, []),
        ((False, True), Action.DELETE, Action.NONE, []),
    ],
)
def test_a_retained_resource_that_refers_to_a_deleted_one_is_warned_of(
    retains: tuple[bool, bool], parent: Action, child: Action, warned: list[str]
) -> None:
    vpc = record("AWS::EC2::VPC", "vpc-1", key="parent", retain=retains[0])
    subnet = record("AWS::EC2::Subnet", "subnet-1", key="child", retain=retains[1], declared={"VpcId": "vpc-1"})
    steps = [
        step(one.key, action, type=one.type, generation=int(action is Action.REPLACE), identifier=one.identifier)
        for one, action in ((vpc, parent), (subnet, child))
    ]

    assert [found.key for found in risk_warnings(steps, context_of([vpc, subnet]))] == warned


def test_a_topic_is_deleted_and_an_unknown_type_made_without_a_warning() -> None:
    assert warnings(step("a", Action.DELETE, type=TOPIC), record(identifier="one")) == []
    assert warnings(step("a", Action.CREATE, type="Acme::Test::Unknown")) == []


@pytest.mark.parametrize(
    ("region", "action", "warned"),
    [("nowhere-1", Action.CREATE, True), ("nowhere-1", Action.UPDATE, False), ("nowhere-1", Action.REPLACE, True)],
)
def test_a_region_that_does_not_offer_a_type_is_warned_of(region: str, action: Action, *, warned: bool) -> None:
    offered = sorted(CATALOG.regions(TOPIC) or ())
    assert offered
    one = replace(step("a", action, type=TOPIC), target=replace(HERE, region=region))
    found = list(risk_warnings([one], context_of()))

    assert [each.id for each in found] == ["plan:region"] * warned
    assert warnings(replace(one, target=replace(HERE, region=offered[0]))) == []
    if warned:
        assert f"but in {offered[0]}, " in found[0].text
        assert found[0].text.endswith(", ... (CC87)")


# -- ids of other tools


@pytest.mark.parametrize(
    ("type_name", "desired", "physical", "found"),
    [
        (TOPIC, {}, PhysicalId("arn:aws:sns:us-east-1:000000000000:t"), ("arn:aws:sns:us-east-1:000000000000:t",)),
        (BUCKET, {"BucketName": "b"}, PhysicalId("b", BUCKET), ("b",)),
        (BUCKET, {"BucketName": "b"}, PhysicalId("x", TOPIC), ("b",)),
        (TOPIC, {"TopicName": "t"}, PhysicalId("x", BUCKET), ()),
        ("AWS::ECS::Service", {"Cluster": "c"}, PhysicalId("arn:s"), ("arn:s|c",)),
        ("AWS::ECS::Service", {}, PhysicalId("arn:s"), ()),
        ("AWS::ECS::Service", {"Cluster": "c"}, PhysicalId("arn:s|d"), ("arn:s|d", "arn:s|d|c")),
    ],
)
def test_an_id_of_another_tool_may_mean_an_identifier(
    type_name: str, desired: Mapping[str, Any], physical: PhysicalId, found: tuple[str, ...]
) -> None:
    identifiers = identifiers_for(subject_of(desired, type_name), physical)

    assert identifiers[: len(found)] == found
    assert bool(identifiers) == bool(found)


SERVICE = CATALOG.get("AWS::ECS::Service")
PLAIN = next(
    kind
    for kind in map(CATALOG.get, CATALOG.names())
    if kind.provisionable and not kind.ref_identifier and len(kind.identifiers) == 2
)


@pytest.mark.parametrize(
    ("kind", "live", "physical", "same"),
    [
        (CATALOG.get(TOPIC), {}, PhysicalId("other", BUCKET), True),
        (SERVICE, {SERVICE.ref_identifier[-1]: "arn:s"}, PhysicalId("arn:s"), True),
        (SERVICE, {SERVICE.ref_identifier[-1]: "arn:s"}, PhysicalId("c|arn:s"), True),
        (SERVICE, {SERVICE.ref_identifier[-1]: "arn:s"}, PhysicalId("arn:x"), False),
        (SERVICE, {SERVICE.ref_identifier[-1]: "arn:z"}, PhysicalId("one|two"), True),
        (SERVICE, {}, PhysicalId("arn:x"), True),
        (PLAIN, {}, PhysicalId("one"), True),
        (PLAIN, {}, PhysicalId("one|two"), True),
        (PLAIN, {}, PhysicalId("three"), False),
    ],
)
def test_a_live_resource_is_known_by_what_the_other_tool_calls_it(
    kind: ResourceType, live: dict[str, Any], physical: PhysicalId, *, same: bool
) -> None:
    assert shows(kind, live, "one|two", physical) == same


# -- moves


def declared(key: str, name: str = "x", **options: Any) -> Declaration:
    return Declaration(key=key, type=BUCKET, document={"BucketName": name}, options=Options(**options))


@pytest.mark.parametrize(
    ("declaration", "moves"),
    [
        (declared("new", "bucket"), {"new": "old"}),
        (declared("new", "other"), {}),
        (declared("new", "other", aliases=("old",)), {"new": "old"}),
        (declared("new", "other", aliases=("older",)), {}),
        (declared("old", "bucket"), {}),
    ],
)
def test_a_new_key_continues_the_record_of_the_same_resource_or_of_an_alias(
    declaration: Declaration, moves: dict[str, str]
) -> None:
    old = record(BUCKET, "bucket", key="old", declared={"BucketName": "bucket"})
    planner = Planner(context_of([old]))
    planner.add(declaration, HERE)

    assert found_moves(planner, {declaration.key: declaration}) == moves


def test_a_record_moves_to_one_key_only() -> None:
    old = record(BUCKET, "bucket", key="old", declared={"BucketName": "bucket"})
    planner = Planner(context_of([old]))
    declarations = {key: declared(key, aliases=("old",)) for key in ("a", "b")}
    for one in declarations.values():
        planner.add(one, HERE)

    assert found_moves(planner, declarations) == {"a": "old"}


def test_an_adoption_of_what_a_former_key_owns_is_a_move() -> None:
    old = record(identifier="arn:t", key="old", declared={"TopicName": "t"})
    planner = Planner(context_of([old]))
    one = Declaration(key="new", type=TOPIC, document={"DisplayName": "d"})
    planner.add(one, HERE)
    planner.claimed["new"] = old

    assert found_moves(planner, {"new": one}) == {"new": "old"}
    assert found_moves(planner, {"new": one, "old": declared("old")}) == {}


def test_no_two_keys_adopt_one_resource() -> None:
    planner = Planner(context_of())
    for key in ("a", "b"):
        planner.add(declared(key, key), HERE)
        planner.found[key] = ResourceDescription(key, {})
    refuse_claims(planner)

    planner.found["b"] = ResourceDescription("a", {})
    with pytest.raises(PlanError, match="a and b would both adopt a"):
        refuse_claims(planner)
    planner.claimed["b"] = record(BUCKET, "a", key="old")
    with pytest.raises(PlanError, match="b: a is managed already, as old"):
        refuse_claims(planner)
