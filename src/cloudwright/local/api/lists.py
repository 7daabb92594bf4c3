"""The two paginated operations."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from cloudwright.local.api import progress_events
from cloudwright.local.api.wire import Refused, invalid
from cloudwright.local.model.json_text import parse_json
from cloudwright.local.model.paths import MISSING, put, value_at
from cloudwright.local.model.validation import ModelValidator

if TYPE_CHECKING:
    from cloudwright.local.context import CloudContext
    from cloudwright.local.model.types import LocalType
    from cloudwright.local.rows import AccountRegion, StoredResource

Members = dict[str, Any]

_RESOURCES_PAGE = 100
_REQUESTS_PAGE = 20
_REQUEST_LIFE = 7 * 86_400.0


def list_resources(context: CloudContext, place: AccountRegion, members: Members) -> Members:
    """ListResources: identifiers, and the few properties that the list handler shows (CC92).

    Args:
        context: The parts of the cloud.
        place: The caller's account and Region.
        members: The decoded body.

    Raises:
        Refused: No list handler, a missing parent (CC91), a stale token.
    """
    kind = context.kind(members["TypeName"], place.region)
    if "list" not in kind.handlers:
        raise Refused("UnsupportedActionException", f"Resource type {kind.name} does not support LIST action")
    if refused := context.gate.handler_refusal(place, kind, "list"):
        raise Refused("AccessDeniedException", refused)
    parent = _parent(kind, members)
    book = ("resources", kind.name, *place)
    after = _decode(members.get("NextToken"), book)
    limit = members.get("MaxResults") or _RESOURCES_PAGE
    if context.faults and context.faults.fire("CC90", kind.name, "ListResources"):
        return {"TypeName": kind.name, "ResourceDescriptions": [], "NextToken": _encode(book, after)}
    found, more = _collect(context, place, kind, parent, after, limit)
    descriptions = [
        {"Identifier": one.identifier, "Properties": json.dumps(_shown(context, kind, one), separators=(",", ":"))}
        for one in found
    ]
    answer: Members = {"TypeName": kind.name, "ResourceDescriptions": descriptions}
    if more:
        answer["NextToken"] = _encode(book, found[-1].seq)
    return answer


def _collect(
    context: CloudContext, place: AccountRegion, kind: LocalType, parent: Members, after: int, limit: int
) -> tuple[list[StoredResource], bool]:
    found: list[StoredResource] = []
    everywhere = bool(context.faults) and context.faults.fire("CC89", kind.name, "ListResources") is not None
    while True:
        if everywhere:
            page = context.store.page_of_regions(place.account, kind.name, after, limit + 1)
        else:
            page = context.store.page(place, kind.name, after, limit + 1)
        found += [one for one in page if all(one.properties.get(name) == value for name, value in parent.items())]
        if len(found) > limit or len(page) <= limit:
            return found[:limit], len(found) > limit
        after = page[-1].seq


def _shown(context: CloudContext, kind: LocalType, resource: StoredResource) -> Members:
    model = context.read_model(kind, resource)
    reduced = context.rules(kind).listed(kind, model)
    if reduced is not model:
        return reduced
    shown: Members = {}
    for path in kind.identifier:
        value = value_at(model, path)
        if value is not MISSING:
            put(shown, path, value)
    return shown


def _parent(kind: LocalType, members: Members) -> Members:
    schema = (kind.handlers["list"] or {}).get("handlerSchema") or {}
    given: Members = {}
    if members.get("ResourceModel"):
        given = _model(members["ResourceModel"])
    required = {"required": schema.get("required") or [], "type": "object"}
    for word in ("oneOf", "anyOf", "allOf"):
        if word in schema:
            required[word] = schema[word]
    found = ModelValidator(required).violations(given)
    if found:
        raise Refused(
            "InvalidRequestException",
            f"Missing or invalid ResourceModel property in {kind.name} list handler request input."
            f"Required property: ({'; '.join(map(str, found))})",
        )
    known = schema.get("properties") or {}
    return {name: value for name, value in given.items() if name in known or name in required["required"]}


def _model(text: str) -> Members:
    try:
        document = parse_json(text)
    except ValueError as error:
        raise Refused("InvalidRequestException", "ResourceModel is not valid JSON") from error
    if not isinstance(document, dict):
        raise Refused("InvalidRequestException", "ResourceModel is not a JSON object")
    return document


def list_requests(context: CloudContext, place: AccountRegion, members: Members, now: float) -> Members:
    """ListResourceRequests: newest first, twenty per page by default.

    Args:
        context: The parts of the cloud.
        place: The caller's account and Region.
        members: The decoded body.
        now: Seconds since the epoch.

    Raises:
        Refused: A stale token.
    """
    wanted = members.get("ResourceRequestStatusFilter") or {}
    limit = members.get("MaxResults") or _REQUESTS_PAGE
    book = ("requests", *place)
    before = _decode(members.get("NextToken"), book)
    found = context.store.requests(
        place,
        before=before or None,
        since=now - _REQUEST_LIFE,
        limit=limit + 1,
        operations=wanted.get("Operations") or (),
        statuses=wanted.get("OperationStatuses") or (),
    )
    page = found[:limit]
    answer: Members = {"ResourceRequestStatusSummaries": [progress_events.summary(context, one) for one in page]}
    if len(found) > limit:
        answer["NextToken"] = _encode(book, page[-1].seq)
    return answer


def _encode(book: tuple[str, ...], position: int) -> str:
    """The token of the page after a position, good for one list of one account and Region."""
    return base64.b64encode(json.dumps([*book, position]).encode()).decode()


def _decode(token: str | None, book: tuple[str, ...]) -> int:
    if token is None:
        return 0
    try:
        *of, position = json.loads(base64.b64decode(token.encode(), validate=True))
        if of == [*book] and isinstance(position, int) and abs(position) < 2**62:
            return position
    except (ValueError, TypeError):
        pass
    raise invalid("Invalid NextToken")
