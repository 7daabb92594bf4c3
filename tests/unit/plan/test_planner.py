"""What planning knows about one declaration after it is decided, and what references to it give."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.control.model import ResourceDescription
from cloudwright.errors import ProgramError
from cloudwright.plan.model import Action, Declared, Order
from cloudwright.plan.options import PlanOptions
from cloudwright.plan.planner import Planner
from cloudwright.program.declaration import ActionSpec, Declaration, Options
from cloudwright.program.document import Unknown
from cloudwright.program.reference import TEMPLATE_REF, Ref
from cloudwright.state.action_records import ActionRecord, ActionStatus
from cloudwright.state.snapshot import Snapshot
from dead_runs import HERE, TOPIC, VPC, VPC_DOCUMENT, record
from render_samples import CONFIGURATION
from subject_kit import context_of

if TYPE_CHECKING:
    from cloudwright.state.records import Record

BUCKET, SCALING = "AWS::S3::Bucket", "AWS::AppRunner::AutoScalingConfiguration"


def declared(key: str = "a", type_name: str = TOPIC, **more: Any) -> Declaration:
    document = more.pop("document", {"TopicName": "t"})
    return Declaration(key=key, type=type_name, document=document, **more)


def planner_of(*records: Record, **more: Any) -> Planner:
    return Planner(context_of(records, **more))


def topic(name: str = "t", **more: Any) -> Record:
    return record(identifier=f"arn:{name}", declared={"TopicName": name}, **more)


# -- steps


@pytest.mark.parametrize(
    ("records", "options", "action", "generation", "identifier"),
    [
        ((), {}, Action.CREATE, 0, None),
        ((topic(),), {}, Action.NONE, 0, "arn:t"),
        ((topic(generation=3),), {}, Action.NONE, 3, "arn:t"),
        ((topic("old", generation=3),), {}, Action.REPLACE, 4, "arn:old"),
        ((topic("old"), topic("older", generation=5)), {}, Action.REPLACE, 6, "arn:older"),
        ((topic(),), {"replace": ("a",)}, Action.REPLACE, 1, "arn:t"),
    ],
)
def test_a_new_resource_gets_the_next_generation_and_another_keeps_its_own(
    records: tuple[Record, ...], options: dict[str, Any], action: Action, generation: int, identifier: str | None
) -> None:
    planner = planner_of(*records, options=PlanOptions(**options))
    planner.add(declared(), HERE)
    step = planner.step("a")

    assert step is not None
    assert (step.action, step.generation, step.identifier) == (action, generation, identifier)
    assert planner.recreated("a") == (action is Action.REPLACE)
    assert (step.order is not None) == (action is Action.REPLACE)


def test_a_replacement_says_why_the_old_half_goes_first_if_it_does() -> None:
    planner = planner_of(topic("old"))
    planner.add(declared(), HERE)
    step = planner.step("a")
    assert step is not None
    assert (step.order, step.reasons) == (Order.CREATE_FIRST, ())

    planner.add(declared(options=Options(delete_before_replace=True)), HERE)
    step = planner.step("a")
    assert step is not None
    assert (step.order, step.reasons) == (Order.DELETE_FIRST, ("delete-first: delete_before_replace is set",))


@pytest.mark.parametrize(
    ("former", "document", "action", "moved"),
    [
        ("old", {"TopicName": "t"}, Action.MOVE, "old"),
        ("old", {"TopicName": "t", "DisplayName": "x"}, Action.UPDATE, "old"),
        ("a", {"TopicName": "t"}, Action.NONE, ""),
        ("a", {"TopicName": "t", "DisplayName": "x"}, Action.UPDATE, ""),
    ],
)
def test_a_record_of_another_key_moves(former: str, document: dict[str, str], action: Action, moved: str) -> None:
    planner = planner_of(replace(topic(), key=former), moves={"a": "old"})
    planner.add(declared(document=document), HERE)
    step = planner.step("a")

    assert step is not None
    assert (step.action, step.moved_from) == (action, moved)


def test_a_resource_stays_where_it_is_recorded_until_it_is_replaced() -> None:
    elsewhere = replace(HERE, region="eu-west-1")
    for name, region in (("t", "eu-west-1"), ("old", "us-east-1")):
        planner = planner_of(replace(topic(name), target=elsewhere))
        planner.add(declared(), HERE)
        step = planner.step("a")
        assert step is not None
        assert step.target.region == region
    fresh = planner_of()
    fresh.add(declared(), HERE)
    step = fresh.step("a")
    assert step is not None
    assert step.target == HERE


def test_what_is_adopted_is_named_by_what_was_found() -> None:
    planner = planner_of()
    planner.found["a"] = ResourceDescription("arn:found", {"TopicName": "t", "TopicArn": "arn:found"})
    planner.add(declared(), HERE)
    step = planner.step("a")

    assert step is not None
    assert (step.action, step.identifier) == (Action.IMPORT, "arn:found")
    assert planner.value(Ref("a", ("TopicArn",))) == "arn:found"


def test_a_found_resource_that_is_not_adopted_gives_no_values() -> None:
    planner = planner_of(topic())
    planner.found["a"] = ResourceDescription("arn:found", {"TopicName": "t"})
    planner.add(declared(), HERE)

    assert planner.value(Ref("a", ())) == "arn:t"


@pytest.mark.parametrize(
    ("type_name", "name", "kept"),
    [(SCALING, "same", True), (SCALING, "other", False), (TOPIC, "same", False)],
)
def test_tags_that_stay_are_mentioned_unless_the_resource_is_replaced(type_name: str, name: str, *, kept: bool) -> None:
    naming = "AutoScalingConfigurationName" if type_name == SCALING else "TopicName"
    before = {naming: "same", "Tags": [{"Key": "old", "Value": "v"}]}
    planner = planner_of(record(type_name, "one", declared=before))
    planner.add(declared("a", type_name, document={naming: name}), HERE)

    assert [one.id for one in planner.findings if one.id == "plan:tags-kept"] == ["plan:tags-kept"] * kept


def test_a_document_that_is_too_large_is_a_problem_only_where_it_is_created() -> None:
    large = {"TopicName": "t", "DisplayName": "x" * 300_000}
    created, kept = planner_of(), planner_of(record(identifier="arn:t", declared=large))
    for planner in (created, kept):
        planner.add(declared(document=large), HERE)

    oversized = [one for one in created.problems if one not in kept.problems and "262" in one.text]
    assert len(oversized) == 1
    assert not [one for one in kept.problems if "262" in one.text]


# -- values


def test_a_value_comes_from_where_it_is_known() -> None:
    planner = planner_of()
    planner.add_existing(declared("live", existing="x"), HERE, ResourceDescription("arn:live", {"DisplayName": "d"}))
    planner.add_unread(declared("unread", existing="y"), HERE)
    outside = Ref("other-app", ("Url",), outside=True)
    assert planner.value(Ref("live", ())) == "arn:live"
    assert planner.value(Ref("live", ("DisplayName",))) == "d"
    assert planner.value(Ref("unread", ("DisplayName",))) == Unknown(Ref("unread", ("DisplayName",)))
    assert planner.value(outside) == Unknown(outside)

    planner.outside[outside] = known = Unknown(outside, prior="before")
    assert planner.value(outside) is known
    with pytest.raises(ProgramError, match="before it is declared"):
        planner.value(Ref("nothing", ()))
    with pytest.raises(ProgramError, match="before it is declared"):
        planner.value(Ref("nothing", TEMPLATE_REF))


def test_an_attribute_that_another_resource_fills_is_unknown() -> None:
    planner = planner_of(replace(topic(), observed={"TopicName": "t", "DisplayName": "d"}))
    planner.add(declared(), HERE)
    planner.filled["a"] = {"TopicArn"}

    assert planner.value(Ref("a", ("TopicArn",))) == Unknown(Ref("a", ("TopicArn",)))
    assert planner.value(Ref("a", ("TopicName",))) == "t"
    assert planner.value(Ref("a", ())) == "arn:t"


def test_the_reference_of_a_template_is_the_attribute_that_it_means() -> None:
    planner = planner_of(topic())
    planner.add(declared(), HERE)

    assert planner.value(Ref("a", TEMPLATE_REF)) == "arn:t"
    named = planner._named(Ref("a", TEMPLATE_REF))
    assert named != str(Ref("a", TEMPLATE_REF))
    assert planner._named(Ref("a", ("TopicName",))) == str(Ref("a", ("TopicName",)))
    assert planner._named(Ref("nothing", TEMPLATE_REF)) == str(Ref("nothing", TEMPLATE_REF))


def test_what_is_not_decided_has_no_step_no_identity_and_is_not_replaced() -> None:
    planner = planner_of()
    assert planner.step("a") is None
    assert planner.identity("a") is None
    assert not planner.recreated("a")

    planner.add(declared("a", BUCKET, document={"BucketName": "bucket"}), HERE)
    assert planner.identity("a") is not None


def test_a_declaration_that_cannot_be_deployed_cannot_be_looked_for() -> None:
    assert planner_of().probe(declared(), HERE) is not None
    assert planner_of().probe(declared(document={"Nonsense": 1}), HERE) is None


def test_rules_see_what_is_referred_to_what_was_before_and_what_is_only_read() -> None:
    planner = planner_of(topic("old", generation=1), topic("older"))
    planner.add(declared("b"), HERE)
    planner.add(declared("a", document={"TopicName": "t", "DisplayName": Ref("b", ("TopicName",))}), HERE)
    planner.add_existing(declared("c", existing="x"), HERE, ResourceDescription("arn:c", {"TopicName": "c"}))

    seen = planner.declared
    assert seen["a"].references == {"/DisplayName": str(Ref("b", ("TopicName",)))}
    assert seen["a"].previous == {"TopicName": "old"}
    assert (seen["b"].references, seen["b"].outlines, seen["b"].previous) == ({}, {}, None)
    assert [seen[key].existing for key in "abc"] == [False, False, True]


# -- actions


async def call(_: Any, __: Any) -> None:
    """Do nothing."""


SPEC = ActionSpec(when="changed", once=True, after=("a",), runs_locally=False, call=call, result=None)


def ran(key: str = "act", status: ActionStatus = ActionStatus.DONE, **more: Any) -> ActionRecord:
    return ActionRecord(key=key, status=status, once=True, target=HERE, token="t", **more)


def acting(*records: ActionRecord, present: Record | None = None) -> Planner:
    held = (present,) if present is not None else ()
    snapshot = Snapshot(app="test", stage="dev", serial=1, actions=records, records=held)
    planner = Planner(context_of(snapshot=snapshot))
    if present is not None:
        planner.add(declared(), HERE)
    planner.add_action(declared("act", ActionSpec.TYPE, document={}, action=SPEC), SPEC, HERE)
    return planner


def test_an_action_is_compared_with_its_own_record() -> None:
    followed = {"a": {"identifier": "arn:t", "created": 0.0, "updated": 0.0}}
    quiet = acting(ran("other"), ran(followed=followed), present=topic()).step("act")
    first = acting(ran("other")).step("act")
    assert quiet is not None
    assert first is not None
    assert (quiet.action, first.action) == (Action.NONE, Action.RUN)
    assert first.reasons == ("it has never run",)


def test_an_action_runs_for_what_is_planned_or_else_for_what_has_happened_since() -> None:
    changed = acting(ran(followed={"a": {"identifier": "arn:before"}}), present=topic()).step("act")
    planned = acting(ran(followed={"a": {"identifier": "arn:before"}}), present=topic("old")).step("act")
    assert changed is not None
    assert planned is not None

    assert changed.reasons == ("a changed since it last ran",)
    assert planned.reasons == ("a is replaced",)


def test_only_an_action_that_may_have_run_is_doubtful() -> None:
    assert [one.severity for one in acting(ran(status=ActionStatus.UNCLEAR)).findings] == ["error"]
    assert acting(ran()).findings == []
    assert acting().findings == []


@pytest.mark.parametrize(("options", "known"), [({}, True), ({"replace": ("a",)}, False)])
def test_only_a_replaced_resource_gets_a_new_generated_name(options: dict[str, Any], *, known: bool) -> None:
    document = {"Distributions": [{"Region": "us-east-1"}]}
    made = record(CONFIGURATION, "arn:old", declared={**document, "Name": "test-dev-a-12345678"}, own_name=True)
    planner = planner_of(made, options=PlanOptions(**options))
    planner.add(declared(type_name=CONFIGURATION, document=document), HERE)
    name = planner.planned["a"].subject.desired["Name"]

    assert name == "test-dev-a-12345678" if known else isinstance(name, Unknown)


def test_a_rule_reads_a_ref_as_the_attribute_that_it_means_unless_it_joins_several() -> None:
    planner = planner_of()
    for key, type_name in (("service", "AWS::ECS::Service"), ("set", "AWS::WAFv2::IPSet")):
        properties = {"Name": "n", "Scope": "REGIONAL"}
        planner.declared[key] = Declared(key=key, type=type_name, target=HERE, properties=properties)

    assert planner._named(Ref("service", TEMPLATE_REF)) == str(Ref("service", ("ServiceArn",)))
    assert planner._named(Ref("set", TEMPLATE_REF)) == str(Ref("set", TEMPLATE_REF))


def test_a_planned_create_fills_attributes_of_the_resource_that_it_names_and_a_finished_one_does_not() -> None:
    block = {"VpcId": Ref("vpc", ("VpcId",)), "AmazonProvidedIpv6CidrBlock": True}
    vpc = record(VPC, "vpc-1", key="vpc", declared=VPC_DOCUMENT, observed={**VPC_DOCUMENT, "VpcId": "vpc-1"})
    there = record("AWS::EC2::VPCCidrBlock", "b|vpc-1", declared={**block, "VpcId": "vpc-1"})
    for records, filled in (((vpc,), True), ((vpc, there), False)):
        planner = planner_of(*records)
        planner.add(declared("vpc", VPC, document=VPC_DOCUMENT), HERE)
        planner.add(declared("a", "AWS::EC2::VPCCidrBlock", document=block), HERE)

        assert ("Ipv6CidrBlocks" in planner.filled.get("vpc", ())) == filled
