"""Who is asked about which permissions, and how gaps are told."""

from __future__ import annotations

import json

from cloudwright.permissions.actions import permissions_of
from cloudwright.permissions.model import Permission, Purpose, Reason
from cloudwright.permissions.own import Storage
from cloudwright.permissions.simulation import MissingPermission, SimulationRequest, callers, missing, questions
from cloudwright.plan.model import Action, Plan, Step
from cloudwright.schema.catalog import Catalog
from cloudwright.target import CredentialSource, Target

CATALOG = Catalog.bundled()
HERE = Target("111111111111", "eu-west-1")
ROLE = CredentialSource("role", "arn:aws:iam::222222222222:role/deploy")
FAR = Target("222222222222", "us-east-1", "aws", ROLE)


def step(key: str, kind: str, target: Target = HERE) -> Step:
    return Step(key=key, type=kind, action=Action.CREATE, target=target)


def asked(*steps: Step, storage: Storage | None = None) -> dict[tuple[str, str], set[str]]:
    plan = Plan(app="a", stage="s", serial=0, digest="", steps=steps)
    needed = permissions_of(plan, CATALOG, Purpose.DEPLOY, storage)
    return {
        (one.target.account, str(one.target.source)): {each.action for each in one.permissions}
        for one in callers(plan, needed)
    }


def test_each_credential_source_is_asked_about_its_own_resources() -> None:
    profile = HERE.through(CredentialSource("profile", "queues"))
    found = asked(
        step("t", "AWS::SNS::Topic"), step("q", "AWS::SQS::Queue", profile), step("f", "AWS::SQS::Queue", FAR)
    )

    assert set(found) == {
        ("111111111111", "ambient"),
        ("111111111111", "profile:queues"),
        ("222222222222", str(ROLE)),
    }
    assert "sns:CreateTopic" in found["111111111111", "ambient"]
    assert "sqs:CreateQueue" not in found["111111111111", "ambient"]
    assert "sqs:CreateQueue" in found["222222222222", str(ROLE)]
    assert "sts:AssumeRole" not in found["222222222222", str(ROLE)]


def test_whoever_starts_cloudwright_is_asked_about_roles_even_without_resources() -> None:
    found = asked(step("f", "AWS::SQS::Queue", FAR), storage=Storage("s3://states"))

    assert {"sts:AssumeRole", "s3:PutObject"} <= found["", "ambient"]
    assert "s3:PutObject" not in found["222222222222", str(ROLE)]


def permission(action: str, *resources: str, key: str = "k", operation: str = "create") -> Permission:
    return Permission(action=action, resources=resources or ("*",), reasons=(Reason(key=key, operation=operation),))


def test_actions_are_asked_together_by_resource_and_wildcards_not_at_all() -> None:
    found, left_out = questions([permission("a:B"), permission("a:A"), permission("a:C", "arn:1"), permission("a:D*")])

    assert found == [SimulationRequest("*", (), ("a:A", "a:B")), SimulationRequest("arn:1", (), ("a:C",))]
    assert left_out == ["a:D*"]


def test_what_refuses_decides_the_advice() -> None:
    causes = ("allow", "deny", "boundary", "organization")
    gaps = [MissingPermission(permission("sns:CreateTopic", "arn:t", key=cause), cause) for cause in causes]
    found = {one.key: one for one in missing(gaps, (), "arn:me")}

    assert json.loads(found["allow"].fix.removeprefix("Allow it: "))["Action"] == ["sns:CreateTopic"]
    assert "change the policy that denies it" in found["deny"].fix
    assert "permissions boundary" in found["boundary"].fix
    assert "(SCP)" in found["organization"].text
    assert all(
        one.severity == "error" and "arn:me may not call sns:CreateTopic on arn:t" in one.text for one in found.values()
    )


def test_a_gap_on_every_resource_says_that_a_narrower_policy_may_do() -> None:
    (wide,) = missing([MissingPermission(permission("sns:CreateTopic"), "allow")], (), "arn:me")
    (narrow,) = missing([MissingPermission(permission("sns:CreateTopic", "arn:t"), "allow")], (), "arn:me")

    assert "A policy that names resources may still allow it" in wide.text
    assert "may still allow it" not in narrow.text
