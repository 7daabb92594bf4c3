"""The local cloud over HTTP: a thin shell for boto3, the AWS CLI, Terraform and any other client.

The account is the access key if that is twelve digits, else zeros; the Region is the signature's.
"""

from __future__ import annotations

import asyncio
import logging
import re
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from aiohttp import web

from cloudwright.lazy_dataclass import dataclass
from cloudwright.local.api import query_services, rest_services, service_calls, unserved
from cloudwright.local.api.wire import Refused, refusal
from cloudwright.local.cloud import DEFAULT_ACCOUNT
from cloudwright.local.faults.calls import AnswerLost
from cloudwright.local.http import objects
from cloudwright.local.http.admin import Administration
from cloudwright.local.http.connections import CLIENT_ERRORS, PATIENCE, SilentConnections, http_log
from cloudwright.local.http.rate import RateLimit
from cloudwright.local.objects import answers
from cloudwright.local.protocols.model import service_models

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from types import TracebackType

    from cloudwright.control.model import Reply
    from cloudwright.local.api.signatures import SignatureCheck
    from cloudwright.local.cloud import LocalCloud

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_LOG = logging.getLogger("cloudwright.local")

BODY_LIMIT = 4 * 1024 * 1024
"""Bytes: a document of 262,144 characters, each escaped twice, and a margin."""

_CREDENTIAL = re.compile(r"Credential=([^/,\s]{1,128})/([0-9]{8})/([a-z0-9-]{1,40})/([a-z0-9-]{1,40})/aws4_request")
_ACCOUNT = re.compile(r"[0-9]{12}")
_NO_REQUEST = "00000000-0000-4000-a000-000000000000"
"""The id of requests that were refused before they got one."""
_PRESIGNED = {"X-Amz-Credential", "AWSAccessKeyId"}
"""Query parameters of a presigned request; the second is S3's older form, which does not name the Region."""

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class SignedCaller:
    """Who signed a request, and for which service and Region."""

    account: str
    region: str
    service: str


