"""IAM's simulator: what is sent, and what its answers mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import pytest

from cloudwright.clock import SystemClock
from cloudwright.control.client import CloudControl
from cloudwright.control.endpoints import Endpoints
from cloudwright.control.model import Call, Reply
from cloudwright.services.iam import NotSimulated, SimulatedDecision, Simulator
from cloudwright.services.port import RatedPort
from cloudwright.target import CredentialSource, Target

if TYPE_CHECKING:
    from collections.abc import Callable

TARGET = Target("111111111111", "eu-west-1")
ROLE = "arn:aws:iam::111111111111:role/ci"
SESSION = "arn:aws:sts::111111111111:assumed-role/ci/me"


@dataclass
class Iam:
    """A transport that answers in IAM's form and keeps what it was asked."""

    answer: Callable[[dict[str, str]], str]
    status: int = 200
    sent: list[dict[str, str]] = field(default_factory=list)

    async def send(self, call: Call) -> Reply:
        asked = dict(parse_qsl(call.body.decode()))
        self.sent.append(asked)
        assert (call.service, asked["Version"], asked["Action"]) == ("iam", "2010-05-08", call.action)
        space = 'xmlns="https://iam.amazonaws.com/doc/2010-05-08/"'
        return Reply(self.status, {}, f"<Response {space}><Result>{self.answer(asked)}</Result></Response>".encode())

    async def close(self) -> None: ...


def simulator(iam: Iam) -> Simulator:
    return Simulator(RatedPort(CloudControl(iam, clock=SystemClock())))


def member(action: str, decision: str, more: str = "") -> str:
    return (
        f"<member><EvalActionName>{action}</EvalActionName><EvalDecision>{decision}</EvalDecision>"
        f"<MatchedStatements><member><SourcePolicyId>p</SourcePolicyId></member></MatchedStatements>{more}</member>"
    )


def page(*members: str, marker: str = "") -> str:
    more = f"<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>" if marker else "<IsTruncated>false</IsTruncated>"
    return f"<EvaluationResults>{''.join(members)}</EvaluationResults>{more}"


async def test_a_user_is_simulated_as_itself() -> None:
    iam = Iam(lambda _: "")
    user = "arn:aws-cn:iam::111111111111:user/team/me"
    assert await simulator(iam).principal(TARGET, user) == user
    assert iam.sent == []


async def test_a_session_is_simulated_as_its_role_with_the_roles_path() -> None:
    arn = "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1"
    iam = Iam(lambda _: f"<Role><Arn>{arn}</Arn></Role>")
    session = "arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Admin_1/me@example.com"

    assert await simulator(iam).principal(TARGET, session) == arn
    assert iam.sent[0]["RoleName"] == "AWSReservedSSO_Admin_1"


async def test_a_role_that_a_target_names_is_not_looked_up() -> None:
    iam = Iam(lambda _: "")
    target = TARGET.through(CredentialSource("role", "arn:aws:iam::111111111111:role/deep/ci"))
    assert await simulator(iam).principal(target, SESSION) == "arn:aws:iam::111111111111:role/deep/ci"
    assert iam.sent == []


async def test_a_caller_that_may_not_look_its_role_up_gets_the_arn_without_a_path() -> None:
    iam = Iam(lambda _: "<Error><Code>AccessDenied</Code><Message>no</Message></Error>", status=403)
    assert await simulator(iam).principal(TARGET, SESSION) == ROLE


@pytest.mark.parametrize("caller", ["arn:aws:iam::111111111111:root", "arn:aws:sts::111111111111:federated-user/me"])
async def test_who_has_no_policies_of_its_own_is_not_simulated(caller: str) -> None:
    with pytest.raises(NotSimulated, match="is not a user or role of IAM"):
        await simulator(Iam(lambda _: "")).principal(TARGET, caller)


async def test_decisions_tell_what_refuses() -> None:
    bounded = "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>false</AllowedByPermissionsBoundary>"
    organized = "<OrganizationsDecisionDetail><AllowedByOrganizations>false</AllowedByOrganizations>"
    answer = page(
        member("a:A", "allowed"),
        member("a:B", "explicitDeny"),
        member("a:C", "implicitDeny", f"{bounded}</PermissionsBoundaryDecisionDetail>"),
        member("a:D", "implicitDeny", f"{organized}</OrganizationsDecisionDetail>"),
    )
    found = await simulator(Iam(lambda _: answer)).simulate(TARGET, ROLE, ["a:A", "a:B", "a:C", "a:D"])

    assert found == [
        SimulatedDecision("a:A", allowed=True),
        SimulatedDecision("a:B", allowed=False, explicit=True),
        SimulatedDecision("a:C", allowed=False, bounded=True),
        SimulatedDecision("a:D", allowed=False, organization=True),
    ]


async def test_more_pages_are_fetched() -> None:
    first, second = page(member("a:A", "allowed"), marker="m"), page(member("a:B", "implicitDeny"))
    iam = Iam(lambda asked: second if asked.get("Marker") == "m" else first)
    found = await simulator(iam).simulate(TARGET, ROLE, ["a:A", "a:B"])

    assert [(one.action, one.allowed) for one in found] == [("a:A", True), ("a:B", False)]


async def test_many_actions_are_asked_in_batches() -> None:
    actions = [f"a:A{number}" for number in range(250)]

    def answer(asked: dict[str, str]) -> str:
        listed = [value for name, value in asked.items() if name.startswith("ActionNames.member.")]
        assert len(listed) <= 100
        return page(*(member(one, "allowed") for one in listed))

    iam = Iam(answer)
    assert [one.action for one in await simulator(iam).simulate(TARGET, ROLE, actions)] == actions
    assert len(iam.sent) == 3


async def test_the_resource_and_the_conditions_are_sent() -> None:
    iam = Iam(lambda _: page())
    await simulator(iam).simulate(TARGET, ROLE, ["kms:Decrypt"], "arn:k", [("StringEquals", "kms:RequestAlias", "x")])
    sent = iam.sent[0]

    assert sent["PolicySourceArn"] == ROLE
    assert sent["ResourceArns.member.1"] == "arn:k"
    assert sent["ContextEntries.member.1.ContextKeyName"] == "kms:RequestAlias"
    assert sent["ContextEntries.member.1.ContextKeyType"] == "string"
    assert sent["ContextEntries.member.1.ContextKeyValues.member.1"] == "x"


@pytest.mark.parametrize(
    ("region", "host", "signed"),
    [
        ("eu-west-1", "iam.amazonaws.com", "us-east-1"),
        ("cn-northwest-1", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("us-gov-east-1", "iam.us-gov.amazonaws.com", "us-gov-west-1"),
    ],
)
async def test_iam_is_global_with_one_endpoint_a_partition(region: str, host: str, signed: str) -> None:
    found = await Endpoints({}).find("iam", region)
    assert (found.url, found.signing_region) == (f"https://{host}/", signed)
