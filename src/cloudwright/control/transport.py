"""Requests over HTTP: signed, sent, and sent once more if AWS proves that it did nothing."""

from __future__ import annotations

import hashlib
import os
import re
import socket
from typing import TYPE_CHECKING, Protocol

from cloudwright.clock import SystemClock
from cloudwright.control.endpoints import Endpoints
from cloudwright.control.http_client import CONNECT_TIMEOUT, BrokenOff, HttpClient, NotConnected
from cloudwright.control.signature import S3, signed
from cloudwright.control.wire import error_code, server_time
from cloudwright.errors import NotAnswered, NotSent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.clock import Clock
    from cloudwright.control.endpoints import Endpoint
    from cloudwright.control.model import Call, Reply
    from cloudwright.control.signature import SigningKeys
    from cloudwright.target import CredentialSource

PREPARATION = 20.0
"""Seconds, suspend included, from the call until the signature.

Less than what is left of a lease that was just confirmed (30). A machine that sleeps while credentials are fetched
sends nothing when it wakes up.
"""

_JSON_TARGETS = {
    "cloudcontrolapi": ("1.0", "CloudApiService"),
    "codebuild": ("1.1", "CodeBuild_20161006"),
    "kms": ("1.1", "TrentService"),
    "organizations": ("1.1", "AWSOrganizationsV20161128"),
    "secretsmanager": ("1.1", "secretsmanager"),
    "ssm": ("1.1", "AmazonSSM"),
}
_SKEW_CODES = frozenset(
    {
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "InvalidSignature",
        "AuthFailure",
    }
)
_SKEW = 30.0
_EXPIRED_CODES = frozenset({"ExpiredToken", "ExpiredTokenException"})
_SENDS = 3
_CODE = re.compile(rb'"__type"\s*:\s*"([^"]{1,200})"|<Code>([^<]{1,200})</Code>')


class KeySource(Protocol):
    """The source of keys: `cloudwright.aws.session.Sessions`."""

    async def keys(self, source: CredentialSource, region: str) -> SigningKeys:
        """Keys of a source, refreshed if due."""
        ...

    def forget(self, source: CredentialSource) -> None:
        """Forget the keys, so that the next call loads them again."""
        ...


