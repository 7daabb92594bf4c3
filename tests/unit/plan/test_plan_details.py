"""Details of plans that larger tests pass by: boundaries, spellings and the words of errors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from catalog_kit import CATALOG
from cloudwright.errors import InvalidProperties, ProgramError
from cloudwright.plan.adoption import _SHOWN, _arn, shown_value
from cloudwright.plan.assembly import assemble_plan
from cloudwright.plan.asset_places import with_places
from cloudwright.plan.attribute_values import check_attribute, kept_value
from cloudwright.plan.decision import decide
from cloudwright.plan.dependency_order import edges_of
from cloudwright.plan.digest import program_digest
from cloudwright.plan.findings import _broken
from cloudwright.plan.foreign_arns import foreign_arns
from cloudwright.plan.ignoring import ignored_but_sent
from cloudwright.plan.model import Declared, Plan
from cloudwright.plan.options import PlanOptions
from cloudwright.plan.planner import Planner
from cloudwright.plan.resolution import Resolver
from cloudwright.program.asset_content import Asset
from cloudwright.program.declaration import ActionSpec, Declaration, Options
from cloudwright.program.reference import Ref
from cloudwright.secret import Secret
from dead_runs import HERE, TOPIC, record
from subject_kit import context_of, subject_of

if TYPE_CHECKING:
    from cloudwright.plan.model import Finding

STREAM = "AWS::IVS::StreamKey"


def declaration(key: str = "a", **more: Any) -> Declaration:
    return Declaration(key=key, type=TOPIC, document={}, **more)


def test_a_value_is_shown_whole_up_to_exactly_the_limit() -> None:
    assert shown_value("x" * (_SHOWN - 2)) == f'"{"x" * (_SHOWN - 2)}"'
    assert shown_value("x" * (_SHOWN - 1)).endswith("...")


def test_a_name_is_spelt_in_an_arn_as_the_program_spells_it() -> None:
    assert _arn(subject_of({"TopicName": "My-Topic_1"})) == "arn:aws:sns:us-east-1:000000000000:My-Topic_1"


def test_an_asset_fits_a_block_of_nothing_but_a_bucket_and_a_key() -> None:
    code = Asset(path="", digest="abc", size=1, suffix=".zip")
    placed = with_places(CATALOG.get("AWS::AppStream::AppBlock"), {"SourceS3Location": code}, "b")

    assert placed == {"SourceS3Location": {"S3Bucket": "b", "S3Key": "assets/abc.zip"}}


def test_the_outputs_are_part_of_the_plan() -> None:
    assert assemble_plan(Planner(context_of()), {}, outputs={"A": 1}).outputs == {"A": 1}
    assert assemble_plan(Planner(context_of()), {}, outputs={}).outputs == {}


def test_a_sealed_value_is_a_secret_and_what_is_beside_it_is_not() -> None:
    subject = replace(subject_of({}, STREAM), unseal=lambda _, place: b'"sk"')
    present = record(STREAM, "one", observed={"Arn": "arn:one"}, sealed={"/Value": "enc:x"})

    shown = kept_value(Ref("a", ("Value",)), subject, present)
    assert isinstance(shown, Secret)
    assert shown.reveal() == "sk"
    assert kept_value(Ref("a", ("Arn",)), subject, present) == "arn:one"


@pytest.mark.parametrize(("name", "words"), [("TopicAr", "; did you mean TopicArn?"), ("Qqqq", "no attribute Qqqq")])
def test_an_attribute_that_does_not_exist_is_an_error_that_names_a_similar_one(name: str, words: str) -> None:
    check_attribute(Ref("a", ("TopicArn",)), subject_of())
    with pytest.raises(InvalidProperties) as refused:
        check_attribute(Ref("a", (name,)), subject_of())

    assert refused.value.message.endswith(words)


def test_a_plain_update_needs_no_consent() -> None:
    changed = decide(subject_of({"DisplayName": "x"}), record(identifier="one"))

    assert [one.path for one in changed.changes] == ["/DisplayName"]
    assert not changed.may_replace


@pytest.mark.parametrize(("other", "words"), [("tabel", "; did you mean 'table'?"), ("zzz", "is not declared ()")])
def test_a_dependency_on_nothing_is_an_error_that_names_a_similar_key(other: str, words: str) -> None:
    declarations = {
        "table": declaration("table"),
        "user": declaration("user", options=Options(depends_on=(other,))),
    }
    with pytest.raises(ProgramError) as refused:
        edges_of(declarations)
    assert refused.value.message.endswith(words)
    assert edges_of({"user": declarations["table"]}) == {"user": ()}


def test_the_digest_of_a_program_holds_its_options_and_its_actions() -> None:
    async def call(_: Any, __: Any) -> None:
        """Do nothing."""

    def spec(when: str) -> ActionSpec:
        return ActionSpec(when=when, once=False, after=(), runs_locally=False, call=call, result=None)

    programs = [
        declaration(),
        declaration(options=Options(protect=True)),
        declaration(options=Options(retain=True)),
        declaration(action=spec("always")),
        declaration(action=spec("created")),
    ]
    digests = {program_digest({"a": one}, context_of()) for one in programs}
    assert len(digests) == len(programs)
    assert program_digest({"a": declaration()}, context_of()) in digests


def test_a_rule_that_breaks_is_named_with_its_line_if_it_has_one() -> None:
    class Rule:
        id = "mine"

        def __call__(self, plan: Plan) -> list[Finding]:
            raise NotImplementedError

    assert "The rule mine failed: x" in _broken(Rule(), "x").text

    def rule(plan: Plan) -> list[Finding]:
        raise NotImplementedError

    assert "test_plan_details.py:" in _broken(rule, "x").text


ARN = "arn:aws:imagebuilder:us-gov-west-1:aws:component/update-linux/x.x.x"


def declared(value: str, region: str = "us-gov-west-1", **more: Any) -> Declared:
    place = replace(HERE, partition="aws-us-gov", region=region)
    return Declared(key="a", type="AWS::Logs::LogGroup", target=place, properties={"KmsKeyId": value}, **more)


def foreign(*each: Declared) -> list[Finding]:
    return list(foreign_arns(Plan(app="a", stage="b", serial=1, digest="", declared=each)))


def test_of_a_foreign_arn_only_the_partition_is_corrected() -> None:
    (found,) = foreign(declared(ARN))

    assert f'Write "{ARN.replace("arn:aws:", "arn:aws-us-gov:")}"' in found.fix


def test_what_is_only_read_or_has_no_place_yet_is_not_judged_and_no_text_in_quotes() -> None:
    assert foreign(declared(ARN, existing=True), declared(ARN, region=""), declared(f'"{ARN}"')) == []
    assert len(foreign(declared(f'["{ARN}"]'), declared(f'{{"A": "{ARN}"}}'))) == 2


def test_only_hidden_values_below_an_ignored_path_are_sent_all_the_same() -> None:
    template = {"VersionDescription": "v", "LaunchTemplateData": {"ImageId": "ami-1"}}
    subject = subject_of(template, "AWS::EC2::LaunchTemplate", options=Options(ignore_changes=("/VersionDescription",)))
    assert [one.path for one in ignored_but_sent(subject)] == ["/VersionDescription"]

    undeclared = subject_of({}, "AWS::EC2::LaunchTemplate", options=Options(ignore_changes=("/VersionDescription",)))
    assert ignored_but_sent(undeclared) == ()


@pytest.mark.parametrize("key", ["a", "b"])
def test_only_the_named_resource_is_replaced_or_torn_down(key: str) -> None:
    context = context_of(options=PlanOptions(replace=(key,)), teardown=frozenset({key}))
    resolver = Resolver(context=context, lookup=lambda _: None, make_name=lambda name, _: name)
    subject = resolver.resolve(declaration(), HERE).subject

    assert (subject.requested, subject.teardown) == (key == "a", key == "a")
