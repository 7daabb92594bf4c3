"""The routes of the console: the page, its data, and a stream that says when to reload."""

from __future__ import annotations

import asyncio
import contextlib
from http import HTTPStatus
from importlib import resources as package
from typing import TYPE_CHECKING, Any

from aiohttp import web

from cloudwright.console import views
from cloudwright.console.builds import builds, count_building
from cloudwright.console.guard import guarded
from cloudwright.console.recent import RecentCalls
from cloudwright.local.rows import ResourceSearch

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from cloudwright.local.cloud import LocalCloud

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PREFIX = "/_cloudwright/console"
LOOK = 0.2
"""Seconds between two checks for news."""

_BEAT = 15.0
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
# A picture has inline styles and runs no script.
_PICTURE = {**_HEADERS, "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
_SCRIPTS = ("console", "activity", "dom", "builds", "images", "pager", "resources", "server")
_FILES = {
    "/": ("index.html", "text/html"),
    f"{PREFIX}/console.css": ("console.css", "text/css"),
    f"{PREFIX}/icon.svg": ("icon.svg", "image/svg+xml"),
    **{f"{PREFIX}/{name}.js": (f"{name}.js", "text/javascript") for name in _SCRIPTS},
}


class Console:
    """Serves the console of one local cloud."""

    def __init__(self, cloud: LocalCloud) -> None:
        """Subscribe to the cloud that is shown."""
        self._cloud = cloud
        self._recent = RecentCalls(cloud)
        self._closing = asyncio.Event()

    def routes(self) -> Iterable[web.RouteDef]:
        """The routes to mount; all of them only read, and answer only this machine."""
        data = {
            "overview": self._overview,
            "resources": self._resources,
            "resource": self._resource,
            "operations": self._operations,
            "calls": self._calls,
            "calls/{number:[0-9]{1,12}}": self._call,
            "builds": self._builds,
            "distributions": self._distributions,
            "matrix.svg": self._matrix,
            "news": self._news,
        }
        return [
            *(web.get(path, guarded(_file(name, kind))) for path, (name, kind) in _FILES.items()),
            *(web.get(f"{PREFIX}/{path}", guarded(handler)) for path, handler in data.items()),
        ]

    def close(self) -> None:
        """End every stream, so that the server can stop at once."""
        self._closing.set()

    async def _overview(self, request: web.Request) -> web.Response:
        del request
        return _json({**views.overview(self._cloud), "building": count_building(self._cloud)})

    async def _resources(self, request: web.Request) -> web.Response:
        asked = request.query
        names = {"account": "account", "region": "region", "type": "type_name", "text": "text"}
        texts = {field: asked.get(name, "") for name, field in names.items()}
        return _json(views.resources(self._cloud, ResourceSearch(**texts, before=_number(request, "before"))))

    async def _resource(self, request: web.Request) -> web.Response:
        try:
            shown = self._cloud.shown(*_named(request, "account", "region", "type", "identifier"))
        except KeyError:
            return _json({"error": "this resource no longer exists"}, HTTPStatus.NOT_FOUND)
        return _json({"properties": shown})

    async def _operations(self, request: web.Request) -> web.Response:
        del request
        return _json(views.operations(self._cloud))

    async def _calls(self, request: web.Request) -> web.Response:
        del request
        return _json(views.calls(self._recent.newest_first()))

    async def _call(self, request: web.Request) -> web.Response:
        call = self._recent.find(int(request.match_info["number"]))
        if call is None:
            return _json({"error": "this call is no longer kept"}, HTTPStatus.NOT_FOUND)
        return _json({"request": call.request, "response": call.response})

    async def _builds(self, request: web.Request) -> web.Response:
        del request
        return _json(builds(self._cloud))

    async def _distributions(self, request: web.Request) -> web.Response:
        return _json(views.distributions(self._cloud, _number(request, "before")))

    async def _matrix(self, request: web.Request) -> web.Response:
        try:
            picture = views.matrix(self._cloud, *_named(request, "account", "region", "identifier"))
        except KeyError:
            return _json({"error": "this configuration no longer exists"}, HTTPStatus.NOT_FOUND)
        return web.Response(text=picture, content_type="image/svg+xml", headers=_PICTURE)

    async def _news(self, request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse(headers={**_HEADERS, "Content-Type": "text/event-stream"})
        await stream.prepare(request)
        with contextlib.suppress(ConnectionError):
            await self._send_changes(stream)
        return stream

    async def _send_changes(self, stream: web.StreamResponse) -> None:
        """Write a line for each change, and a keep-alive line now and then."""
        sent, quiet = "", 0.0
        while not self._closing.is_set():
            news = self._version()
            if news != sent:
                await stream.write(f"data: {news}\n\n".encode())
                sent, quiet = news, 0.0
            elif quiet >= _BEAT:
                await stream.write(b": still here\n\n")
                quiet = 0.0
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), LOOK)
            quiet += LOOK

    def _version(self) -> str:
        self._cloud.settle()
        return f"{self._recent.count}-{self._cloud.next_effect()}"


def _file(name: str, kind: str) -> Handler:
    async def serve(request: web.Request) -> web.Response:
        del request
        text = package.files(__package__).joinpath("static", name).read_text("utf-8")
        return web.Response(text=text, content_type=kind, charset="utf-8", headers=_HEADERS)

    return serve


def _json(document: Any, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    return web.json_response(document, status=status, headers=_HEADERS)


def _named(request: web.Request, *names: str) -> list[str]:
    return [request.query.get(name, "") for name in names]


def _number(request: web.Request, name: str) -> int:
    text = request.query.get(name, "0")
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise web.HTTPBadRequest(text=f"{name} is not a number\n")
    return int(text)
