"""The console over HTTP: it only reads, for this machine only, and tells at once what is new."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import aiohttp
import pytest

from cloudwright.console.pages import Console
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.http.server import LocalServer
from local_kit import ACCOUNT, FLAGSHIP, REGION, WIDGET, StillClock, catalog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CONSOLE = "/_cloudwright/console"


class Browsing:
    """A served cloud with its console, and a session to it."""

    def __init__(self, cloud: LocalCloud, session: aiohttp.ClientSession) -> None:
        self.cloud = cloud
        self.session = session

    def call(self, action: str, **members: object) -> None:
        self.cloud.handle("cloudcontrolapi", action, json.dumps(members).encode(), ACCOUNT, REGION)


@pytest.fixture
async def browsing() -> AsyncIterator[Browsing]:
    cloud = LocalCloud(catalog(), clock=StillClock())
    console = Console(cloud)
    async with LocalServer(cloud, routes=console.routes()) as server:
        async with aiohttp.ClientSession(await server.start()) as session:
            yield Browsing(cloud, session)
        console.close()
    cloud.close()


@pytest.mark.parametrize("path", ["/", f"{CONSOLE}/console.js", f"{CONSOLE}/console.css", f"{CONSOLE}/overview"])
async def test_nothing_foreign_may_run_or_frame_a_page(browsing: Browsing, path: str) -> None:
    async with browsing.session.get(path) as reply:
        policy = reply.headers["Content-Security-Policy"]

    assert reply.status == 200
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", f"{CONSOLE}/calls", f"{CONSOLE}/news"])
@pytest.mark.parametrize("name", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "["])
async def test_a_page_of_another_name_gets_nothing(browsing: Browsing, path: str, name: str) -> None:
    async with browsing.session.get(path, headers={"Host": name}) as reply:
        assert reply.status in {400, 403}


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_another_page_may_lead_here_but_load_nothing(browsing: Browsing, site: str) -> None:
    headers = {"Sec-Fetch-Site": site}
    async with browsing.session.get("/", headers=headers) as reply:
        assert reply.status == 200
    async with browsing.session.get(f"{CONSOLE}/news", headers=headers) as reply:
        assert reply.status == 403
        assert "own page" in await reply.text()


async def test_no_answer_lets_another_origin_read(browsing: Browsing) -> None:
    async with browsing.session.get(f"{CONSOLE}/overview", headers={"Origin": "http://evil.example"}) as reply:
        assert not [name for name in reply.headers if name.lower().startswith("access-control-")]


async def test_a_server_for_a_network_keeps_its_console_for_this_machine() -> None:
    cloud = LocalCloud(catalog(), clock=StillClock())
    console = Console(cloud)
    async with LocalServer(cloud, host="0.0.0.0", routes=console.routes()) as server:
        port = (await server.start()).rpartition(":")[2]
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
            async with session.get("/") as reply:
                assert reply.status == 200
            async with session.get("/", headers={"Host": "evil.example"}) as reply:
                assert reply.status == 403
        console.close()
    cloud.close()


async def test_a_resource_is_shown_without_hidden_values(browsing: Browsing) -> None:
    browsing.cloud.put(ACCOUNT, REGION, WIDGET, {"Name": "one", "Secret": "hunter2", "Size": 3})
    place = {"account": ACCOUNT, "region": REGION, "type": WIDGET, "identifier": "one"}

    async with browsing.session.get(f"{CONSOLE}/resource", params=place) as reply:
        live = (await reply.json())["properties"]

    assert live["Size"] == 3
    assert "Secret" not in live


@pytest.mark.parametrize("path", ["resource?identifier=none", "matrix.svg?identifier=none", "calls/7"])
async def test_what_is_gone_is_reported(browsing: Browsing, path: str) -> None:
    async with browsing.session.get(f"{CONSOLE}/{path}") as reply:
        assert reply.status == 404
        assert (await reply.json())["error"]


@pytest.mark.parametrize("number", ["-1", "x", "1" * 30, "²"])
async def test_a_number_that_is_none_is_refused(browsing: Browsing, number: str) -> None:
    async with browsing.session.get(f"{CONSOLE}/resources", params={"before": number}) as reply:
        assert reply.status == 400


async def test_bodies_of_a_call_are_shown_masked(browsing: Browsing) -> None:
    browsing.call("CreateResource", TypeName=WIDGET, DesiredState=json.dumps({"Name": "two", "Secret": "hunter2"}))

    async with browsing.session.get(f"{CONSOLE}/calls/1") as reply:
        text = await reply.text()

    assert "two" in text
    assert "hunter2" not in text


async def test_a_picture_runs_nothing(browsing: Browsing) -> None:
    identifier = browsing.cloud.put(ACCOUNT, REGION, FLAGSHIP, {"Name": "golden", "Distributions": []})
    place = {"account": ACCOUNT, "region": REGION, "identifier": identifier}

    async with browsing.session.get(f"{CONSOLE}/matrix.svg", params=place) as reply:
        assert reply.content_type == "image/svg+xml"
        assert "sandbox" in reply.headers["Content-Security-Policy"]


async def test_the_stream_tells_of_every_change(browsing: Browsing) -> None:
    async with browsing.session.get(f"{CONSOLE}/news") as reply:
        first = await asyncio.wait_for(reply.content.readline(), 5)
        await reply.content.readline()
        browsing.call("ListResources", TypeName=WIDGET)
        second = await asyncio.wait_for(reply.content.readline(), 5)

    assert first.startswith(b"data: ")
    assert first != second
