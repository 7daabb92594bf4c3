"""Permissions for people and for machines."""

from __future__ import annotations

import json

import jsonschema_rs

from cloudwright.permissions.ci import ci_role
from cloudwright.permissions.model import AccountPermissions, Permission, Reason
from cloudwright.permissions.policy import policies
from cloudwright.render.permissions.lines import permission_lines, policy_lines, role_line
from cloudwright.render.permissions.text import limit_warning, permissions_text
from pages_kit import DOCS

TOPIC = "AWS::SNS::Topic"


def reason(key: str, operation: str = "create", **more: str) -> Reason:
    return Reason(key=key, type=TOPIC, operation=operation, **more)


def account(*permissions: Permission, number: str = "111122223333") -> AccountPermissions:
    return AccountPermissions(partition="aws", account=number, permissions=permissions)


MANY = account(
    Permission(
        action="sns:CreateTopic", reasons=(reason("a"), reason("a", "read"), *(reason(key) for key in ("b", "c", "d")))
    ),
    Permission(action="iam:PassRole", resources=("arn:r",), reasons=(reason("a", path="/Role", note="because"),)),
    Permission(action="acm:*", guessed=True, conditions=(("StringEquals", "k", "v"),), reasons=(reason("e"),)),
)


def test_each_action_is_listed_with_its_resources_and_its_reasons() -> None:
    assert permissions_text([MANY]).splitlines() == [
        "account 111122223333 (aws): 3 actions",
        "  sns:CreateTopic  on *",
        "      a (SNS::Topic: create, read)",
        "      b (SNS::Topic: create)",
        "      c (SNS::Topic: create)",
        "      and 1 more",
        "  iam:PassRole  on arn:r",
        "      a /Role (SNS::Topic: create); because",
        "  acm:*  on *  (guessed: the schema lists no actions)",
        "      e (SNS::Topic: create)",
    ]


def test_each_note_of_a_resource_is_given_once() -> None:
    notes = (reason("a", "images", note=note) for note in ("`images --usage`", "`images retire`", "`images retire`"))
    text = permissions_text([account(Permission(action="ec2:DescribeImageReferences", reasons=tuple(notes)))])

    assert text.splitlines()[-1] == "      a (SNS::Topic: images); `images --usage`, `images retire`"


def test_the_caller_without_an_account_and_nothing_at_all() -> None:
    own = Permission(action="s3:GetObject", reasons=(Reason(operation="state", note="the state in s3://a"),))

    assert permissions_text([account(own, number="")]).splitlines() == [
        "the caller of cloudwright (aws): 1 action",
        "  s3:GetObject  on *",
        "      the state in s3://a",
    ]
    assert "No permission is needed" in permissions_text([])


def test_control_characters_of_a_key_are_not_written() -> None:
    assert "\x1b" not in permissions_text([account(Permission(action="a:B", reasons=(reason("\x1b[2J"),)))])


def test_the_lines_are_as_the_schema_describes_them() -> None:
    schema = json.loads((DOCS / "json.schema.json").read_text("utf-8"))
    role = ci_role(MANY, "cloudwright-a-plan", "me/repo", "pull_request")
    lines = [*permission_lines([MANY]), *policy_lines(policies(MANY, "deploy")), role_line(role)]

    assert {line["type"] for line in lines} == {"permission", "policy", "role"}
    for line in lines:
        jsonschema_rs.validate(schema, json.loads(json.dumps(line)))


def test_more_policies_than_a_role_may_have_are_warned_of() -> None:
    names = (f"ec2:{'x' * 60}{number}" for number in range(1000))
    huge = account(*(Permission(action=name, reasons=(reason("a"),)) for name in names))
    made = policies(huge, "deploy-1")

    assert "a role may have 10" in str(limit_warning("deploy-1", made))
    assert limit_warning("deploy-1", made[:10]) is None