class LocalServer:
    """Serves a local cloud on a socket; an async context manager."""

    def __init__(
        self,
        cloud: LocalCloud,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        call_latency: float = 0.0,
        rate: float | None = None,
        signatures: SignatureCheck | None = None,
        routes: Iterable[web.AbstractRouteDef] = (),
        patience: float = PATIENCE,
    ) -> None:
        """Set up; `start` opens the socket.

        Args:
            cloud: The cloud that is served; it stays open when the server closes.
            host: The address to listen on; only loopback by default.
            port: 0 uses a free one.
            call_latency: Seconds added to every call.
            rate: Calls per second for each account and Region, beyond which they are throttled.
            signatures: Refuses requests with a wrong signature; without it, every signature is accepted.
            routes: Further pages to serve in addition to the API.
            patience: Seconds until a connection's first request must start, and until a request must have arrived
                completely.
        """
        self._cloud = cloud
        self._address = (host, port)
        self._call_latency = call_latency
        self._limit = RateLimit(rate)
        self._signatures = signatures
        self._routes = (*Administration(cloud, self._limit).routes(), *routes)
        self._patience = patience
        self._runner: web.AppRunner | None = None
        self._silence: SilentConnections | None = None

    async def start(self) -> str:
        """Listen.

        Returns:
            The endpoint's address, such as `http://127.0.0.1:4510`.
        """
        self._runner = web.AppRunner(self.application(), access_log=None, logger=http_log(), shutdown_timeout=1.0)
        await self._runner.setup()
        if self._runner.server is not None:
            self._silence = SilentConnections(self._runner.server, self._patience)
            self._silence.start()
        host, port = self._address
        await web.TCPSite(self._runner, host, port, backlog=1024).start()
        bound = self._runner.addresses[0][1]
        return f"http://[{host}]:{bound}" if ":" in host else f"http://{host}:{bound}"

    def application(self) -> web.Application:
        """The API behind its guard, with every route."""
        app = web.Application(client_max_size=BODY_LIMIT, middlewares=[self._guard])
        app.add_routes(self._routes)
        app.router.add_post("/", self._api)  # found directly; the next one is matched by trial
        app.router.add_post("/{path:.*}", self._api)
        return app

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        if self._silence is not None:
            await self._silence.stop()
            self._silence = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self._silence is not None:
            self._silence.note_request(request)
        # a page of another site can't reach the service under its own host name (DNS rebinding)
        if self._address[0] in _LOOPBACK and not _is_local(request.headers.get("Host", "")):
            return web.Response(
                status=HTTPStatus.FORBIDDEN, text="this server answers only requests to loopback names\n"
            )
        # a GET of another service, such as S3's ListBuckets, is not a request for the console's page
        return await (self._api(request) if _is_call(request) else handler(request))

    async def _api(self, request: web.Request) -> web.Response:
        try:
            reply = await self._answer(request)
        except Refused as error:
            reply = _refusal(request, error)
        except web.HTTPRequestEntityTooLarge:
            reply = _refusal(request, _too_large())
        except web.HTTPRequestTimeout:
            raise
        except AnswerLost:
            return _hang_up(request)
        except CLIENT_ERRORS:
            reply = refusal(Refused("SerializationException", "the body is not encoded as its headers say"), {})
        except Exception:  # noqa: BLE001 - one broken call must not end the connection without an answer
            _LOG.exception("the local cloud failed")
            reply = refusal(Refused("InternalFailure", "the local cloud failed; see its log"), {})
        return web.Response(status=reply.status, headers=dict(reply.headers), body=reply.body)

    async def _answer(self, request: web.Request) -> Reply:
        caller = _caller(request)
        if caller.service == "s3":
            return await self._objects(request, caller)
        body = await self._body(request)
        if not _is_served(request, caller):
            return unserved.refuse(_asked(request, caller), _NO_REQUEST)
        if self._signatures is not None:
            self._signatures.check(request.method, request.rel_url.raw_path_qs, request.headers, body)
        service, action = _operation(request, body, caller)
        await self._travel()
        if not self._limit.admit(caller.account, caller.region):
            raise Refused("ThrottlingException", "Rate exceeded")
        reply = self._cloud.handle(service, action, body, caller.account, caller.region, request.rel_url.raw_path_qs)
        await self._travel()
        return reply

    async def _objects(self, request: web.Request, caller: SignedCaller) -> Reply:
        asked = await objects.received(request, self._patience)
        with asked.body:
            if self._signatures is not None:
                self._signatures.check_payload(
                    request.method,
                    request.rel_url.raw_path_qs,
                    request.headers,
                    asked.headers.get("x-amz-content-sha256", ""),
                )
            await self._travel()
            if not self._limit.admit(caller.account, caller.region):
                raise Refused("ThrottlingException", "Rate exceeded")
            reply = self._cloud.handle_object(asked, caller.account, caller.region)
        await self._travel()
        return reply

    async def _travel(self) -> None:
        # even a sleep of 0 seconds yields to the event loop
        if self._call_latency:
            await asyncio.sleep(self._call_latency / 2)

    async def _body(self, request: web.Request) -> bytes:
        if (request.content_length or 0) > BODY_LIMIT:
            raise _too_large()
        if request.content.is_eof():
            return await request.read()
        try:
            async with asyncio.timeout(self._patience):
                return await request.read()
        except TimeoutError:
            raise web.HTTPRequestTimeout(text=f"no complete request within {self._patience:g} seconds\n") from None


def _hang_up(request: web.Request) -> web.Response:
    """Close the connection; the returned answer is not sent."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _refusal(request: web.Request, error: Refused) -> Reply:
    """An error in the client's protocol, if the request shows which one it is."""
    if _service_of(request) == "s3":
        return answers.refusal(error, request.path, {"x-amzn-requestid": _NO_REQUEST})
    if _service_of(request) in service_calls.TABLES.keys() - query_services.SERVICES:
        return service_calls.refusal(_service_of(request), error, {"x-amzn-requestid": _NO_REQUEST})
    if not _is_form(request):
        return refusal(error, {"x-amzn-requestid": _NO_REQUEST})
    return query_services.refusal(_service_of(request), error, _NO_REQUEST)


