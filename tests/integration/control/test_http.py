from __future__ import annotations

import json
import logging
import re
import socket
import time
from contextlib import asynccontextmanager
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from cloudwright.aws.session import Keys, Sessions
from cloudwright.clock import SystemClock
from cloudwright.control import query, wire
from cloudwright.control.client import CloudControl
from cloudwright.control.describe import LiveSchemas
from cloudwright.control.model import Call, Operation, Reply
from cloudwright.control.transport import HttpTransport
from cloudwright.errors import (
    CredentialsError,
    CredentialsExpired,
    LeaseLost,
    NotAnswered,
    NotSent,
    ServiceError,
    UnknownType,
)
from cloudwright.services.protocols import rest_call
from cloudwright.target import CredentialSource, Target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

PLACE = Target("111111111111", "us-east-1")
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "canary-secret-key"}
GET = Call("cloudcontrolapi", "GetResource", b'{"Identifier":"canary-body"}', PLACE)
WHO = Call("sts", "GetCallerIdentity", query.form("sts", "GetCallerIdentity"), PLACE)

either_way = pytest.mark.parametrize("call", [GET, WHO], ids=lambda call: call.action)
"""A first question to STS is carried by other means than everything else; nobody may see a difference."""


@asynccontextmanager
async def serving(handler: Any, **environ: str) -> AsyncIterator[HttpTransport]:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    environ = {**KEYS, "AWS_ENDPOINT_URL_CLOUDCONTROLAPI": f"http://127.0.0.1:{port}", **environ}
    environ.setdefault("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    transport = HttpTransport(Sessions(environ), environ=environ)
    try:
        yield transport
    finally:
        await transport.close()
        await runner.cleanup()


def refusal(code: str, message: str = "no", **headers: str) -> web.Response:
    return web.json_response({"__type": f"x#{code}", "message": message}, status=400, headers=headers)


async def test_a_request_carries_its_exact_bytes_and_a_signature() -> None:
    seen: dict[str, Any] = {}

    async def handler(request: web.Request) -> web.Response:
        seen.update(request.headers, body=await request.read())
        return web.json_response({"ok": True}, headers={"X-Amzn-RequestId": "id-1"})

    async with serving(handler, AWS_SESSION_TOKEN="session-1") as transport:
        reply = await transport.send(GET)

    assert (reply.status, json.loads(reply.body), reply.headers["x-amzn-requestid"]) == (200, {"ok": True}, "id-1")
    assert seen["body"] == GET.body
    assert seen["X-Amz-Target"] == "CloudApiService.GetResource"
    assert seen["Content-Type"] == "application/x-amz-json-1.0"
    assert seen["X-Amz-Security-Token"] == "session-1"
    scope = r"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\d{8}/us-east-1/cloudcontrolapi/aws4_request, "
    assert re.match(
        scope + r"SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, ", seen["Authorization"]
    )


async def test_the_signature_is_the_one_that_botocore_expects() -> None:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    matches = []

    async def handler(request: web.Request) -> web.Response:
        signed = {name: request.headers[name] for name in ("Content-Type", "X-Amz-Target")}
        again = AWSRequest(method="POST", url=str(request.url), data=await request.read(), headers=signed)
        again.context["timestamp"] = request.headers["X-Amz-Date"]
        again.headers["X-Amz-Date"] = request.headers["X-Amz-Date"]
        signer = SigV4Auth(Keys(*KEYS.values()), "cloudcontrolapi", "us-east-1")
        expected = signer.signature(signer.string_to_sign(again, signer.canonical_request(again)), again)
        matches.append(request.headers["Authorization"].endswith(f"Signature={expected}"))
        return web.json_response({})

    async with serving(handler) as transport:
        await transport.send(GET)

    assert matches == [True]


async def test_a_get_carries_its_members_in_the_address() -> None:
    seen = []
    arn = "arn:aws:imagebuilder:us-east-1:111111111111:image/a b/1.0.0/1"

    async def handler(request: web.Request) -> web.Response:
        seen.append((request.method, request.path, dict(request.query), await request.read()))
        return web.json_response({})

    async with serving(handler) as transport:
        await transport.send(rest_call(PLACE, "GetImage", {"imageBuildVersionArn": arn}, "GET"))

    assert seen == [("GET", "/GetImage", {"imageBuildVersionArn": arn}, b"")]


async def test_query_services_and_kms_have_their_own_forms() -> None:
    seen = []

    async def handler(request: web.Request) -> web.Response:
        seen.append((request.headers["Content-Type"], request.headers.get("X-Amz-Target"), await request.text()))
        return web.Response(text="<a><Account>1</Account></a>")

    async with serving(handler) as transport:
        await transport.send(Call("sts", "GetCallerIdentity", query.form("sts", "GetCallerIdentity"), PLACE))
        await transport.send(Call("kms", "Decrypt", b"{}", PLACE))

    assert seen == [
        ("application/x-www-form-urlencoded; charset=utf-8", None, "Action=GetCallerIdentity&Version=2011-06-15"),
        ("application/x-amz-json-1.1", "TrentService.Decrypt", "{}"),
    ]


@either_way
async def test_an_endpoint_that_refuses_connections_is_named_with_advice(call: Call) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        environ = {**KEYS, "AWS_ENDPOINT_URL": url}
        transport = HttpTransport(Sessions(environ), environ=environ)
        with pytest.raises(NotSent, match=r"(?s)127\.0\.0\.1.*refused.*AWS_ENDPOINT_URL.*--local"):
            await transport.send(call)
        await transport.close()


@either_way
async def test_a_name_that_can_not_be_resolved_is_not_sent(call: Call) -> None:
    environ = {**KEYS, "AWS_ENDPOINT_URL": "http://nowhere.invalid"}
    transport = HttpTransport(Sessions(environ), environ=environ)
    with pytest.raises(NotSent, match=r"nowhere\.invalid.*name can't be resolved"):
        await transport.send(call)
    await transport.close()


@either_way
async def test_a_server_without_tls_behind_https_is_not_sent(call: Call) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.json_response({})

    async with serving(handler) as transport:
        plain = transport._environ["AWS_ENDPOINT_URL"]
        environ = {**KEYS, "AWS_ENDPOINT_URL": plain.replace("http:", "https:")}
        over_tls = HttpTransport(Sessions(environ), environ=environ)
        with pytest.raises(NotSent, match="TLS"):
            await over_tls.send(call)
        await over_tls.close()


@either_way
async def test_a_connection_that_breaks_after_the_request_leaves_it_open(call: Call) -> None:
    async def handler(request: web.Request) -> web.Response:
        await request.read()
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with serving(handler) as transport:
        with pytest.raises(NotAnswered, match=f"{call.action} at http"):
            await transport.send(call)


@either_way
async def test_a_body_that_breaks_off_leaves_it_open(call: Call) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"{")
        assert request.transport is not None
        request.transport.close()
        return response

    async with serving(handler) as transport:
        with pytest.raises(NotAnswered):
            await transport.send(call)


