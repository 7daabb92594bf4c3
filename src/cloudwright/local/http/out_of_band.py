"""Out-of-band changes over HTTP: read, create, change and delete resources immediately.

For tests of any client: drift, adoption, name clashes, and hidden values that are kept (CC11, CC32, CC42, CC45, CC50).
"""

from __future__ import annotations

import json
import re
from dataclasses import field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aiohttp import web

from cloudwright.lazy_dataclass import dataclass
from cloudwright.local.cloud import DEFAULT_ACCOUNT
from cloudwright.local.model.json_text import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cloudwright.local.cloud import LocalCloud
    from cloudwright.local.rows import StoredResource

_REGION = re.compile(r"[a-z0-9-]{1,40}")
_ACCOUNT = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, slots=True)
class OutOfBandChange:
    """One change of one resource, from its JSON.

    Attributes:
        type: The resource type.
        account: Twelve digits.
        region: Such as `us-east-1`.
        identifier: The identifier of an existing resource; empty for a new one.
        properties: The properties of a new resource, or those to change; null removes one.
    """

    type: str
    account: str = DEFAULT_ACCOUNT
    region: str = "us-east-1"
    identifier: str = ""
    properties: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        texts = (self.type, self.account, self.region, self.identifier)
        if not all(isinstance(text, str) for text in texts) or not isinstance(self.properties, dict):
            raise ValueError("type, account, region and identifier must be texts, properties an object")
        if not _ACCOUNT.fullmatch(self.account) or not _REGION.fullmatch(self.region):
            raise ValueError("an account must have twelve digits, and a Region a name such as us-east-1")

    @property
    def where(self) -> tuple[str, str, str, str]:
        """Account, Region, type and identifier."""
        return (self.account, self.region, self.type, self.identifier)


class OutOfBandEndpoints:
    """Serves `/_cloudwright/resources`. It shows hidden values, since they are only test values."""

    def __init__(self, cloud: LocalCloud) -> None:
        """Take the cloud that is served."""
        self._cloud = cloud

    def routes(self) -> Iterable[web.RouteDef]:
        """The routes to mount."""
        path = "/_cloudwright/resources"
        return [
            web.get(path, self._show),
            web.post(path, self._changing(self._put)),
            web.patch(path, self._changing(self._modify)),
            web.delete(path, self._changing(self._remove)),
        ]

    async def _show(self, request: web.Request) -> web.Response:
        wanted = request.query
        found = self._cloud.resources(wanted.get("account"), wanted.get("region"))
        return web.json_response([_described(one) for one in found if wanted.get("type") in (None, one.type_name)])

    def _changing(self, change: Callable[[OutOfBandChange], str]) -> Callable[[web.Request], Any]:
        async def serve(request: web.Request) -> web.Response:
            try:
                return web.json_response({"identifier": change(_change(await read_json(request)))})
            except KeyError as error:
                return bad(str(error.args[0]), HTTPStatus.NOT_FOUND)
            except ValueError as error:
                return bad(str(error))

        return serve

    def _put(self, change: OutOfBandChange) -> str:
        return self._cloud.put(change.account, change.region, change.type, change.properties)

    def _modify(self, change: OutOfBandChange) -> str:
        self._cloud.modify(*change.where, change.properties)
        return change.identifier

    def _remove(self, change: OutOfBandChange) -> str:
        self._cloud.remove(*change.where)
        return change.identifier


def _change(given: Any) -> OutOfBandChange:
    if not isinstance(given, dict) or "type" not in given:
        raise ValueError("send an object with type, account, region, identifier and properties")
    unknown = sorted(given.keys() - OutOfBandChange.__dataclass_fields__.keys())
    if unknown:
        raise ValueError(
            f"there is no field {', '.join(unknown)}; use {', '.join(OutOfBandChange.__dataclass_fields__)}"
        )
    return OutOfBandChange(**given)


def _described(resource: StoredResource) -> dict[str, Any]:
    return {
        "type": resource.type_name,
        "account": resource.place.account,
        "region": resource.place.region,
        "identifier": resource.identifier,
        "properties": resource.properties,
    }


async def read_json(request: web.Request) -> Any:
    """The body of a request to the server's own endpoints.

    Args:
        request: A page of another site can't send this content type without a preflight request, which is not answered.

    Raises:
        ValueError: It is not JSON, or has another content type.
    """
    if request.content_type != "application/json":
        raise ValueError("send application/json")
    return parse_json(await request.read())


def bad(reason: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> web.Response:
    """An error of the server's own endpoints."""
    return web.Response(status=status, text=json.dumps({"error": reason}), content_type="application/json")
