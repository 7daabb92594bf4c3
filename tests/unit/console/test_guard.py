"""The console is for browsers on this machine."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from cloudwright.console.guard import guarded


async def status(peer: str, own: str, host: str = "localhost:4510") -> int:
    async def answer(request: web.Request) -> web.Response:
        del request
        return web.Response()

    addresses: dict[str, Any] = {"peername": (peer, 50000), "sockname": (own, 4510)}
    transport = Mock()
    transport.get_extra_info = lambda name, default=None: addresses.get(name, default)
    request = make_mocked_request("GET", "/", headers={"Host": host}, transport=transport)
    return (await guarded(answer)(request)).status


@pytest.mark.parametrize(
    ("peer", "own", "expected"),
    [
        ("127.0.0.1", "127.0.0.1", 200),
        ("127.8.0.1", "127.0.0.1", 200),
        ("::1", "::1", 200),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1", 200),
        ("192.0.2.7", "192.0.2.7", 200),  # this machine, by its address in the network
        ("192.0.2.8", "192.0.2.7", 403),
        ("::ffff:192.0.2.8", "::ffff:192.0.2.7", 403),
        ("", "127.0.0.1", 403),
    ],
)
async def test_only_this_machine_may_look(peer: str, own: str, expected: int) -> None:
    assert await status(peer, own) == expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", 200),
        ("cloud.localhost:4510", 200),
        ("127.0.0.1:4510", 200),
        ("[::1]:4510", 200),
        ("192.0.2.7:4510", 200),
        ("evil.example:4510", 403),
        ("notlocalhost", 403),
        ("[", 403),
        ("", 403),
    ],
)
async def test_only_names_that_nobody_can_point_here_are_answered(host: str, expected: int) -> None:
    assert await status("127.0.0.1", "127.0.0.1", host) == expected
