"""IAM policies by action and resource."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudwright.local.access.policy import AccessDecision, AccessPolicy, policy_of, read_policy

TOPIC = "arn:aws:sns:us-east-1:111111111111:orders"
ALLOWED, DENIED, UNSAID = AccessDecision.ALLOWED, AccessDecision.EXPLICIT_DENY, AccessDecision.IMPLICIT_DENY


def policy(*statements: dict[str, Any]) -> AccessPolicy:
    return policy_of({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


@pytest.mark.parametrize(
    ("statements", "action", "resource", "decision"),
    [
        ([], "sns:CreateTopic", "*", UNSAID),
        ([allow("sns:CreateTopic")], "sns:CreateTopic", TOPIC, ALLOWED),
        ([allow("SNS:createtopic")], "sns:CreateTopic", TOPIC, ALLOWED),
        ([allow("sns:Create*")], "sns:CreateTopic", TOPIC, ALLOWED),
        ([allow("sns:Create?opic")], "sns:CreateTopic", TOPIC, ALLOWED),
        ([allow("sns:Create")], "sns:CreateTopic", TOPIC, UNSAID),
        ([allow(["s3:*", "sns:*"])], "sns:CreateTopic", TOPIC, ALLOWED),
        ([allow("*"), deny("sns:CreateTopic")], "sns:CreateTopic", TOPIC, DENIED),
        ([deny("sns:*"), allow("sns:*")], "sns:CreateTopic", TOPIC, DENIED),
        ([allow("sns:*", "arn:aws:sns:*:*:orders")], "sns:CreateTopic", TOPIC, ALLOWED),
        ([allow("sns:*", "arn:aws:sns:*:*:returns")], "sns:CreateTopic", TOPIC, UNSAID),
        ([allow("sns:*", TOPIC)], "sns:CreateTopic", "*", UNSAID),
        ([allow("sns:*", TOPIC)], "sns:CreateTopic", None, ALLOWED),
        ([allow("*"), deny("sns:*", TOPIC)], "sns:CreateTopic", None, ALLOWED),
        ([allow("*"), deny("sns:*")], "sns:CreateTopic", None, DENIED),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], "sns:CreateTopic", "*", ALLOWED),
        ([{"Effect": "Allow", "NotAction": "sns:*", "Resource": "*"}], "sns:CreateTopic", "*", UNSAID),
        ([allow("*"), {"Effect": "Deny", "Action": "*", "NotResource": TOPIC}], "sns:Publish", TOPIC, ALLOWED),
        ([allow("*"), {"Effect": "Deny", "Action": "*", "NotResource": TOPIC}], "sns:Publish", "*", DENIED),
        ([allow("iam:PassRole", Condition={"StringEquals": {"a": "b"}})], "iam:PassRole", "*", ALLOWED),
    ],
)
def test_a_decision(
    statements: list[dict[str, Any]], action: str, resource: str | None, decision: AccessDecision
) -> None:
    assert policy(*statements).decide(action, resource) is decision


def test_one_statement_a_list_and_named_documents_are_read() -> None:
    one = {"Version": "2012-10-17", "Statement": allow("sns:*")}
    other = {"Statement": [deny("sns:Publish")]}
    for given_ in ([one, other], {"deploy-1": one, "deploy-2": other}):
        read = read_policy(json.dumps(given_))
        assert (read.decide("sns:Publish", "*"), read.decide("sns:Subscribe", "*")) == (DENIED, ALLOWED)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "."),
        ("[]", "not an IAM policy"),
        ("7", "not an IAM policy"),
        ('{"Version": "2012-10-17"}', "not an IAM policy"),
        ('{"Statement": [7]}', "statement 1 is not an object"),
        ('{"Statement": {"Sid": "A", "Effect": "allow"}}', "statement A: Effect"),
        ('{"Statement": {"Effect": "Allow", "Resource": "*"}}', "either Action or NotAction"),
        ('{"Statement": {"Effect": "Allow", "Action": "a:b"}}', "either Resource or NotResource"),
        ('{"Statement": {"Effect": "Allow", "Action": [], "Resource": "*"}}', "Action is a text or a list"),
        ('{"Statement": {"Effect": "Allow", "Action": 7, "Resource": "*"}}', "Action is a text or a list"),
        ('{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}}', "Principal"),
        ('{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"a": {}}}}', "Condition"),
    ],
)
def test_what_is_no_policy_is_refused_with_its_place(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_policy(text)


@given(st.lists(st.sampled_from(["sns:Publish", "sns:*", "s3:*", "*"]), min_size=1), st.integers(0, 2))
def test_a_deny_wins_wherever_it_stands(actions: list[str], place: int) -> None:
    statements = [allow(actions), allow("sns:*")]
    statements.insert(place, deny("sns:Publish"))
    assert policy(*statements).decide("sns:Publish", TOPIC) is DENIED
