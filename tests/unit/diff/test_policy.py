"""IAM policies are compared by what they mean (CC33)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudwright.diff.json_strings import same_json


def policy(**statement: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*", **statement}]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (policy(Action="s3:GetObject"), policy(Action=["s3:GetObject"])),
        (policy(Action=["s3:Get", "s3:Put"]), policy(Action=["s3:Put", "s3:Get"])),
        (policy(Action="S3:getobject"), policy(Action="s3:GetObject")),
        (policy(Sid=1), policy(Sid="1")),
        (policy(Sid=""), policy()),
        (policy(Principal="*"), policy(Principal={"AWS": "*"})),
        (policy(Principal={"AWS": "111111111111"}), policy(Principal={"AWS": ["arn:aws:iam::111111111111:root"]})),
        (
            policy(Condition={"Bool": {"aws:SecureTransport": False}}),
            policy(Condition={"Bool": {"AWS:SecureTransport": ["false"]}}),
        ),
        (policy(), {**policy(), "Statement": policy()["Statement"][0]}),
        (policy(), json.dumps(policy(), indent=4)),
    ],
)
def test_spellings_of_one_policy_are_equal_both_ways(one: Any, other: Any) -> None:
    assert same_json(one, other)
    assert same_json(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (policy(), policy(Effect="Deny")),
        (policy(Resource="arn:aws:s3:::A"), policy(Resource="arn:aws:s3:::a")),
        (policy(), policy(Condition={"Bool": {"aws:SecureTransport": "true"}})),
        (policy(Principal={"AWS": "111111111111"}), policy(Principal={"AWS": "222222222222"})),
        (policy(Principal={"AWS": "111111111111"}), policy(Principal={"AWS": "arn:aws:iam::111111111111:user/x"})),
        (policy(), {"Statement": policy()["Statement"]}),
        (policy(), {**policy(), "Statement": policy()["Statement"] + policy(Effect="Deny")["Statement"]}),
    ],
)
def test_policies_of_another_meaning_differ(one: Any, other: Any) -> None:
    assert not same_json(one, other)


def test_other_documents_are_compared_exactly() -> None:
    assert same_json({"Statement": [1, 2]}, '{"Statement": [1, 2]}')
    assert not same_json({"Statement": [1, 2]}, {"Statement": [2, 1]})
    assert not same_json("5", 5)
