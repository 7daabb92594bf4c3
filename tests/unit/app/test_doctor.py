from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from cloudwright.app.doctor import Check, examine
from cloudwright.clock import SystemClock
from cloudwright.control.model import Call, Reply
from cloudwright.errors import NoCredentials, NoRegion
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.transport import LocalTransport
from cloudwright.schema.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass
class Behind:
    """A transport whose answers are dated, denied or lost."""

    inner: LocalTransport
    date: str = ""
    denied: bool = False
    error: Exception | None = None
    sent: list[str] = field(default_factory=list)

    async def send(self, call: Call) -> Reply:
        self.sent.append(call.action)
        if self.error:
            raise self.error
        if self.denied and call.action == "ListResourceRequests":
            body = b'{"__type": "com.amazon#AccessDeniedException", "message": "not allowed"}'
            return Reply(400, {}, body)
        reply = await self.inner.send(call)
        return Reply(reply.status, {**reply.headers, "date": self.date}, reply.body) if self.date else reply

    async def close(self) -> None:
        await self.inner.close()


@pytest.fixture
def transport() -> Behind:
    return Behind(LocalTransport(LocalCloud(Catalog.bundled(), clock=SystemClock())))


def somewhere() -> str:
    return "us-east-1"


def nowhere() -> str:
    raise NoRegion("no Region", hint="set one")


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def found(folder: Path, transport: Behind, region: Callable[[], str] = somewhere) -> list[Check]:
    return [check async for check in examine(folder, transport=transport, region=region, clock=SystemClock())]


async def test_everything_in_order_is_said_to_be(tmp_path: Path, transport: Behind) -> None:
    checks = await found(tmp_path, transport)

    assert [check.name for check in checks] == ["schemas", "packs", "state", "region", "account", "clock", "service"]
    assert [check.name for check in checks if not check.ok] == []
    assert names(tmp_path) == []


async def test_without_a_region_nothing_is_asked(tmp_path: Path, transport: Behind) -> None:
    checks = await found(tmp_path, transport, nowhere)

    assert checks[-1] == Check("region", ok=False, text="no Region", fix="set one")
    assert transport.sent == []


async def test_without_credentials_it_ends_there(tmp_path: Path, transport: Behind) -> None:
    transport.error = NoCredentials("none", hint="log in")
    checks = await found(tmp_path, transport)

    assert checks[-1] == Check("account", ok=False, text="none", fix="log in")


async def test_a_missing_permission_is_named(tmp_path: Path, transport: Behind) -> None:
    transport.denied = True
    last = (await found(tmp_path, transport))[-1]

    assert (last.name, last.ok) == ("service", False)
    assert "cloudformation:ListResourceRequests" in last.fix


async def test_a_wrong_clock_is_measured(tmp_path: Path, transport: Behind) -> None:
    transport.date = "Sat, 01 Jan 2028 00:00:00 GMT"
    (clock,) = [check for check in await found(tmp_path, transport) if check.name == "clock"]

    assert not clock.ok
    assert "s behind AWS" in clock.text


async def test_a_folder_that_can_not_be_written_is_named(
    tmp_path: Path, transport: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    checks = await found(tmp_path, transport)

    assert f"{tmp_path} can't be written" in [check.text for check in checks if not check.ok]
