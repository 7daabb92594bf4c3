"""What Cloud Control can't manage, and another resource says as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloudwright.convert.problem import SourceError
from converted_kit import convert

if TYPE_CHECKING:
    from cloudwright.convert.cloudformation.program import Converted

USERS = """
Parameters: {Stage: {Type: String, Default: dev}}
Conditions: {IsProd: !Equals [!Ref Stage, prod]}
Resources:
  Clerk: {Type: AWS::IAM::User, Properties: {Groups: [readers]}}
  Cook: {Type: AWS::IAM::User}
  Writers: {Type: AWS::IAM::Group}
"""


def lines(converted: Converted) -> list[str]:
    return [line.strip() for line in converted.source.splitlines()]


def blocking(converted: Converted) -> list[str]:
    return [remark.subject for remark in converted.remarks if remark.blocks]


def test_a_membership_becomes_a_group_of_its_users() -> None:
    found = convert(
        USERS
        + "  Both: {Type: AWS::IAM::UserToGroupAddition, Properties: {GroupName: !Ref Writers, "
        + "Users: [!Ref Clerk, !Ref Cook]}}\n"
        + "  Later: {Type: AWS::SQS::Queue, DependsOn: [Both]}"
    )

    assert 'IAM.User("Clerk", Groups=["readers", writers.ref])' in lines(found)
    assert 'IAM.User("Cook", Groups=[writers.ref])' in lines(found)
    assert 'SQS.Queue("Later")' in lines(found)
    assert blocking(found) == []
    assert [(one.subject, one.text) for one in found.remarks] == [
        ("Both", "AWS::IAM::UserToGroupAddition became Groups of AWS::IAM::User")
    ]


def test_a_membership_under_a_condition_is_one_under_that_condition() -> None:
    found = convert(
        USERS
        + "  Some: {Type: AWS::IAM::UserToGroupAddition, Condition: IsProd, "
        + "Properties: {GroupName: writers, Users: [!Ref Cook]}}"
    )
    assert 'IAM.User("Cook", Groups=[*(["writers"] if is_prod else [])])' in lines(found)


@pytest.mark.parametrize("users", ["[clerk]", "[!Ref Stage]", "!Split [',', !Ref Stage]", "[!Ref Writers]"])
def test_a_membership_of_other_users_is_undecided(users: str) -> None:
    found = convert(
        USERS + f"  Some: {{Type: AWS::IAM::UserToGroupAddition, Properties: {{GroupName: writers, Users: {users}}}}}"
    )
    assert blocking(found) == ["Some"]


def test_a_wait_handle_that_nothing_refers_to_means_nothing() -> None:
    found = convert("Resources: {Nothing: {Type: AWS::CloudFormation::WaitConditionHandle}}")

    assert found.whole
    assert [str(remark) for remark in found.remarks] == [
        "line 1: Nothing: AWS::CloudFormation::WaitConditionHandle became nothing"
    ]


def test_a_wait_handle_whose_address_is_used_is_undecided() -> None:
    found = convert(
        "Resources: {H: {Type: AWS::CloudFormation::WaitConditionHandle}, "
        "Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref H}}}"
    )
    assert blocking(found) == ["H"]


LANGUAGE = """
Transform: AWS::LanguageExtensions
Parameters:
  Stage: {Type: String}
  NameA: {Type: String, Default: a}
Mappings: {Names: {prod: {All: [A, B]}, dev: {All: [A]}}}
Resources:
  Fn::ForEach::Queues:
    - Letter
    - !FindInMap [Names, !Ref Stage, All]
    - Queue${Letter}: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 5}}
Outputs:
  Fn::ForEach::Outs:
    - Letter
    - [A]
    - Out${Letter}: {Value: !GetAtt [!Sub "Queue${Letter}", Arn]}
      Name${Letter}: {Value: {Ref: !Sub "Name${Letter}"}}
"""


def test_a_loop_goes_over_what_a_mapping_holds_and_names_what_it_refers_to() -> None:
    found = convert(LANGUAGE, Stage="prod")

    assert 'SQS.Queue("QueueB", DelaySeconds=5)' in lines(found)
    assert 'return {"OutA": queue_a.Arn, "NameA": name_a}' in lines(found)


@pytest.mark.parametrize(("stage", "words"), [("", "has no value"), ("test", "a value that is in no mapping")])
def test_a_loop_over_what_nobody_said_is_refused(stage: str, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        convert(LANGUAGE, **({"Stage": stage} if stage else {}))


def test_the_name_of_a_mapping_is_the_example_of_the_parameter_that_chooses_it() -> None:
    found = convert(
        "Parameters: {Which: {Type: String}}\nMappings: {Sizes: {dev: {Delay: '5'}}}\n"
        "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !FindInMap [!Ref Which, dev, Delay]}}}"
    )
    assert 'return await stack(which=parameter("Which", example="Sizes"))' in lines(found)