async def test_a_proxy_is_used_and_its_password_stays_out_of_sight() -> None:
    seen = []

    async def handler(request: web.Request) -> web.Response:
        seen.append((request.raw_path, request.headers.get("Proxy-Authorization")))
        return web.json_response({})

    async with serving(handler) as transport:
        stub = transport._environ["AWS_ENDPOINT_URL"].removeprefix("http://")
        environ = {**KEYS, "AWS_ENDPOINT_URL": "http://service.invalid", "HTTP_PROXY": f"http://user:canary@{stub}"}
        proxied = HttpTransport(Sessions(environ), environ=environ)
        assert (await proxied.send(GET)).status == 200
        await proxied.close()
        gone = HttpTransport(Sessions(environ), environ={**environ, "HTTP_PROXY": "http://user:canary@127.0.0.1:1"})
        with pytest.raises(NotSent) as caught:
            await gone.send(GET)
        await gone.close()

    assert seen == [("http://service.invalid/", "Basic dXNlcjpjYW5hcnk=")]
    assert "canary" not in str(caught.value)


@either_way
async def test_redirects_are_not_followed(call: Call) -> None:
    async def handler(request: web.Request) -> web.Response:
        raise web.HTTPFound("/elsewhere")

    async with serving(handler) as transport:
        assert (await transport.send(call)).status == 302


class WrongClock:
    def now(self) -> float:
        return time.time() - 3600.0

    def boot(self) -> float:
        return time.monotonic()


