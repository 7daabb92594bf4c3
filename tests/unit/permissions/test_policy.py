"""Policies of permissions: complete, minimal in statements, and within IAM's limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudwright.errors import CloudwrightError
from cloudwright.permissions.ci import ci_role
from cloudwright.permissions.model import AccountPermissions, Permission, Reason
from cloudwright.permissions.policy import DOCUMENT_LIMIT, policies, size, statements

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudwright.permissions.policy import Policy

WHY = (Reason(operation="create", key="k"),)


def needed(*permissions: Permission, account: str = "111122223333") -> AccountPermissions:
    return AccountPermissions(partition="aws", account=account, permissions=permissions)


def allow(action: str, *resources: str, **more: Any) -> Permission:
    return Permission(action=action, resources=resources or ("*",), reasons=WHY, **more)


def allowed(made: Iterable[Policy]) -> set[tuple[str, str]]:
    found = [statement for policy in made for statement in policy.document["Statement"]]
    return {(action, resource) for one in found for action in one["Action"] for resource in one["Resource"]}


def test_actions_of_one_service_share_a_statement() -> None:
    assert statements([allow("sns:B"), allow("sns:A"), allow("sqs:C")]) == [
        {"Sid": "Sns", "Effect": "Allow", "Action": ["sns:A", "sns:B"], "Resource": ["*"]},
        {"Sid": "Sqs", "Effect": "Allow", "Action": ["sqs:C"], "Resource": ["*"]},
    ]


def test_resources_of_one_action_come_together_and_a_star_takes_them_all_in() -> None:
    (narrow,) = statements([allow("iam:PassRole", "arn:b"), allow("iam:PassRole", "arn:a")])
    (wide,) = statements([allow("s3:GetObject", "arn:b"), allow("s3:GetObject")])

    assert narrow["Resource"] == ["arn:a", "arn:b"]
    assert wide["Resource"] == ["*"]


def test_a_whole_service_takes_in_its_actions() -> None:
    (one,) = statements([allow("acm:*", guessed=True), allow("acm:RequestCertificate")])

    assert one["Action"] == ["acm:*"]


def test_a_wildcard_that_a_schema_lists_takes_in_what_begins_so() -> None:
    (one,) = statements([allow("ec2:Describe*"), allow("ec2:DescribeVpcs"), allow("ec2:CreateVpc")])
    first, second = statements([allow("s3:Get*", "arn:b"), allow("s3:GetObject", "arn:c")])

    assert one["Action"] == ["ec2:CreateVpc", "ec2:Describe*"]
    assert (first["Action"], second["Action"]) == (["s3:Get*"], ["s3:GetObject"])


def test_a_condition_makes_a_statement_of_its_own() -> None:
    condition = (("StringEquals", "kms:RequestAlias", "alias/a"),)
    first, second = statements([allow("kms:Decrypt", "arn:k", conditions=condition), allow("kms:Encrypt", "arn:k")])

    assert {first["Sid"], second["Sid"]} == {"Kms", "Kms2"}
    assert second["Condition"] == {"StringEquals": {"kms:RequestAlias": "alias/a"}}


_NAMES = st.from_regex(r"(s3|ec2|imagebuilder):[A-Z][a-z]{3,60}", fullmatch=True)
_ARNS = st.from_regex(r"arn:aws:s3:::[a-z]{3,60}", fullmatch=True)


@given(st.lists(st.tuples(_NAMES, st.one_of(st.none(), _ARNS)), min_size=1, max_size=400))
def test_every_policy_fits_and_together_they_allow_exactly_what_is_needed(pairs: list[tuple[str, str | None]]) -> None:
    permissions = [allow(action, resource or "*") for action, resource in pairs]
    made = policies(needed(*permissions), "deploy")
    everywhere = {action for action, resource in pairs if resource is None}
    wanted = {(action, "*" if action in everywhere or resource is None else resource) for action, resource in pairs}

    assert all(policy.size == size(policy.document) <= DOCUMENT_LIMIT for policy in made)
    assert allowed(made) == wanted
    for policy in made:
        sids = [statement["Sid"] for statement in policy.document["Statement"]]
        assert len(sids) == len(set(sids))
        assert all(sid.isalnum() for sid in sids)


def test_a_list_beyond_the_limit_is_split_and_numbered() -> None:
    made = policies(needed(*(allow(f"ec2:Action{number:04}") for number in range(1000))), "deploy")

    assert [policy.name for policy in made] == [f"deploy-{number}" for number in range(1, len(made) + 1)]
    assert len(made) > 2
    assert len(allowed(made)) == 1000


def test_a_role_for_ci_trusts_one_repository_and_one_kind_of_run() -> None:
    role = ci_role(needed(allow("sns:A")), "cloudwright-my app-plan", "me/repo", "pull_request")
    (statement,) = role.trust["Statement"]

    assert role.name == "cloudwright-my-app-plan"
    assert statement["Condition"]["StringEquals"] == {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": "repo:me/repo:pull_request",
    }
    assert statement["Principal"]["Federated"].startswith("arn:aws:iam::111122223333:oidc-provider/")


def test_a_repository_needs_its_owner() -> None:
    with pytest.raises(CloudwrightError, match="is not a repository"):
        ci_role(needed(allow("sns:A")), "x", "repo", "pull_request")
