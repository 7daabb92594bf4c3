"""The HTTP shell: bad input gets the right error, and nobody gets in who should not."""

from __future__ import annotations

import asyncio
import io
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from cloudwright.local.cloud import LocalCloud
from cloudwright.local.http.server import BODY_LIMIT, LocalServer
from local_kit import ACCOUNT, FLAGSHIP, REGION, WIDGET, StillClock, catalog, distribution, signed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

HEADERS = {
    "Authorization": signed(ACCOUNT, REGION),
    "Content-Type": "application/x-amz-json-1.0",
    "X-Amz-Target": "CloudApiService.ListResources",
}
BODY = json.dumps({"TypeName": WIDGET}).encode()


class Http:
    """A served cloud and a session to it."""

    def __init__(self, cloud: LocalCloud, session: aiohttp.ClientSession, endpoint: str) -> None:
        self.cloud = cloud
        self.session = session
        self.endpoint = endpoint

    async def post(self, body: bytes | io.BytesIO = BODY, **headers: str | None) -> tuple[int, dict[str, Any]]:
        changed = {name.replace("_", "-"): value for name, value in headers.items()}
        merged = {**HEADERS, **changed}
        sent = {name: value for name, value in merged.items() if value is not None}
        async with self.session.post(self.endpoint, data=body, headers=sent) as reply:
            return reply.status, await reply.json(content_type=None)


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    cloud = LocalCloud(catalog(), clock=StillClock())
    async with LocalServer(cloud) as server, aiohttp.ClientSession() as session:
        yield Http(cloud, session, await server.start())
    cloud.close()


async def test_a_sound_request_is_answered_with_date_and_request_id(http: Http) -> None:
    async with http.session.post(http.endpoint, data=BODY, headers=HEADERS) as reply:
        assert reply.status == 200
        assert reply.headers["Content-Type"] == "application/x-amz-json-1.0"
        assert reply.headers["Date"] == "Fri, 15 Jan 2027 08:00:00 GMT"
        assert reply.headers["x-amzn-RequestId"]


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Authorization": None}, "MissingAuthenticationTokenException"),
        ({"Authorization": "Bearer secret"}, "IncompleteSignatureException"),
        ({"Authorization": "AWS4-HMAC-SHA256 Credential=a/b/c"}, "IncompleteSignatureException"),
        ({"X_Amz_Target": "DynamoDB_20120810.ListTables"}, "UnknownOperationException"),
        ({"X_Amz_Target": "CloudApiService.Nothing"}, "UnknownOperationException"),
        ({"X_Amz_Target": "CloudApiService."}, "UnknownOperationException"),
        ({"X_Amz_Target": None}, "UnknownOperationException"),
    ],
)
async def test_requests_to_nowhere_or_from_nobody_are_refused(
    http: Http, headers: dict[str, str | None], code: str
) -> None:
    status, document = await http.post(BODY, **headers)

    assert (status, document["__type"].partition("#")[2]) == (400, code)


async def test_a_body_over_the_limit_is_refused(http: Http) -> None:
    status, document = await http.post(io.BytesIO(b" " * (BODY_LIMIT + 1)))

    assert (status, document["__type"].partition("#")[2]) == (400, "RequestEntityTooLargeException")


async def test_a_name_other_than_loopback_is_refused(http: Http) -> None:
    async with http.session.post(http.endpoint, data=BODY, headers={**HEADERS, "Host": "evil.example"}) as reply:
        assert reply.status == 403


