"""A declaration with its values: its place, its assets, its tags, and what can't be looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.errors import InvalidProperties
from cloudwright.plan.decision import replace_digest
from cloudwright.plan.generations import choose
from cloudwright.plan.model import Action
from cloudwright.plan.resolution import Resolver
from cloudwright.plan.resolved import ABSENT
from cloudwright.program.asset_content import Asset
from cloudwright.program.declaration import Declaration, Options
from cloudwright.program.reference import Ref
from cloudwright.secret import Secret
from cloudwright.target import DeclaredTarget
from dead_runs import HERE, TOPIC, record
from diff_kit import fingerprint
from subject_kit import context_of, subject_of

if TYPE_CHECKING:
    from cloudwright.plan.context import PlanContext
    from cloudwright.plan.resolution import Resolution


def resolved(
    document: dict[str, Any], type_name: str = TOPIC, *, context: PlanContext | None = None, **more: Any
) -> Resolution:
    def lookup(ref: Ref) -> Any:
        raise InvalidProperties(f"{ref.key} has no {'/'.join(ref.path)}")

    resolver = Resolver(context=context or context_of(), lookup=lookup, make_name=lambda key, _: key)
    return resolver.resolve(Declaration(key="a", type=type_name, document=document, **more), HERE)


def test_a_resource_is_placed_by_the_program_only_if_that_names_a_region() -> None:
    assert resolved({}, target=DeclaredTarget(region="us-east-1")).subject.placed
    assert not resolved({}).subject.placed


def test_an_asset_is_replaced_by_its_place() -> None:
    code = Asset(path="", digest="abc", size=1, suffix=".zip")
    found = resolved({"Code": code, "Role": "arn:aws:iam::000000000000:role/r"}, "AWS::Lambda::Function")

    assert found.subject.desired["Code"]["S3Key"] == "assets/abc.zip"


def test_each_value_that_cannot_be_looked_up_is_reported_at_a_place_of_its_own() -> None:
    refs = Ref("b", ("X",)), Ref("b", ("X",)), Ref("c", ("Y",))
    found = resolved({"TopicName": refs[0], "DisplayName": refs[1], "KmsMasterKeyId": refs[2]})

    assert sorted(problem.path for problem in found.problems) == ["/DisplayName", "/KmsMasterKeyId", "/TopicName"]


@pytest.mark.parametrize(("type_name", "kept"), [("AWS::AppRunner::AutoScalingConfiguration", ("old",)), (TOPIC, ())])
def test_tags_that_a_type_cannot_drop_are_kept(type_name: str, kept: tuple[str, ...]) -> None:
    present = record(type_name, "one", declared={"Tags": [{"Key": "old", "Value": "v"}]})

    assert resolved({}, type_name, context=context_of([present])).kept_tags == kept


def former(value: object) -> tuple[str, ...]:
    return f"first:{value}", f"second:{value}"


@pytest.mark.parametrize(
    ("values", "recorded", "shown"),
    [
        (None, "", None),
        (None, "something", None),
        (Secret("s"), replace_digest({"$secret": fingerprint("s")}), {"$secret": fingerprint("s")}),
        (Secret("s"), replace_digest({"$secret": "second:s"}), {"$secret": "second:s"}),
        (Secret("s"), replace_digest({"$secret": "first:s"}), {"$secret": "first:s"}),
        (Secret("s"), "something", {"$secret": fingerprint("s")}),
    ],
)
def test_a_value_to_replace_on_is_the_same_under_an_earlier_sealing_key(
    values: object, recorded: str, shown: object
) -> None:
    context = context_of([record(identifier="one", replace_on=recorded)], former=former)

    assert resolved({}, context=context, options=Options(replace_on=values)).subject.replace_on == shown


def test_a_declaration_continues_the_newest_generation_that_need_not_be_replaced() -> None:
    old = record(identifier="old", declared={"TopicName": "t"})
    new = record(identifier="new", declared={"TopicName": "other"}, generation=1)
    tainted = record(identifier="new", declared={"TopicName": "t"}, generation=1)
    subject = subject_of({"TopicName": "t"})

    decision, chosen = choose(subject, (new, old), context_of(), None)
    assert (decision.action, chosen) == (Action.NONE, old)
    decision, chosen = choose(subject, (tainted, old), context_of(), None)
    assert (decision.action, chosen) == (Action.NONE, tainted)
    decision, chosen = choose(subject, (new,), context_of(), None)
    assert (decision.action, chosen) == (Action.REPLACE, new)


def test_a_vanished_old_generation_does_not_turn_the_replacement_of_the_newest_into_a_create() -> None:
    old = record(identifier="old", declared={"TopicName": "t"})
    new = record(identifier="new", declared={"TopicName": "other"}, generation=1)
    subject = subject_of({"TopicName": "t"})

    decision, chosen = choose(subject, (new, old), context_of(live={old.id: ABSENT}), None)
    assert (decision.action, chosen) == (Action.REPLACE, new)
    decision, chosen = choose(subject, (new, old), context_of(live={old.id: ABSENT, new.id: ABSENT}), None)
    assert (decision.action, chosen) == (Action.CREATE, None)
    decision, chosen = choose(subject, (new, old), context_of(live={new.id: ABSENT}), None)
    assert (decision.action, chosen) == (Action.CREATE, None)
