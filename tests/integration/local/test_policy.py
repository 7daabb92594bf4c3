"""A policy on the served local cloud, and IAM's simulation of it, by boto3."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloudwright.local.access.policy import policy_of

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = "111122223333"
USER = f"arn:aws:iam::{ACCOUNT}:user/local"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["sns:*", "cloudformation:*", "iam:Simulate*"], "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::mine/*"},
        {"Effect": "Deny", "Action": "sns:Publish", "Resource": "*"},
    ],
}


@pytest.fixture
def client(serve: Callable[..., Any], client_of: Callable[..., Any]) -> Callable[..., Any]:
    def connect(service: str, policy: Any = POLICY) -> Any:
        server = serve(policy=None if policy is None else policy_of(policy))
        return client_of(server, service, access_key=ACCOUNT)

    return connect


def error_of(call: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def decisions(iam: Any, actions: list[str], **more: Any) -> list[tuple[str, str, str]]:
    pages = iam.get_paginator("simulate_principal_policy").paginate(PolicySourceArn=USER, ActionNames=actions, **more)
    results = [result for page in pages for result in page["EvaluationResults"]]
    return [(one["EvalActionName"], one["EvalResourceName"], one["EvalDecision"]) for one in results]


def test_a_simulation_says_what_the_policy_says(client: Callable[..., Any]) -> None:
    found = decisions(client("iam"), ["sns:CreateTopic", "sns:Publish", "ec2:RunInstances"])
    assert found == [
        ("sns:CreateTopic", "*", "allowed"),
        ("sns:Publish", "*", "explicitDeny"),
        ("ec2:RunInstances", "*", "implicitDeny"),
    ]


def test_each_action_is_simulated_on_each_resource_page_by_page(client: Callable[..., Any]) -> None:
    resources = ["arn:aws:s3:::mine/a", "arn:aws:s3:::other/a"]
    actions = ["s3:GetObject", *(f"sns:Action{number}" for number in range(12))]
    found = decisions(client("iam"), actions, ResourceArns=resources, PaginationConfig={"PageSize": 7})
    assert found[:2] == [("s3:GetObject", resources[0], "allowed"), ("s3:GetObject", resources[1], "implicitDeny")]
    assert [action for action, _, _ in found[::2]] == actions


def test_without_a_policy_everything_is_allowed(client: Callable[..., Any]) -> None:
    assert decisions(client("iam", None), ["ec2:RunInstances"]) == [("ec2:RunInstances", "*", "allowed")]


def test_who_may_not_simulate_is_reported(client: Callable[..., Any]) -> None:
    nothing = {"Statement": {"Effect": "Allow", "Action": "sns:*", "Resource": "*"}}
    code, message = error_of(lambda: decisions(client("iam", nothing), ["sns:Publish"]))
    assert code == "AccessDenied"
    assert f"User: {USER} is not authorized to perform: iam:SimulatePrincipalPolicy on resource: {USER}" in message


@pytest.mark.parametrize(
    ("source", "actions"),
    [(f"arn:aws:sts::{ACCOUNT}:assumed-role/r/session", ["sns:Publish"]), (USER, ["nonsense"]), ("x" * 20, ["a:b"])],
)
def test_bad_questions_are_invalid(client: Callable[..., Any], source: str, actions: list[str]) -> None:
    iam = client("iam")
    code, _ = error_of(lambda: iam.simulate_principal_policy(PolicySourceArn=source, ActionNames=actions))
    assert code == "InvalidInput"


def test_other_operations_of_iam_are_not_served(client: Callable[..., Any]) -> None:
    code, message = error_of(client("iam").list_users)
    assert code == "InvalidAction"
    assert "SimulatePrincipalPolicy" in message


def test_cloud_control_answers_access_denied(client: Callable[..., Any]) -> None:
    control = client("cloudcontrol", {"Statement": {"Effect": "Allow", "Action": "sns:*", "Resource": "*"}})
    desired = json.dumps({"TopicName": "t"})
    code, message = error_of(lambda: control.create_resource(TypeName="AWS::SNS::Topic", DesiredState=desired))
    assert code == "AccessDeniedException"
    assert "cloudformation:CreateResource" in message


def test_a_read_handler_needs_its_actions(client: Callable[..., Any]) -> None:
    some = {"Statement": {"Effect": "Allow", "Action": ["cloudformation:*", "sns:Create*"], "Resource": "*"}}
    control = client("cloudcontrol", some)
    code, message = error_of(lambda: control.list_resources(TypeName="AWS::SNS::Topic"))
    assert (code, "sns:ListTopics" in message) == ("AccessDeniedException", True)


def test_a_role_is_assumed_by_permission(client: Callable[..., Any]) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/deploy"
    sts = client("sts")
    assert sts.get_caller_identity()["Arn"] == USER
    code, message = error_of(lambda: sts.assume_role(RoleArn=role, RoleSessionName="session"))
    assert (code, role in message) == ("AccessDenied", True)
