"""Comments of a template, and what else it says to people."""

from __future__ import annotations

import textwrap

import pytest

from cloudwright.convert.problem import SourceError
from converted_kit import convert


def comments(template: str) -> list[str]:
    source = convert(textwrap.dedent(template)).source
    return [line.strip() for line in source.splitlines() if line.strip().startswith("#")]


def test_a_comment_stands_above_what_it_explains() -> None:
    found = convert(
        textwrap.dedent("""
        Parameters:
          Stage: {Type: String, Default: dev}
        Mappings:
          # How large it is, by stage
          Sizes: {dev: {Delay: "1"}}
        Conditions:
          # Nothing is mailed elsewhere.
          IsProd: !Equals [!Ref Stage, prod]
        Resources:
          # One for each shop,
          # also for closed ones.
          Orders: # from all tills
            Type: AWS::SQS::Queue
            Properties:
              DelaySeconds: !FindInMap [Sizes, dev, Delay]
          Mails: {Type: AWS::SQS::Queue, Condition: IsProd}
        """)
    ).source
    rows = [line.strip() for line in found.splitlines()]

    assert rows[rows.index("# How large it is, by stage") + 1].startswith("SIZES")
    assert rows[rows.index("# Nothing is mailed elsewhere.") + 1].startswith("is_prod")
    assert rows[rows.index("# One for each shop, also for closed ones. from all tills") + 1].startswith("SQS.Queue(")


def test_comments_among_properties_name_them() -> None:
    assert comments("""
        Resources:
          Group:
            Type: AWS::EC2::SecurityGroup
            Properties:
              # Shown in the console
              GroupDescription: The shop
              SecurityGroupIngress:
                # The office
                - {IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 10.0.0.0/8}
              # The same number as in the ledger
              GroupName: "7"
        """) == [
        "# GroupDescription: Shown in the console",
        "# SecurityGroupIngress: The office",
        "# GroupName: The same number as in the ledger",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "# Type: AWS::SNS::Topic",
        "# Value: !Ref Stage",
        "# checkov:skip=CKV_AWS_27: not secret",
        "########",
        "# -------",
    ],
)
def test_code_rulers_and_words_for_tools_are_no_comments(line: str) -> None:
    assert comments(f"Resources:\n  {line}\n  Orders:\n    Type: AWS::SQS::Queue\n") == []


def test_lines_of_a_text_are_no_comments() -> None:
    assert (
        comments("""
        Resources:
          Mails:
            Type: AWS::SQS::Queue
            Properties:
              QueueName: "a # b"
              Tags:
                - Key: script
                  Value: |
                    #!/bin/sh
                    # starts
                - Key: x
                  Value: y
        """)
        == []
    )


def test_a_comment_in_metadata_is_kept() -> None:
    assert comments("""
        Resources:
          Mails:
            Type: AWS::SQS::Queue
            Metadata: {Comment: Read by the mailer, Owner: shop}
        """) == ["# Read by the mailer"]


@pytest.mark.parametrize(
    ("parameter", "described"),
    [
        ("{Type: String, Description: Where it runs}", "stage: Where it runs."),
        ("{Type: String}", "stage: The stage."),
        ("# What runs\n  Stage: {Type: String}", "stage: What runs."),
    ],
)
def test_an_argument_is_described_by_description_comment_or_label(parameter: str, described: str) -> None:
    declared = parameter if parameter.startswith("#") else f"Stage: {parameter}"
    source = convert(
        "Metadata: {AWS::CloudFormation::Interface: {ParameterLabels: {Stage: {default: The stage}}}}\n"
        f"Parameters:\n  {declared}\n"
        "Resources: {Mails: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Stage}}}\n"
    ).source

    assert described in source


@pytest.mark.parametrize(
    ("template", "words", "hint"),
    [
        ("Resources: {A: {Type: AWS::SQS::Queue, DependOn: B}}", "resource A has no attribute 'DependOn'", "DependsOn"),
        ("Resources: {A: {Typ: AWS::SQS::Queue}}", "resource A has no attribute 'Typ'", "Type"),
        (
            "Parameters: {P: {Type: String, Defualt: x}}\nResources: {A: {Type: AWS::SQS::Queue}}",
            "parameter P has no attribute 'Defualt'",
            "Default",
        ),
        (
            "Resources: {A: {Type: AWS::SQS::Queue}}\nOutputs: {O: {Vale: x}}",
            "output O has no attribute 'Vale'",
            "Value",
        ),
    ],
)
def test_a_misspelt_attribute_is_refused(template: str, words: str, hint: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        convert(template)
    assert caught.value.hint == f"did you mean {hint!r}?"


def test_hooks_and_unknown_attributes_are_reported() -> None:
    found = convert("Hooks: {Shift: {Type: AWS::CodeDeploy::BlueGreen}}\nResources: {A: {Type: AWS::SQS::Queue, X: 1}}")

    assert [(remark.subject, remark.text) for remark in found.remarks] == [
        ("Shift", "hooks are left out, since only CloudFormation runs them; the resources change in one step"),
        ("A", "X is not an attribute of a resource and is left out"),
    ]