@pytest.mark.parametrize(
    ("service", "form", "status", "part"),
    [
        ("sts", b"Action=GetCallerIdentity&Version=2011-06-15", 200, b"<Account>111111111111</Account>"),
        ("sts", b"Action=GetSessionToken", 400, b"<Code>InvalidAction</Code>"),
        ("sts", b"Action=AssumeRole&RoleArn=x", 400, b"<Code>ValidationError</Code>"),
        ("cloudformation", b"Action=DescribeType&TypeName=AWS::No::Type", 404, b"<Code>TypeNotFoundException</Code>"),
        ("cloudformation", b"\xff=\xff", 400, b"<Code>InvalidAction</Code>"),
    ],
)
async def test_query_services_answer_in_xml(http: Http, service: str, form: bytes, status: int, part: bytes) -> None:
    headers = {
        "Authorization": signed(ACCOUNT, REGION, service),
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
    }
    async with http.session.post(http.endpoint, data=form, headers=headers) as reply:
        assert reply.status == status
        assert reply.headers["Content-Type"] == "text/xml"
        assert part in await reply.read()


async def test_silent_connections_keep_nobody_waiting(http: Http) -> None:
    host, port = http.endpoint.removeprefix("http://").split(":")
    silent = [await asyncio.open_connection(host, int(port)) for _ in range(200)]
    for _, writer in silent[::2]:
        writer.write(b"POST / HTTP/1.1\r\nContent-Length: 99\r\n")

    status, _ = await asyncio.wait_for(http.post(), 5)

    assert status == 200
    for _, writer in silent:
        writer.close()
    await asyncio.gather(*(writer.wait_closed() for _, writer in silent), return_exceptions=True)


async def test_calls_beyond_the_rate_are_throttled_per_account() -> None:
    cloud = LocalCloud(catalog(), clock=StillClock())
    async with LocalServer(cloud, rate=2) as server, aiohttp.ClientSession() as session:
        http = Http(cloud, session, await server.start())
        mine = [await http.post() for _ in range(5)]
        other = await http.post(Authorization=signed("222222222222", REGION))
        async with session.get(f"{http.endpoint}/_cloudwright/health") as reply:
            counted = (await reply.json())["calls"]
    cloud.close()

    assert [status for status, _ in mine][:3] == [200, 200, 400]
    assert mine[2][1]["__type"] == "com.amazon.coral.availability#ThrottlingException"
    assert other[0] == 200
    assert counted["accepted"] + counted["throttled"] == 6
    assert counted["throttled"] == [status for status, _ in mine].count(400)


async def test_faults_are_switched_over_http(http: Http) -> None:
    panel = f"{http.endpoint}/_cloudwright/faults"
    async with http.session.post(panel, json=["CC94:operation=ListResources"]) as reply:
        assert [fault["name"] for fault in (await reply.json())["on"]] == ["CC94"]
    refused, _ = await http.post()
    async with http.session.get(panel) as reply:
        assert "CC14" in (await reply.json())["known"]
    async with http.session.delete(f"{panel}/CC94") as reply:
        assert (await reply.json())["on"] == []
    accepted, _ = await http.post()

    assert (refused, accepted) == (400, 200)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'["CC14"]', "text/plain"),
        (b'["CC1400"]', "application/json"),
        (b"[", "application/json"),
        (b"[7]", "application/json"),
    ],
)
async def test_the_panel_refuses_what_it_does_not_understand(http: Http, body: bytes, content_type: str) -> None:
    headers = {"Content-Type": content_type}
    async with http.session.post(f"{http.endpoint}/_cloudwright/faults", data=body, headers=headers) as reply:
        assert reply.status == 400
    assert http.cloud.faults.listing() == []


async def test_resources_are_read_and_changed_out_of_band(http: Http) -> None:
    backstage = f"{http.endpoint}/_cloudwright/resources"
    place = {"type": WIDGET, "account": ACCOUNT, "region": REGION}
    secret = {"Name": "one", "Secret": "hidden"}

    async with http.session.post(backstage, json={**place, "properties": secret}) as reply:
        assert await reply.json() == {"identifier": "one"}
    change = {**place, "identifier": "one", "properties": {"Mode": "FAST"}}
    async with http.session.patch(backstage, json=change) as reply:
        assert reply.status == 200
    _, listed = await http.post()
    async with http.session.get(backstage, params={"type": WIDGET, "account": ACCOUNT}) as reply:
        (shown,) = await reply.json()
    async with http.session.delete(backstage, json={**place, "identifier": "one"}) as reply:
        assert reply.status == 200
    async with http.session.get(backstage) as reply:
        assert await reply.json() == []

    assert [one["Identifier"] for one in listed["ResourceDescriptions"]] == ["one"]
    assert {**shown, "properties": None} == {**place, "identifier": "one", "properties": None}
    assert {**secret, "Mode": "FAST"}.items() <= shown["properties"].items()


