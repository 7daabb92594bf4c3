"""Which resources a narrowed plan includes, and what options and references of templates mean."""

from __future__ import annotations

from typing import Any

import pytest

from catalog_kit import CATALOG
from cloudwright.errors import InvalidProperties, PlanError
from cloudwright.plan.model import Action, Change, Plan
from cloudwright.plan.options import PlanOptions
from cloudwright.plan.owner_tag import OWNER_TAG, owner_tag, tags_of
from cloudwright.plan.targeting import selected
from cloudwright.plan.template_ref import template_ref
from cloudwright.program.reference import TEMPLATE_REF, Ref, Text
from dead_runs import TOPIC
from render_samples import step
from subject_kit import subject_of

EDGES: dict[str, tuple[str, ...]] = {"table": (), "function": ("table",), "alarm": ("function",), "queue": ()}


@pytest.mark.parametrize(
    ("options", "chosen"),
    [
        ({}, {"table", "function", "alarm", "queue"}),
        ({"targets": ("function",)}, {"table", "function"}),
        ({"excludes": ("function",)}, {"table", "queue"}),
        ({"targets": ("alarm", "queue"), "excludes": ("queue",)}, {"table", "function", "alarm"}),
    ],
)
def test_targets_include_what_they_need_and_excludes_what_needs_them(options: dict[str, Any], chosen: set[str]) -> None:
    assert selected(EDGES, PlanOptions(**options), EDGES) == chosen


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"targets": ("tabel",)}, "there is no resource 'tabel'; did you mean 'table'?"),
        ({"delete_first": ("zzz",)}, "there is no resource 'zzz'"),
        ({"imports": (("old", "one"),)}, "the program declares no 'old'"),
    ],
)
def test_a_key_that_does_not_exist_is_an_error_that_names_a_similar_one(options: dict[str, Any], words: str) -> None:
    with pytest.raises(PlanError) as refused:
        selected(EDGES, PlanOptions(**options), {*EDGES, "old"})

    assert refused.value.message == words
    assert selected(EDGES, PlanOptions(delete_first=("old",)), {*EDGES, "old"}) == set(EDGES)


def test_a_plan_is_narrowed_by_targets_or_by_excludes() -> None:
    assert not PlanOptions().targeted
    assert PlanOptions(targets=("a",)).targeted
    assert PlanOptions(excludes=("a",)).targeted
    assert PlanOptions(adopt=("a",), imports=(("b", "one"),)).chosen == {"a", "b"}
    assert PlanOptions() == PlanOptions(
        refresh=False, force=False, strict_values=False, frozen=False, targets=(), excludes=()
    )


def test_the_reference_of_a_template_is_the_identifier_or_the_part_that_is_known_to_be_meant() -> None:
    bucket = CATALOG.get("AWS::S3::Bucket")
    ref = Ref("a", TEMPLATE_REF)
    assert template_ref(Ref("a", ("Arn",)), bucket, ()) == Ref("a", ("Arn",))
    simple = [name for name in (TOPIC, "AWS::S3::Bucket") if not CATALOG.get(name).ref_identifier]
    for name in simple:
        assert template_ref(ref, CATALOG.get(name), ()) == Ref("a")


def test_a_reference_of_several_parts_joins_those_that_the_resource_has() -> None:
    known = [CATALOG.get(name) for name in CATALOG.names()]
    joined = next(kind for kind in known if kind.provisionable and len(kind.ref_identifier or ()) > 1)
    *first, last = joined.ref_identifier or ()
    found = template_ref(Ref("a", TEMPLATE_REF), joined, first)

    assert isinstance(found, Text)
    parts = [part for part in found.parts if part != "|"]
    assert parts == [Ref("a", (name,)) for name in (*first, last)]
    assert len(found.parts) == 2 * len(parts) - 1


def test_a_reference_that_nobody_knows_is_an_error_that_names_the_parts() -> None:
    known = [CATALOG.get(name) for name in CATALOG.names()]
    kind = next(one for one in known if one.provisionable and not one.ref_identifier and len(one.identifiers) > 1)
    with pytest.raises(InvalidProperties) as refused:
        template_ref(Ref("a", TEMPLATE_REF), kind, ())

    assert f"/{kind.identifiers[0][-1]}" in refused.value.message
    assert f"such as `{'.'.join(kind.identifiers[-1])}`" in str(refused.value.hint)


def test_the_owner_is_a_tag_among_others() -> None:
    live = {"Tags": [{"Key": OWNER_TAG, "Value": "shop/dev"}, {"Key": "a", "Value": "b"}]}

    assert tags_of(CATALOG.get(TOPIC), live) == {**owner_tag("shop", "dev"), "a": "b"}
    assert tags_of(CATALOG.get(TOPIC), {}) == {}


# -- plans


def plan(*steps: Any, **more: Any) -> Plan:
    return Plan(app="a", stage="b", serial=1, digest="", steps=steps, **more)


def test_a_plan_is_counted_by_its_actions() -> None:
    full = plan(step("a", Action.CREATE), step("b", Action.CREATE), step("c", Action.NONE), step("d", Action.READ))
    assert [one.key for one in full.changes] == ["a", "b"]
    assert (full.empty, plan(step("c", Action.NONE)).empty) == (False, True)
    assert (full.count(Action.CREATE), full.count(Action.DELETE)) == (2, 0)
    assert repr(full).startswith("<Plan a/b: 2 ")
    assert repr(plan(destroy=True)) == "<Destroy a/b: empty>"


def test_a_step_is_about_an_action_by_its_type() -> None:
    assert step("a", Action.RUN, type="Action").is_action
    assert not step("a", Action.UPDATE, Change("/A", "replace")).is_action


def test_a_subject_has_secrets_if_its_document_hides_values() -> None:
    assert subject_of({"MasterUserPassword": "p"}, "AWS::RDS::DBInstance").has_secrets
    assert not subject_of({"TopicName": "t"}).has_secrets
    assert subject_of({"TopicName": "t"}).key == "a"