def _service_of(request: web.Request) -> str:
    """The service that a request is signed for; empty if it is not signed."""
    match = _CREDENTIAL.search(request.headers.get("Authorization", ""))
    return match[4] if match else ""


def _is_form(request: web.Request) -> bool:
    return request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")


def _too_large() -> Refused:
    return Refused("RequestEntityTooLargeException", f"the limit is {BODY_LIMIT} bytes")


def _is_call(request: web.Request) -> bool:
    """Whether a request was signed by an AWS client, in its header or in its URL, for a REST service."""
    if request.path.startswith("/_cloudwright/") or "X-Amz-Target" in request.headers:
        return False
    return request.headers.get("Authorization", "").startswith("AWS") or not _PRESIGNED.isdisjoint(request.query)


def _is_served(request: web.Request, caller: SignedCaller) -> bool:
    target = request.headers.get("X-Amz-Target")
    if target is not None and target.partition(".")[0] == "CloudApiService":
        return True
    if caller.service in service_calls.TABLES:
        # an unknown form is refused here, an unknown operation of a known service by the service
        return _is_form(request) or bool(_operation_named(request, caller.service))
    if target is not None:
        return False
    return caller.service == "cloudcontrolapi" or (_is_form(request) and caller.service in query_services.SERVICES)


def _operation_named(request: web.Request, service: str) -> str:
    """The operation of a JSON service: from its target, or from the method and path of a REST service."""
    model = service_models()[service]
    if model.protocol == "json":
        prefix, _, action = request.headers.get("X-Amz-Target", "").partition(".")
        return action if prefix == model.target_prefix and service_calls.serves(service, action) else ""
    found = model.at(request.method, request.path) or rest_services.action_at(request.method, request.path)
    return found if service == rest_services.SERVICE else ""


def _asked(request: web.Request, caller: SignedCaller) -> unserved.UnservedCall:
    headers = request.headers
    return unserved.UnservedCall(
        caller.service,
        headers.get("Content-Type", ""),
        headers.get("X-Amz-Target", ""),
        headers.get("smithy-protocol", ""),
    )


def _caller(request: web.Request) -> SignedCaller:
    header = request.headers.get("Authorization")
    if "AWSAccessKeyId" in request.query:
        key = request.query["AWSAccessKeyId"]
        return SignedCaller(key if _ACCOUNT.fullmatch(key) else DEFAULT_ACCOUNT, "", "s3")
    if header is None and "X-Amz-Credential" in request.query:
        header = f"Credential={request.query['X-Amz-Credential']}"
    if header is None:
        raise Refused("MissingAuthenticationTokenException", "Request is missing Authentication Token")
    match = _CREDENTIAL.search(header)
    if match is None:
        raise Refused("IncompleteSignatureException", "The Authorization header holds no AWS4 credential scope")
    key, _, region, service = match.groups()
    return SignedCaller(key if _ACCOUNT.fullmatch(key) else DEFAULT_ACCOUNT, region, service)


def _operation(request: web.Request, body: bytes, caller: SignedCaller) -> tuple[str, str]:
    target = request.headers.get("X-Amz-Target")
    if caller.service in service_calls.TABLES and not _is_form(request):
        return caller.service, _operation_named(request, caller.service)
    if target is not None:
        action = target.partition(".")[2]
        if not action:
            raise Refused("UnknownOperationException", f"X-Amz-Target {target!r} names no operation")
        return "cloudcontrolapi", action
    if caller.service == "cloudcontrolapi":
        raise Refused(
            "UnknownOperationException", "the request has no header X-Amz-Target, such as CloudApiService.GetResource"
        )
    return caller.service, query_services.action_of(body)


@lru_cache(maxsize=64)
def _is_local(host: str) -> bool:
    """Whether a `Host` header names this machine."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name in _LOOPBACK or name.endswith(".localhost")
