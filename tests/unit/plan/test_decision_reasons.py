"""Why a resource is replaced, updated or left alone, and what of it may turn out smaller."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.diff.model import Difference
from cloudwright.diff.replacement_causes import ReplacementCause
from cloudwright.plan.decision import (
    Decision,
    _first_declared,
    _may_stay,
    _moved_place,
    _surely_differs,
    decide,
    kept,
    newly_declared,
    replace_digest,
)
from cloudwright.plan.model import Action
from cloudwright.program.declaration import Options
from cloudwright.program.document import Unknown
from cloudwright.program.reference import Ref
from cloudwright.state.records import RecordStatus
from dead_runs import HERE, record
from subject_kit import subject_of

if TYPE_CHECKING:
    from cloudwright.state.records import Record

DOCUMENT = {"TopicName": "t"}
UNKNOWN_MARKER = {"$unknown": "b:/Arn"}
TAG = {"Key": "k", "Value": "v"}


def topic(**more: Any) -> Record:
    return record(identifier="one", declared=DOCUMENT, **more)


@pytest.mark.parametrize(
    ("subject", "present", "rule", "reason"),
    [
        ({}, topic(status=RecordStatus.TAINTED), "tainted", "its create did not succeed"),
        ({}, topic(status=RecordStatus.TAINTED, note="it broke"), "tainted", "it broke"),
        ({"teardown": True}, topic(), "teardown", "what it references is replaced delete-first"),
        ({"requested": True}, topic(), "requested", "its replacement was requested"),
        ({}, replace(topic(), type="AWS::SQS::Queue"), "type", "it has another type"),
        ({"target": replace(HERE, account="111122223333")}, topic(), "target", "it is declared to live elsewhere"),
        ({"replace_on": "new"}, topic(replace_on="old"), "replaceOn", "a value listed in replace_on changed"),
        ({"replace_on": "new"}, topic(), "replaceOn", "a value listed in replace_on changed"),
        ({}, topic(replace_on="old"), "replaceOn", "a value listed in replace_on changed"),
    ],
)
def test_a_replacement_has_a_reason_of_its_own(
    subject: dict[str, Any], present: Record, rule: str, reason: str
) -> None:
    decision = decide(subject_of(DOCUMENT, **subject), present)

    assert (decision.action, decision.maybe) == (Action.REPLACE, False)
    assert [(one.rule, one.forces, one.reason) for one in decision.changes] == [(rule, True, reason)]


@pytest.mark.parametrize(
    ("desired", "more", "maybe"),
    [
        (DOCUMENT, {}, True),
        ({**DOCUMENT, "DisplayName": "x"}, {}, False),
        ({**DOCUMENT, "DisplayName": Unknown(Ref("b", ("Arn",)))}, {}, True),
        (DOCUMENT, {"requested": True}, False),
    ],
)
def test_a_replacement_may_turn_out_unneeded_only_if_all_of_it_waits_for_a_value(
    desired: dict[str, Any], more: dict[str, Any], *, maybe: bool
) -> None:
    decision = decide(subject_of(desired, replace_on=UNKNOWN_MARKER, **more), topic(replace_on="old"))

    assert (decision.action, decision.maybe) == (Action.REPLACE, maybe)
    assert "is known only after deploy" in decision.changes[-1 if more else 0].reason


def test_a_value_to_replace_on_that_was_not_recorded_waits_for_nothing() -> None:
    decision = decide(subject_of(DOCUMENT, replace_on=UNKNOWN_MARKER), topic())

    assert not decision.maybe
    assert decision.changes[0].reason.endswith("changed")


def test_no_value_to_replace_on_has_no_digest() -> None:
    assert replace_digest(None) == ""
    assert replace_digest("x") not in {"", replace_digest("y")}


@pytest.mark.parametrize(
    ("wanted", "placed", "moved"),
    [
        ({}, True, False),
        ({"account": "111122223333"}, False, True),
        ({"partition": "aws-cn"}, False, True),
        ({"region": "eu-west-1"}, True, True),
        ({"region": "eu-west-1"}, False, False),
    ],
)
def test_a_resource_moves_with_its_account_and_with_a_region_that_the_program_names(
    wanted: dict[str, Any], *, placed: bool, moved: bool
) -> None:
    subject = subject_of(DOCUMENT, target=replace(HERE, **wanted), placed=placed)

    assert _moved_place(subject, topic()) == moved


def test_what_an_update_left_unclear_is_read_and_may_turn_out_as_it_should_be() -> None:
    decision = decide(subject_of(DOCUMENT), topic(dirty=("/DisplayName",)))
    assert (decision.action, decision.maybe) == (Action.UPDATE, True)

    assert decide(subject_of(DOCUMENT), topic(dirty=("/DisplayName",)), DOCUMENT) == Decision(action=Action.NONE)


@pytest.mark.parametrize(
    ("desired", "action"), [(DOCUMENT, Action.NONE), ({**DOCUMENT, "DisplayName": "x"}, Action.UPDATE)]
)
def test_foreign_elements_that_stay_are_mentioned(desired: dict[str, Any], action: Action) -> None:
    ours = {"Key": "ours", "Value": "v"}
    present = record(identifier="one", declared={**DOCUMENT, "Tags": [ours]})
    decision = decide(subject_of({**desired, "Tags": [ours]}), present, {**DOCUMENT, "Tags": [ours, TAG]})

    assert decision.action is action
    assert decision.reasons == ('/Tags/1 was added outside cloudwright and stays: {"Key": "k", "Value": "v"}',)


def test_a_long_element_is_cut_after_120_characters() -> None:
    for length, shown in ((118, f'"{"x" * 118}"'), (119, f'"{"x" * 119}...')):
        element = Difference(("Tags", "0"), "remove", old="x" * length, positions=(1,))
        assert kept(element).endswith(f"stays: {shown}")


def test_an_ignored_value_that_every_update_must_send_is_shown_with_an_update_and_only_then() -> None:
    template, options = "AWS::EC2::LaunchTemplate", Options(ignore_changes=("/LaunchTemplateData/ImageId",))
    before = {"LaunchTemplateData": {"ImageId": "ami-1", "InstanceType": "a"}}
    after = {"LaunchTemplateData": {"ImageId": "ami-1", "InstanceType": "b"}}
    present = record(template, "lt-1", declared=subject_of(before, template).masked)

    assert decide(subject_of(before, template, options=options), present) == Decision(action=Action.NONE)
    changed = decide(subject_of(after, template, options=options), present)
    assert [(one.path, one.rule) for one in changed.changes] == [
        ("/LaunchTemplateData", "changed"),
        ("/LaunchTemplateData/ImageId", "writeOnly"),
    ]


def test_a_change_of_the_program_is_told_from_drift() -> None:
    live = {"TopicName": "t", "DisplayName": "theirs"}
    drift = decide(
        subject_of({"TopicName": "t", "DisplayName": "a"}),
        record(identifier="one", declared={"TopicName": "t", "DisplayName": "a"}),
        live,
    )
    changed = decide(
        subject_of({"TopicName": "t", "DisplayName": "b"}),
        record(identifier="one", declared={"TopicName": "t", "DisplayName": "a"}),
        live,
    )
    unread = decide(
        subject_of({"TopicName": "t", "DisplayName": "b"}),
        record(identifier="one", declared={"TopicName": "t", "DisplayName": "a"}),
    )

    assert [one.changes[0].rule for one in (drift, changed, unread)] == ["drift", "changed", "changed"]


# -- values with which an adopted resource was created

KEY = "AWS::ApiGateway::ApiKey"
"""`GenerateDistinctId` is set by a create alone, and reads never return it."""


@pytest.mark.parametrize(
    ("adopted", "difference", "first"),
    [
        (True, Difference(("GenerateDistinctId",), "add"), True),
        (False, Difference(("GenerateDistinctId",), "add"), False),
        (True, Difference(("GenerateDistinctId",), "replace"), False),
        (True, Difference(("GenerateDistinctId",), "add", unknown=True), False),
        (True, Difference(("Description",), "add"), False),
        (True, Difference(("Name",), "add"), False),
        (True, Difference((), "add"), False),
    ],
)
def test_only_a_hidden_create_only_value_of_an_adopted_resource_is_declared_without_a_change(
    difference: Difference, *, adopted: bool, first: bool
) -> None:
    assert _first_declared(subject_of(type_name=KEY), record(KEY, "one", adopted=adopted), difference) == first


def test_a_hidden_value_that_an_update_can_set_is_a_change_of_an_adopted_resource() -> None:
    database = record("AWS::RDS::DBInstance", "one", adopted=True)
    difference = Difference(("MasterUserPassword",), "add")

    assert not _first_declared(subject_of(type_name="AWS::RDS::DBInstance"), database, difference)


def test_an_adopted_record_learns_the_hidden_values_and_nothing_else() -> None:
    subject = subject_of({"Name": "k", "GenerateDistinctId": True, "Description": "d"}, KEY)
    present = record(KEY, "one", adopted=True, declared={"Name": "k"})

    assert newly_declared(subject, present) == {"GenerateDistinctId": subject.masked["GenerateDistinctId"]}
    known = record(KEY, "one", adopted=True, declared={"Name": "k", **newly_declared(subject, present)})
    assert newly_declared(subject, known) == {}


# -- values that are known only after deploy


@pytest.mark.parametrize(
    ("new", "cause", "differs"),
    [
        (Unknown(Ref("b", ()), former="old"), ReplacementCause(("A",), "createOnly", certain=False, leaf=("A",)), True),
        (
            Unknown(Ref("b", ()), former="other"),
            ReplacementCause(("A",), "createOnly", certain=False, leaf=("A",)),
            False,
        ),
        (Unknown(Ref("b", ())), ReplacementCause(("A",), "createOnly", certain=False, leaf=("A",)), False),
        (
            Unknown(Ref("b", ()), former="old"),
            ReplacementCause(("A",), "createOnly", certain=False, leaf=("A", "B")),
            False,
        ),
        (
            Unknown(Ref("b", ()), former="old"),
            ReplacementCause(("A",), "conditionalCreateOnly", certain=False, leaf=("A",)),
            False,
        ),
        ("old", ReplacementCause(("A",), "createOnly", certain=False, leaf=("A",)), False),
    ],
)
def test_only_the_identifier_of_a_resource_beside_its_old_one_certainly_differs(
    new: object, cause: ReplacementCause, *, differs: bool
) -> None:
    assert _surely_differs(Difference(("A",), "replace", old="old", new=new), cause) == differs
    nothing = Difference(("A",), "add", old=None, new=Unknown(Ref("b", ())))
    assert not _surely_differs(nothing, cause)


def test_a_certain_difference_of_a_create_only_value_is_a_certain_replacement() -> None:
    subnet, options = "AWS::EC2::Subnet", {"CidrBlock": "10.0.0.0/24"}
    present = record(subnet, "subnet-1", declared={**options, "VpcId": "vpc-old"})
    certain = decide(subject_of({**options, "VpcId": Unknown(Ref("vpc", ()), former="vpc-old")}, subnet), present)
    open_ = decide(subject_of({**options, "VpcId": Unknown(Ref("vpc", ()), prior="vpc-old")}, subnet), present)

    assert (certain.action, certain.maybe) == (Action.REPLACE, False)
    assert (open_.action, open_.may_replace) == (Action.UPDATE, True)


@pytest.mark.parametrize(
    ("value", "stays"),
    [
        (Unknown(Ref("b", ()), prior="x"), True),
        (Unknown(Ref("b", ())), False),
        ({"A": [Unknown(Ref("b", ()), prior="x")]}, True),
        ({"A": ["x"]}, False),
        ("x", False),
    ],
)
def test_a_value_may_stay_if_anything_unknown_in_it_had_one_before(value: object, *, stays: bool) -> None:
    assert _may_stay(value) == stays
