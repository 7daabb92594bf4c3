"""Access to the console: a browser on this machine, on the console's own page."""

from __future__ import annotations

import ipaddress
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_OWN_SITE = {"", "same-origin", "none"}


def guarded(handler: Handler) -> Handler:
    """A handler that refuses every client except a browser on this machine.

    The API may be opened to a network with `--host`; the console shows all accounts and checks no signatures, so it
    stays local.
    """

    async def serve(request: web.Request) -> web.StreamResponse:
        reason = _objection(request)
        if reason:
            return web.Response(status=HTTPStatus.FORBIDDEN, text=f"{reason}\n")
        return await handler(request)

    return serve


def _objection(request: web.Request) -> str:
    if not _is_here(request):
        return "the console answers only on the machine that it runs on; open it there"
    if not _is_safe_name(_host(request)):
        return "the console answers to localhost and to addresses only, not to names that others can point here"
    # other sites may link to the page, but no other page may load its data
    if request.path != "/" and request.headers.get("Sec-Fetch-Site", "") not in _OWN_SITE:
        return "the console's data is available to its own page only"
    return ""


def _is_here(request: web.Request) -> bool:
    transport = request.transport
    if transport is None:
        return False
    peer, own = (_address((transport.get_extra_info(name) or ("",))[0]) for name in ("peername", "sockname"))
    return peer is not None and (peer.is_loopback or peer == own)


def _host(request: web.Request) -> str:
    try:
        return urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
    except ValueError:
        return ""


def _is_safe_name(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost") or _address(host) is not None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