class HttpTransport:
    """Signs and sends over HTTP; one pool of connections for all accounts and Regions. Bodies are never logged."""

    def __init__(
        self, sessions: KeySource, *, environ: Mapping[str, str] | None = None, clock: Clock | None = None
    ) -> None:
        """Build a transport; nothing is loaded or opened yet."""
        self._sessions = sessions
        self._environ = os.environ if environ is None else environ
        self._endpoints = Endpoints(self._environ)
        self._clock = clock or SystemClock()
        self._skew: dict[str, float] = {}
        self._http = HttpClient(self._environ.get("AWS_CA_BUNDLE"))

    async def send(self, call: Call) -> Reply:
        """Sign and send one request.

        A request that AWS refused because of this machine's clock, or because renewable credentials expired, was
        not carried out; it is signed again and sent once more.

        Raises:
            NotSent: No connection could be established, or so much time passed before the signature that the caller
                must check again whether it may still send.
            NotAnswered: The connection broke or timed out after that.
            CredentialsError: It can't be signed.
        """
        asked_at = self._clock.boot()
        keys = await self._sessions.keys(call.target.source, call.target.region)
        endpoint = await self._endpoints.find(call.service, call.target.region)
        for _ in range(_SENDS - 1):
            reply = await self._post(call, keys, endpoint, asked_at)
            if reply.status < 400 or not self._learn_skew(endpoint, reply):
                renewed = await self._renewed(call, keys, reply)
                if renewed is None:
                    return reply
                keys = renewed
        return await self._post(call, keys, endpoint, asked_at)

    async def open_early(self, service: str, region: str) -> None:
        """Begin to open a connection for the next request to a service.

        Args:
            service: As in a call.
            region: Such as `eu-west-1`.

        Raises:
            NotSent: There is no such endpoint.
        """
        endpoint = await self._endpoints.find(service, region)
        self._http.open_early(endpoint.url, endpoint.proxy)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.close()

    # -- second chances

    def _learn_skew(self, endpoint: Endpoint, reply: Reply) -> bool:
        if _code(reply) not in _SKEW_CODES:
            return False
        server = server_time(reply)
        if server is None:
            return False
        skew = server - self._clock.now()
        changed = abs(skew - self._skew.get(endpoint.url, 0.0)) > _SKEW
        if changed:
            self._skew[endpoint.url] = skew
        return changed

    async def _renewed(self, call: Call, keys: SigningKeys, reply: Reply) -> SigningKeys | None:
        if reply.status < 400 or _code(reply) not in _EXPIRED_CODES:
            return None
        self._sessions.forget(call.target.source)
        fresh = await self._sessions.keys(call.target.source, call.target.region)
        return fresh if fresh != keys else None

    # -- sending

    async def _post(self, call: Call, keys: SigningKeys, endpoint: Endpoint, asked_at: float) -> Reply:
        if (waited := self._clock.boot() - asked_at) > PREPARATION:
            raise NotSent(f"{call.action} was not sent: it took {waited:.0f} s to get its credentials and endpoint")
        url = endpoint.url.rstrip("/") + call.path if call.path else endpoint.url
        headers = signed(
            url,
            _headers(call),
            call.body,
            keys,
            service=endpoint.signing_name,
            region=endpoint.signing_region,
            now=self._clock.now() + self._skew.get(endpoint.url, 0.0),
            method=call.method,
        )
        try:
            return await self._http.request(call.method, url, call.body, headers, endpoint.proxy)
        except NotConnected as failed:
            raise _unreachable(call, endpoint, failed.__cause__) from None
        except BrokenOff as failed:
            raise _unanswered(call, endpoint, failed.__cause__) from None


def _unreachable(call: Call, endpoint: Endpoint, error: BaseException | None) -> NotSent:
    where = f"; it comes from {endpoint.origin}" if endpoint.origin else ""
    return NotSent(
        f"the endpoint {endpoint.url} can't be reached: {_cause(error)}{where}",
        hint=f"check the network and the Region ({call.target.region}), or use `--local` to work without them",
    )


def _unanswered(call: Call, endpoint: Endpoint, error: BaseException | None) -> NotAnswered:
    reason = "no answer in time" if isinstance(error, TimeoutError) else f"{type(error).__name__}: {error}"
    return NotAnswered(f"{call.action} at {endpoint.url} was sent but not answered: {reason}")


def _headers(call: Call) -> dict[str, str]:
    if call.service in _JSON_TARGETS:
        version, prefix = _JSON_TARGETS[call.service]
        return {"Content-Type": f"application/x-amz-json-{version}", "X-Amz-Target": f"{prefix}.{call.action}"}
    if call.service == S3:
        return {**call.headers, "X-Amz-Content-Sha256": hashlib.sha256(call.body).hexdigest()}
    if call.path:
        return {"Content-Type": "application/json"}
    return {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


def _code(reply: Reply) -> str:
    found = _CODE.search(reply.body)
    text = (found.group(1) or found.group(2)).decode(errors="replace") if found else ""
    return error_code(text or reply.headers.get("x-amzn-errortype", ""))


def _cause(error: BaseException | None) -> str:
    if isinstance(error, socket.gaierror | UnicodeError):
        return "its name can't be resolved"
    if type(error).__name__.startswith("SSL"):  # without loading ssl for a plain connection
        return f"its TLS certificate or handshake is not accepted ({error}); set AWS_CA_BUNDLE for a private authority"
    if isinstance(error, TimeoutError):
        return f"no connection within {CONNECT_TIMEOUT:g} seconds"
    return "the connection is refused" if isinstance(error, ConnectionRefusedError) else str(error)
