"""`plan --check` where IAM can't be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app_kit import World
from cloudwright.aws import SNS
from cloudwright.errors import CredentialsError

if TYPE_CHECKING:
    from pathlib import Path

    from cloudwright.control.model import Call, Reply, Transport


class NoIam:
    """A transport whose credentials IAM does not take."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner

    async def send(self, call: Call) -> Reply:
        if call.service == "iam":
            raise CredentialsError("the credentials have expired", hint="renew them")
        return await self._inner.send(call)

    async def close(self) -> None:
        await self._inner.close()


def topic() -> None:
    SNS.Topic("orders", TopicName="orders")


async def test_what_keeps_iam_from_answering_is_reported_once_and_the_plan_stays(tmp_path: Path) -> None:
    app = World(tmp_path, wrap=NoIam).app(topic)
    plan = await app.plan()
    checked = await app.check_permissions(plan)
    (shown,) = checked.findings

    assert (shown.id, shown.severity, shown.fix) == ("permissions-not-checked", "warning", "renew them")
    assert "the credentials have expired" in shown.text
    assert checked.steps == plan.steps


async def test_a_finding_of_the_check_can_be_silenced_like_a_rule(tmp_path: Path) -> None:
    app = World(tmp_path, wrap=NoIam).app(topic)
    app.silence("permissions-not-checked", "IAM is not reached from here")
    (shown,) = (await app.check_permissions(await app.plan())).findings

    assert shown.silenced == "IAM is not reached from here"
