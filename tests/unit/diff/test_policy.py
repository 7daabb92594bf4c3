"""IAM policies are compared by what they mean (CC33)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudwright.diff.json_strings import same_json
from cloudwright.diff.policy import foreign_statements, is_policy, with_statements, without_statements


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


@pytest.mark.parametrize("other", [{"a": 1}, "text", None, {"Statement": ["x"]}])
def test_a_policy_differs_from_what_is_none(other: object) -> None:
    assert not same_json(policy(), other)
    assert not same_json(other, policy())


def named(sid: str, **fields: Any) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": "s3:*", "Resource": "*", **fields}


@pytest.mark.parametrize(
    ("want", "have", "before", "foreign"),
    [
        ([named("a")], [named("a"), named("b")], [], [1]),
        ([named("a")], [named("b"), named("a", Effect="Deny")], [], [0]),
        ([named("a")], [named("a"), named("b")], [named("b")], []),
        ([policy()["Statement"][0]], [policy(Action=["S3:*"])["Statement"][0], named("")], [], []),
        ([policy()["Statement"][0]], [policy(Action="sqs:*")["Statement"][0], named("x")], [], [0, 1]),
        ([named("a")], {"Sid": "a", "Effect": "Deny"}, [], []),
    ],
)
def test_a_statement_is_foreign_if_neither_its_sid_nor_its_meaning_was_declared(
    want: Any, have: Any, before: Any, foreign: list[int]
) -> None:
    found = foreign_statements({"Statement": want}, {"Statement": have}, {"Statement": before})

    assert list(found) == foreign
    assert all(one == have[at] for at, one in found.items())


def test_what_is_no_policy_has_no_foreign_statements() -> None:
    assert foreign_statements({"Statement": [named("a")]}, {"Statement": ["x"]}, None) == {}
    assert foreign_statements({"Statement": [named("a")]}, "text", None) == {}


def test_the_order_of_members_in_a_statement_means_nothing() -> None:
    conditions = {"StringEquals": {"b": "1", "a": "2"}}, {"StringEquals": {"a": "2", "b": "1"}}
    one, other = (policy(Condition=condition)["Statement"][0] for condition in conditions)

    assert foreign_statements({"Statement": [one]}, {"Statement": [other]}, None) == {}


def test_naming_a_thing_twice_is_naming_it_once() -> None:
    statement = policy()["Statement"][0]
    twice = [statement, dict(reversed(statement.items()))]
    assert same_json(policy(), {**policy(), "Statement": twice})
    first, again = {"Federated": [{"b": 1, "a": 2}]}, {"Federated": [{"a": 2, "b": 1}, {"b": 1, "a": 2}]}

    assert same_json(policy(Principal=first), policy(Principal=again))
    assert same_json(policy(Action=["s3:*", "S3:*"]), policy())


@pytest.mark.parametrize(
    "value", [None, "text", [], {}, {"Statement": []}, {"Statement": ["x"]}, {"Statement": [{"Effect": "Deny"}, {}]}]
)
def test_only_statements_with_an_effect_make_a_policy(value: object) -> None:
    assert not is_policy(value)
    assert is_policy({"Statement": {"Effect": "Deny"}})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({**policy(), "Id": "a"}, {**policy(), "Id": "b"}),
        ({**policy(), "Id": "a"}, policy()),
        (policy(Sid="a"), policy(Sid="b")),
        (policy(Resource=""), policy(Resource="a")),
        ({"Statement": [{"Effect": ""}]}, {"Statement": [{"Effect": "Allow"}]}),
        (policy(Condition="text"), policy(Condition="other")),
        (policy(Condition={"Bool": "text"}), policy(Condition={"Bool": "other"})),
        (policy(Principal="a"), policy(Principal="b")),
    ],
)
def test_each_member_of_a_policy_counts(one: Any, other: Any) -> None:
    assert same_json(one, dict(one))
    assert not same_json(one, other)


def test_a_value_that_is_no_text_is_compared_whatever_the_order_of_its_members() -> None:
    assert same_json(policy(Resource={"b": 1, "a": 2}), policy(Resource=[{"a": 2, "b": 1}]))
    assert same_json(policy(Unknown={"b": 1, "a": 2}), policy(Unknown={"a": 2, "b": 1}))


def test_statements_are_taken_out_and_added_by_position() -> None:
    whole = {"Version": "x", "Statement": [named("a"), named("b"), named("c")]}

    assert without_statements(whole, {0, 2}) == {"Version": "x", "Statement": [named("b")]}
    assert without_statements({"Statement": named("a")}, set()) == {"Statement": [named("a")]}
    assert with_statements({"Statement": named("a")}, [named("b")]) == {"Statement": [named("a"), named("b")]}