@pytest.mark.parametrize("code", ["RequestExpired", "InvalidSignatureException", "SignatureDoesNotMatch"])
async def test_a_clock_that_is_an_hour_off_is_corrected_once_and_for_all(code: str) -> None:
    dates = []

    async def handler(request: web.Request) -> web.Response:
        signed = request.headers["X-Amz-Date"]
        dates.append(signed)
        now = time.strftime("%Y%m%dT%H", time.gmtime())
        date = {"Date": formatdate(usegmt=True)}
        return (
            web.json_response({}, headers=date)
            if signed.startswith(now)
            else refusal(code, "Signature expired", **date)
        )

    async with serving(handler) as transport:
        transport._clock = WrongClock()
        assert (await transport.send(GET)).status == 200
        assert (await transport.send(GET)).status == 200

    assert len(dates) == 3


async def test_a_wrong_secret_is_not_mistaken_for_a_wrong_clock() -> None:
    calls = []

    async def handler(request: web.Request) -> web.Response:
        calls.append(1)
        return refusal("InvalidSignatureException", "does not match", Date=formatdate(usegmt=True))

    async with serving(handler) as transport:
        with pytest.raises(CredentialsError, match="refused the signature"):
            await CloudControl(transport).status(PLACE, "r")

    assert len(calls) == 1


class Rotating:
    """Credentials that can be renewed so many times."""

    def __init__(self, renewals: int) -> None:
        self.version, self.renewals = 0, renewals

    async def keys(self, source: CredentialSource, region: str) -> Keys:
        return Keys(f"AKID{self.version}", "secret")

    def forget(self, source: CredentialSource) -> None:
        self.version = min(self.version + 1, self.renewals)


@pytest.mark.parametrize("renewals", [0, 1])
async def test_cc83_expired_credentials_are_renewed_where_they_can_be(renewals: int) -> None:
    async def handler(request: web.Request) -> web.Response:
        if "AKID0/" in request.headers["Authorization"]:
            return refusal("ExpiredTokenException", "The security token included in the request is expired")
        return web.json_response({"ProgressEvent": {"RequestToken": "r"}})

    async with serving(handler) as transport:
        transport._sessions = Rotating(renewals)
        client = CloudControl(transport)
        if renewals:
            assert (await client.status(PLACE, "r")).request_token == "r"
        else:
            with pytest.raises(CredentialsExpired, match="run the same command again"):
                await client.status(PLACE, "r")


class SleepyKeys:
    """Credentials during whose look-up the machine sleeps for a while, the first time."""

    def __init__(self, clock: HandClock, naps: list[float]) -> None:
        self._clock, self._naps = clock, naps

    async def keys(self, _source: CredentialSource, _region: str) -> Keys:
        self._clock.slept += self._naps.pop(0) if self._naps else 0.0
        return Keys("AKIDEXAMPLE", "secret", None)

    def forget(self, _source: CredentialSource) -> None:
        pass


class HandClock(SystemClock):
    """A clock that is put forward by hand."""

    slept = 0.0

    def boot(self) -> float:
        return super().boot() + self.slept


