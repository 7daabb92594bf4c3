"""`DependsOn`, where properties say the same and where they do not."""

from __future__ import annotations

import pytest

from converted_kit import convert

TEMPLATE = """
Parameters: {{Stage: {{Type: String, Default: dev}}}}
Conditions: {{IsProd: !Equals [!Ref Stage, prod]}}
Resources:
  Topic: {{Type: AWS::SNS::Topic}}
  Queue:
    Type: AWS::SQS::Queue
    DependsOn: Topic
    Properties: {{QueueName: {0}}}
"""


def depends(value: str) -> bool:
    source = convert(TEMPLATE.format(value)).source
    return "depends_on=topic" in source


@pytest.mark.parametrize(
    "value", ["!Ref Topic", "!GetAtt Topic.TopicName", "!Sub 'x-${Topic}'", "!Join ['-', [a, !Ref Topic]]"]
)
def test_a_dependency_that_a_property_implies_is_not_repeated(value: str) -> None:
    assert not depends(value)


@pytest.mark.parametrize(
    "value",
    [
        "!Ref Stage",
        "!If [IsProd, !Ref Topic, x]",
        "!Select [0, [a, !Ref Topic]]",
        "!Select [0, !Split ['-', !Ref Topic]]",
        "!Sub ['x-${Topic}', {Topic: y}]",
        "!Sub ['x-${Stage}', {Unused: !Ref Topic}]",
    ],
)
def test_a_dependency_that_no_property_implies_in_any_case_stays(value: str) -> None:
    assert depends(value)


def test_a_dependency_on_what_was_awaited_before_stays() -> None:
    source = convert("""
Resources:
  Topic: {Type: AWS::SNS::Topic}
  First: {Type: AWS::SQS::Queue, Properties: {QueueName: !Select [0, !Split ['-', !Ref Topic]]}}
  Second: {Type: AWS::SQS::Queue, DependsOn: Topic, Properties: {QueueName: !Ref Topic}}
""").source
    assert 'SQS.Queue("Second", QueueName=topic.ref, depends_on=topic)' in source
