"""What a run asks before it needs the answer: who is calling, once, and only where something will be sent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright import App
from cloudwright.app.head_start import HeadStart
from cloudwright.app.targets import LocalTargetResolver
from cloudwright.aws import SNS
from cloudwright.control.transport import HttpTransport
from cloudwright.errors import CredentialsError, NotSent, ProgramError
from unit.control.fakes import PLACE, FakeCloud, make_client, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cloudwright.control.model import Call, Reply
    from cloudwright.testing.server import ServedCloud

IDENTITY = "GetCallerIdentity"


@dataclass
class Account:
    """An account that is reached over HTTP, and what was sent to it."""

    folder: Path
    sent: list[str] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)

    def app(self, program: Callable[[], Any]) -> App:
        app = App("test", stage="dev")
        app.program(program)
        return app.configure(folder=self.folder)


def topic(**properties: Any) -> Callable[[], None]:
    def program() -> None:
        SNS.Topic("topic", TopicName="t", **properties)

    return program


@pytest.fixture
def account(tmp_path: Path, local_cloud_server: ServedCloud, monkeypatch: pytest.MonkeyPatch) -> Account:
    for name, value in {
        "AWS_ENDPOINT_URL": local_cloud_server.url,
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": "us-east-1",
        "CLOUDWRIGHT_KEY_FILE": str(tmp_path / "key"),
        "CLOUDWRIGHT_STATE": str(tmp_path / "state.db"),
    }.items():
        monkeypatch.setenv(name, value)
    made, send, connect = Account(tmp_path), HttpTransport.send, HttpTransport.open_early

    async def noted(transport: HttpTransport, call: Call) -> Reply:
        made.sent.append(call.action)
        return await send(transport, call)

    async def connecting(transport: HttpTransport, service: str, region: str) -> None:
        made.connected.append(f"{service} {region}")
        await connect(transport, service, region)

    monkeypatch.setattr(HttpTransport, "send", noted)
    monkeypatch.setattr(HttpTransport, "open_early", connecting)
    return made


async def test_a_first_deploy_asks_who_is_calling_before_it_runs_the_program(account: Account) -> None:
    before: list[list[str]] = []

    def program() -> None:
        before.append([*account.sent])
        SNS.Topic("topic", TopicName="t")

    assert (await account.app(program).deploy()).ok

    assert before[0] == [IDENTITY]
    assert account.sent.count(IDENTITY) == 1
    assert set(account.connected) == {"cloudcontrolapi us-east-1"}


async def test_a_first_plan_asks_it_and_opens_no_connection_to_cloud_control(account: Account) -> None:
    await account.app(topic()).plan()

    assert (account.sent, account.connected) == ([IDENTITY], [])


async def test_a_deploy_without_a_change_asks_nothing(account: Account) -> None:
    await account.app(topic()).deploy()
    account.sent.clear()
    account.connected.clear()
    await account.app(topic()).deploy()

    assert (account.sent, account.connected) == ([], [])


async def test_an_update_and_a_destroy_ask_it_once(account: Account) -> None:
    await account.app(topic()).deploy()
    account.sent.clear()
    assert (await account.app(topic(DisplayName="d")).deploy()).ok
    assert account.sent.count(IDENTITY) == 1

    account.sent.clear()
    assert (await account.app(topic()).destroy()).ok
    assert account.sent.count(IDENTITY) == 1


async def test_what_the_program_says_wrong_is_reported_although_a_request_is_running(account: Account) -> None:
    def program() -> None:
        SNS.Topic("topic", TopicName="t", depends_on=["nothing"])

    with pytest.raises(ProgramError, match="nothing"):
        await account.app(program).deploy()

    assert len(asyncio.all_tasks()) == 1


@pytest.mark.parametrize("trouble", [NotSent("no such endpoint"), CredentialsError("no keys")])
def test_what_fails_early_is_left_to_who_needs_it(trouble: Exception) -> None:
    async def connect(service: str, region: str) -> None:
        raise trouble

    async def main() -> None:
        ahead = HeadStart(LocalTargetResolver(), make_client(FakeCloud()), connect)
        ahead.prepare([PLACE, PLACE])
        await asyncio.sleep(1.0)
        await ahead.close()

    run(main())


def test_what_still_runs_at_the_end_is_stopped() -> None:
    async def connect(service: str, region: str) -> None:
        await asyncio.Event().wait()

    async def main() -> int:
        ahead = HeadStart(LocalTargetResolver(), make_client(FakeCloud()), connect)
        ahead.prepare([PLACE])
        ahead.prepare_default()
        await asyncio.sleep(1.0)
        await ahead.close()
        return len(asyncio.all_tasks())

    assert run(main()) == 1
