"""Rules of network ACLs, over a fake of EC2 in its wire form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qs

import pytest

from cloudwright import App
from cloudwright.control.model import Reply
from cloudwright.errors import NotAnswered
from cloudwright.lazy_dataclass import replace
from cloudwright.providers.network_acls import NetworkAclEntries, NetworkAclEntry
from cloudwright.testing import DeployFailed, check_provider

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudwright.control.model import Call
    from cloudwright.provider import Context, Made
    from cloudwright.services.port import Guard
    from cloudwright.testing import AppRunner

T = TypeVar("T")


@dataclass
class Firewall:
    """The rules of one ACL.

    Attributes:
        rules: By ACL, direction and number: the form that made it.
        lose: How many answers of CreateNetworkAclEntry to lose.
    """

    rules: dict[str, dict[str, str]] = field(default_factory=dict)
    lose: int = 0

    async def ask(self, call: Call, parse: Callable[[Reply], T]) -> T:
        return await self.send(call, parse)

    async def send(self, call: Call, parse: Callable[[Reply], T], guard: Guard | None = None) -> T:
        form = {name: values[0] for name, values in parse_qs(call.body.decode()).items()}
        reply = self.serve(call.action, form)
        if call.action == "CreateNetworkAclEntry" and self.lose:
            self.lose -= 1
            raise NotAnswered("the connection closed")
        return parse(reply)

    def serve(self, action: str, form: dict[str, str]) -> Reply:
        direction = "egress" if form.get("Egress") == "true" else "ingress"
        key = f"acl-1|{direction}|{form.get('RuleNumber')}"
        match action:
            case "CreateNetworkAclEntry" if key in self.rules:
                return refusal("NetworkAclEntryAlreadyExists")
            case "CreateNetworkAclEntry" if int(form["RuleNumber"]) > 32_766:
                return refusal("InvalidParameterValue")
            case "ReplaceNetworkAclEntry" | "DeleteNetworkAclEntry" if key not in self.rules:
                return refusal("InvalidNetworkAclEntry.NotFound")
            case "CreateNetworkAclEntry" | "ReplaceNetworkAclEntry":
                self.rules[key] = form
            case "DeleteNetworkAclEntry":
                del self.rules[key]
            case "DescribeNetworkAcls":
                entries = "".join(entry(rule) for rule in self.rules.values())
                return ok(f"<networkAclSet><item><entrySet>{entries}</entrySet></item></networkAclSet>")
        return ok("<return>true</return>")


def entry(form: dict[str, str]) -> str:
    names = {"Egress": "egress", "RuleNumber": "ruleNumber", "Protocol": "protocol", "RuleAction": "ruleAction"}
    names |= {"CidrBlock": "cidrBlock", "Ipv6CidrBlock": "ipv6CidrBlock"}
    parts = [f"<{names[name]}>{value}</{names[name]}>" for name, value in form.items() if name in names]
    if "PortRange.From" in form:
        parts.append(f"<portRange><from>{form['PortRange.From']}</from><to>{form['PortRange.To']}</to></portRange>")
    if "Icmp.Type" in form:
        parts.append(f"<icmpTypeCode><code>{form['Icmp.Code']}</code><type>{form['Icmp.Type']}</type></icmpTypeCode>")
    return f"<item>{''.join(parts)}</item>"


def ok(inner: str) -> Reply:
    return Reply(200, {}, f"<R>{inner}</R>".encode())


def refusal(code: str) -> Reply:
    error = f"<Errors><Error><Code>{code}</Code><Message>{code}</Message></Error></Errors>"
    return Reply(400, {}, f"<Response>{error}</Response>".encode())


class OverFirewall(NetworkAclEntries):
    """The shipped provider, over the fake."""

    runs_locally = True

    def __init__(self, service: Firewall) -> None:
        self.service = service

    def _over(self, context: Context) -> Context:
        return replace(context, services=self.service)

    async def create(self, new: NetworkAclEntry, context: Context) -> Made:
        return await super().create(new, self._over(context))

    async def read(self, identifier: str, context: Context) -> Mapping[str, object] | None:
        return await super().read(identifier, self._over(context))

    async def update(self, identifier: str, old: NetworkAclEntry, new: NetworkAclEntry, context: Context) -> None:
        await super().update(identifier, old, new, self._over(context))

    async def delete(self, identifier: str, context: Context) -> None:
        await super().delete(identifier, self._over(context))


def web(last: int = 443, number: int = 100) -> None:
    NetworkAclEntry(
        "web",
        NetworkAclId="acl-1",
        RuleNumber=number,
        Protocol=6,
        RuleAction="allow",
        CidrBlock="0.0.0.0/0",
        PortRange={"From": 443, "To": last},
    )
    ping()


def ping() -> None:
    NetworkAclEntry(
        "ping",
        NetworkAclId="acl-1",
        RuleNumber=100,
        Egress=True,
        Protocol=58,
        RuleAction="deny",
        Ipv6CidrBlock="::/0",
        Icmp={"Type": -1, "Code": -1},
    )


def wider() -> None:
    web(last=8443)


def silent() -> None:
    NetworkAclEntry(
        "ping", NetworkAclId="acl-1", RuleNumber=100, Egress=True, Protocol=58, RuleAction="allow", CidrBlock="::/0"
    )


def app_of(service: Firewall, program: Callable[[], None]) -> App:
    app = App("network", providers=[OverFirewall(service)])
    app.program(program)
    return app


def test_rules_are_made_changed_in_place_and_deleted(app_runner: AppRunner) -> None:
    service = Firewall()

    app_runner.deploy(app_of(service, web))
    assert set(service.rules) == {"acl-1|ingress|100", "acl-1|egress|100"}
    assert app_runner.plan(app_of(service, web)).empty
    assert not app_runner.drift(app_of(service, web)).drifted
    steps = app_runner.plan(app_of(service, wider)).steps
    assert ["/PortRange/To"] == [change.path for step in steps for change in step.changes]
    app_runner.deploy(app_of(service, wider))
    assert service.rules["acl-1|ingress|100"]["PortRange.To"] == "8443"
    app_runner.destroy(app_of(service, wider))
    assert {} == service.rules


def test_a_rule_of_somebody_else_is_not_overwritten(app_runner: AppRunner) -> None:
    service = Firewall()
    app_runner.deploy(app_of(service, web), stage="other")

    with pytest.raises(DeployFailed, match="already exists"):
        app_runner.deploy(app_of(service, wider))
    assert service.rules["acl-1|ingress|100"]["PortRange.To"] == "443"


def test_a_refused_rule_made_nothing(app_runner: AppRunner) -> None:
    app = app_of(Firewall(), lambda: web(number=40_000))

    with pytest.raises(DeployFailed, match="InvalidParameterValue"):
        app_runner.deploy(app)
    assert () == app_runner.state(app).journal


def test_a_rule_that_is_gone_is_deleted(app_runner: AppRunner) -> None:
    service = Firewall()
    app_runner.deploy(app_of(service, web))
    service.rules.clear()

    app_runner.destroy(app_of(service, web))
    assert () == app_runner.state(app_of(service, web)).records


def test_at_every_kill_point_no_rule_is_lost_or_made_twice() -> None:
    report = check_provider(Firewall, OverFirewall, ping, silent, live=lambda service: service.rules)

    assert report.doubtful