@pytest.mark.parametrize(
    ("method", "body", "status", "reason"),
    [
        ("POST", {}, 400, "send an object with type"),
        ("POST", [1], 400, "send an object with type"),
        ("POST", {"type": "AWS::No::Type"}, 400, "there is no schema for the type"),
        ("POST", {"type": WIDGET, "colour": "red"}, 400, "there is no field colour; use type, account"),
        ("POST", {"type": WIDGET, "account": "me"}, 400, "an account must have twelve digits"),
        ("POST", {"type": WIDGET, "properties": 7}, 400, "properties an object"),
        ("PATCH", {"type": WIDGET, "identifier": "none"}, 404, "000000000000/us-east-1: no Test::Local::Widget none"),
        ("DELETE", {"type": WIDGET, "identifier": "none"}, 404, "no Test::Local::Widget none"),
    ],
)
async def test_an_impossible_out_of_band_change_is_reported(
    http: Http, method: str, body: Any, status: int, reason: str
) -> None:
    async with http.session.request(method, f"{http.endpoint}/_cloudwright/resources", json=body) as reply:
        assert reply.status == status
        assert reason in (await reply.json())["error"]


async def test_another_sites_page_changes_nothing_out_of_band(http: Http) -> None:
    body = json.dumps({"type": WIDGET, "properties": {"Name": "one"}})
    headers = {"Content-Type": "text/plain", "Origin": "https://evil.example"}
    async with http.session.post(f"{http.endpoint}/_cloudwright/resources", data=body, headers=headers) as reply:
        assert reply.status == 400
    async with http.session.options(f"{http.endpoint}/_cloudwright/resources", headers=headers) as reply:
        assert "Access-Control-Allow-Origin" not in reply.headers

    assert http.cloud.resources() == []


async def test_a_call_that_breaks_the_cloud_is_answered_with_an_internal_failure(
    http: Http, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(http.cloud, "handle", broken)

    status, document = await http.post()

    assert (status, document["__type"].partition("#")[2]) == (500, "InternalFailure")
    assert "broken" in caplog.text


async def test_further_pages_are_served_next_to_the_api() -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="console")

    cloud = LocalCloud(catalog(), clock=StillClock())
    async with LocalServer(cloud, routes=[web.get("/", page)]) as server, aiohttp.ClientSession() as session:
        http = Http(cloud, session, await server.start())
        status, _ = await http.post()
        async with session.get(http.endpoint) as reply:
            shown = await reply.text()
    cloud.close()

    assert (status, shown) == (200, "console")


async def test_latency_is_added_to_every_call() -> None:
    cloud = LocalCloud(catalog(), clock=StillClock())
    async with LocalServer(cloud, call_latency=0.05) as server, aiohttp.ClientSession() as session:
        http = Http(cloud, session, await server.start())
        begun = asyncio.get_running_loop().time()
        await http.post()
        took = asyncio.get_running_loop().time() - begun
    cloud.close()

    assert took >= 0.05


def test_signatures_are_verified_if_asked_for(serve: Callable[..., Any], client_of: Callable[..., Any]) -> None:
    from botocore.exceptions import ClientError

    from cloudwright.local.api.signatures import SignatureCheck

    server = serve(signatures=SignatureCheck("right"))
    body = {"TypeName": FLAGSHIP, "DesiredState": json.dumps(distribution())}

    assert client_of(server, secret="right").create_resource(**body)["ProgressEvent"]
    assert client_of(server, "sts", secret="right").get_caller_identity()["Account"]
    with pytest.raises(ClientError, match="InvalidSignatureException"):
        client_of(server, secret="wrong").create_resource(**body)
