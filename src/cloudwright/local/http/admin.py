"""The server's own endpoints, under `/_cloudwright/`: health, faults, and out-of-band changes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from aiohttp import web

from cloudwright.local.faults import BUILT_IN, CATALOGUE, Fault, parse
from cloudwright.local.http.out_of_band import OutOfBandEndpoints, bad, read_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudwright.local.cloud import LocalCloud
    from cloudwright.local.http.rate import RateLimit

_FIELDS = {field.name for field in dataclasses.fields(Fault)}


class Administration:
    """Serves the endpoints with which a test or a person inspects and changes a running local cloud."""

    def __init__(self, cloud: LocalCloud, limit: RateLimit) -> None:
        """Use the cloud that is served, and the rate limit of its callers."""
        self._cloud, self._limit = cloud, limit

    def routes(self) -> Iterable[web.RouteDef]:
        """The routes to mount."""
        return [
            web.get("/_cloudwright/health", self._health),
            web.get("/_cloudwright/faults", self._show),
            web.post("/_cloudwright/faults", self._add),
            web.delete("/_cloudwright/faults", self._clear),
            web.delete("/_cloudwright/faults/{name}", self._remove),
            *OutOfBandEndpoints(self._cloud).routes(),
        ]

    async def _health(self, request: web.Request) -> web.Response:
        del request
        calls = {"accepted": self._limit.accepted, "throttled": self._limit.throttled}
        return web.json_response({"status": "ok", "time": self._cloud.clock.now(), "calls": calls})

    async def _show(self, request: web.Request) -> web.Response:
        del request
        return web.json_response({"on": self._listing(), "known": CATALOGUE, "built_in": BUILT_IN})

    async def _add(self, request: web.Request) -> web.Response:
        try:
            given = await read_json(request)
            faults = [_fault(entry) for entry in (given if isinstance(given, list) else [given])]
        except ValueError as error:
            return bad(str(error))
        for fault in faults:
            self._cloud.faults.add(fault)
        return web.json_response({"on": self._listing()})

    async def _clear(self, request: web.Request) -> web.Response:
        del request
        self._cloud.faults.clear()
        return web.json_response({"on": []})

    async def _remove(self, request: web.Request) -> web.Response:
        self._cloud.faults.remove(request.match_info["name"])
        return web.json_response({"on": self._listing()})

    def _listing(self) -> list[dict[str, Any]]:
        return [{**dataclasses.asdict(fault)} for fault in self._cloud.faults.listing()]


def _fault(entry: Any) -> Fault:
    """A fault from its text (`CC72:count=2`) or from an object with the fields of `Fault`."""
    if isinstance(entry, str):
        return parse(entry)
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        reason = 'a fault is a text such as "CC72:count=2", or an object with a name'
        raise ValueError(reason)  # noqa: TRY004 - as for everything that is not a fault
    unknown = sorted(entry.keys() - _FIELDS)
    if unknown:
        raise ValueError(f"a fault has no {', '.join(unknown)}; its fields are {', '.join(sorted(_FIELDS))}")
    return Fault(**entry)
