"""Converted programs before a strict type checker and ruff, as their owners meet them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from converted_kit import convert
from typing_checks import checked

if TYPE_CHECKING:
    from pathlib import Path

CUSTOM = """
Parameters:
  Count: {Type: Number, Default: 3}
  Password: {Type: String, NoEcho: true, Default: x}
  Env: {Type: String, Default: dev}
Conditions: {Prod: !Equals [!Ref Env, prod]}
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Thing:
    Type: Custom::S3-AutoDelete
    DeletionPolicy: Retain
    Properties:
      ServiceToken: !Sub "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:a-function-with-a-long-name"
      BucketName: !Ref Bucket
      Size: 3
      Count: !Ref Count
      "my-prop": [{a: 1}, {a: x}]
      id: y
      class: z
      str: [true]
      Names: [a, b]
      Nested: {A: {B: 1, C: x}}
      Secret: !Ref Password
      Maybe: !If [Prod, x, !Ref AWS::NoValue]
  Other:
    Type: Custom::S3-AutoDelete
    Condition: Prod
    Properties:
      ServiceToken: !Sub "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:a-function-with-a-long-name"
      Extra: 1.5
  SNS:
    Type: Custom::SNS
    Properties: {ServiceToken: x}
  Generic:
    Type: AWS::CloudFormation::CustomResource
    Properties: {ServiceToken: !GetAtt Thing.Function, From: !GetAtt Thing.Result, Ref: !Ref Thing}
  Topic:
    Type: AWS::SNS::Topic
    DependsOn: Generic
    Properties: {DisplayName: !Sub "${Generic.Some.Name} ${Thing.Size}"}
"""


def test_the_classes_of_custom_resources_are_typed_and_clean(tmp_path: Path) -> None:
    assert checked(tmp_path, {"infra.py": convert(CUSTOM).source}) == []