async def test_a_machine_that_sleeps_while_credentials_are_fetched_asks_for_its_lease_again() -> None:
    bodies: list[bytes] = []

    async def handler(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        return web.json_response({"ProgressEvent": {"RequestToken": "t", "OperationStatus": "IN_PROGRESS"}})

    async def lease_is_lost() -> None:
        if clock.slept:
            raise LeaseLost

    clock = HandClock()
    async with serving(handler) as served:
        environ = served._environ
        transport = HttpTransport(SleepyKeys(clock, [40.0]), environ=environ, clock=clock)
        client = CloudControl(transport, clock=clock)
        with pytest.raises(LeaseLost):
            await client.mutate(PLACE, Operation.CREATE, b"{}", guard=lease_is_lost)
        await transport.close()

    assert bodies == []


async def test_slow_credentials_cost_a_second_look_and_no_more() -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.json_response({"ProgressEvent": {"RequestToken": "t", "OperationStatus": "IN_PROGRESS"}})

    looks: list[float] = []

    async def lease() -> None:
        looks.append(clock.slept)

    clock = HandClock()
    async with serving(handler) as served:
        environ = served._environ
        transport = HttpTransport(SleepyKeys(clock, [40.0]), environ=environ, clock=clock)
        event = await CloudControl(transport, clock=clock).mutate(PLACE, Operation.CREATE, b"{}", guard=lease)
        await transport.close()

    assert (event.request_token, looks) == ("t", [0.0, 40.0])


async def test_cc98_no_body_secret_or_token_reaches_a_log(caplog: pytest.LogCaptureFixture) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.json_response({"ResourceDescription": {"Identifier": "i", "Properties": '{"P":"canary-answer"}'}})

    with caplog.at_level(logging.DEBUG):
        async with serving(handler, AWS_SESSION_TOKEN="canary-token") as transport:
            found = await CloudControl(transport).get(PLACE, "AWS::S3::Bucket", "canary-body")

    assert found.properties == {"P": "canary-answer"}
    shown = caplog.text + repr(found) + repr(GET) + repr(Keys("a", "canary-secret-key", "canary-token"))
    assert "canary" not in shown.replace("identifier='canary-body'", "")


async def test_the_client_speaks_over_http_and_survives_html() -> None:
    bodies = []

    async def handler(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        if len(bodies) == 1:
            return web.Response(status=503, text="<html>Service Unavailable</html>", content_type="text/html")
        return web.json_response({"ProgressEvent": {"RequestToken": "r", "OperationStatus": "IN_PROGRESS"}})

    body = wire.create_body("AWS::S3::Bucket", {}, "token-1")
    async with serving(handler) as transport:
        event = await CloudControl(transport).mutate(PLACE, Operation.CREATE, body)

    assert (event.request_token, bodies) == ("r", [body, body])


DESCRIBED = (
    '<DescribeTypeResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeTypeResult>'
    "<Schema>{&quot;typeName&quot;: &quot;My::Own::Type&quot;}</Schema></DescribeTypeResult></DescribeTypeResponse>"
)


def cached(folder: Path) -> list[Path]:
    return list(folder.rglob("*.json"))


def query_error(code: str) -> web.Response:
    text = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>m</Message></Error></ErrorResponse>"
    return web.Response(status=400, text=text)


async def test_a_live_schema_is_asked_once_and_cached_per_account_and_region(tmp_path: Path) -> None:
    asked = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(await request.text())
        return web.Response(text=DESCRIBED)

    async with serving(handler) as transport:
        for _ in range(2):
            schemas = LiveSchemas(CloudControl(transport), tmp_path)
            assert await schemas.schema(PLACE, "My::Own::Type") == {"typeName": "My::Own::Type"}
        await schemas.schema(Target("222222222222", "us-east-1"), "My::Own::Type")

    assert asked == ["Action=DescribeType&Version=2010-05-15&Type=RESOURCE&TypeName=My%3A%3AOwn%3A%3AType"] * 2
    assert {path.stat().st_mode & 0o777 for path in cached(tmp_path)} == {0o600}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda: query_error("TypeNotFoundException"), UnknownType),
        (lambda: query_error("AccessDenied"), ServiceError),
        (lambda: web.Response(text="<DescribeTypeResponse/>"), NotAnswered),
    ],
    ids=["no such type", "denied", "no schema"],
)
async def test_cc76_a_failed_look_up_is_an_error_and_not_cached(
    answer: Callable[[], web.Response], error: type[Exception], tmp_path: Path
) -> None:
    async def handler(request: web.Request) -> web.Response:
        return answer()

    async with serving(handler) as transport:
        with pytest.raises(error):
            await LiveSchemas(CloudControl(transport), tmp_path).schema(PLACE, "My::Own::Type")

    assert cached(tmp_path) == []


async def test_a_damaged_or_old_cache_file_is_asked_for_again(tmp_path: Path) -> None:
    asked = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(1)
        return web.Response(text=DESCRIBED)

    async with serving(handler) as transport:
        schemas = LiveSchemas(CloudControl(transport), tmp_path)
        await schemas.schema(PLACE, "My::Own::Type")
        cached(tmp_path)[0].write_text("{")
        await schemas.schema(PLACE, "My::Own::Type")
        schemas = LiveSchemas(CloudControl(transport), tmp_path, Later())
        await schemas.schema(PLACE, "My::Own::Type")

    assert len(asked) == 3


class Later(WrongClock):
    def now(self) -> float:
        return time.time() + 25 * 3600.0


def test_replies_hide_their_bodies() -> None:
    assert "canary" not in repr(Reply(200, {}, b"canary"))
