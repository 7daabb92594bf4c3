"""Image Builder's lifecycle actions on one image: StartResourceStateUpdate, and its executions.

Source: the service model `imagebuilder/2019-12-02` and its documentation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.local.api.wire import Refused
from cloudwright.local.builds.build import KIND
from cloudwright.local.builds.lifecycle import IMAGE
from cloudwright.local.builds.retirement import RETIREMENT
from cloudwright.local.documents import StoredDocument
from cloudwright.local.services.caller import page
from cloudwright.local.services.imagebuilder_runs import builds, invalid, missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.local.builds.build import Build
    from cloudwright.local.services.caller import CallContext, Members, Serve

_PAGE = 25
_FROM = {"AVAILABLE", "DEPRECATED", "DISABLED", "FAILED", "CANCELLED"}
_BAD_TOKEN = Refused("InvalidPaginationTokenException", "The pagination token is invalid or has expired.")


def update(caller: CallContext, members: Members) -> Members:
    """StartResourceStateUpdate."""
    build = next((one for one in builds(caller) if one.arn == members["resourceArn"]), None)
    token = members["clientToken"]
    earlier = [one for one in _executions(caller) if one.content["token"] == token]
    if earlier:
        return {"lifecycleExecutionId": earlier[0].id, "resourceArn": members["resourceArn"]}
    if build is None:
        raise missing(members["resourceArn"])
    wanted = str(members["state"].get("status") or "")
    _check(caller, build, wanted, members)
    id = f"lce-{caller.context.uuid('lifecycle', build.arn, token)}"
    content = {
        "token": token,
        "image": build.arn,
        "wanted": wanted,
        "asked": {
            name: members[name] for name in ("includeResources", "exclusionRules", "updateAt") if name in members
        },
        "status": "IN_PROGRESS",
        "started": caller.now,
        "ended": None,
        "resources": [],
    }
    takes = 2 * caller.context.settings.duration(IMAGE, "UPDATE")
    documents = caller.context.store.documents
    documents.put(StoredDocument(caller.place, RETIREMENT, id, content, caller.now + takes))
    build.lifecycle = id
    known = documents.find(caller.place, KIND, build.arn)
    if known is not None:
        documents.put(StoredDocument(caller.place, KIND, build.arn, build.content(), known.effect_at))
    return {"lifecycleExecutionId": id, "resourceArn": build.arn}


def _check(caller: CallContext, build: Build, wanted: str, members: Members) -> None:
    included = members.get("includeResources") or {}
    if not wanted:
        raise invalid("state.status", "It is required")
    if build.status not in _FROM:
        raise Refused("ResourceInUseException", f"The image '{build.arn}' is in state {build.status}.")
    if build.status in {"FAILED", "CANCELLED"} and wanted != "DELETED":
        raise invalid("state.status", f"An image in state {build.status} can only become DELETED")
    if build.type == "DOCKER" and wanted != "DELETED":
        raise invalid("state.status", "For container images only DELETED is supported")
    if bool(members.get("executionRole")) != bool(included):
        raise invalid("executionRole", "executionRole and includeResources are only valid together")
    if wanted != "DELETED" and (included.get("snapshots") or included.get("containers")):
        raise invalid("includeResources", "Snapshots and containers are only valid for DELETED")
    if wanted == "DELETED" and not any(included.values()):
        raise invalid("includeResources", "To delete an image, include its underlying resources")
    if "updateAt" in members and (wanted != "DEPRECATED" or float(members["updateAt"]) <= caller.now):
        raise invalid("updateAt", "It is only valid for DEPRECATED, and must lie in the future")


def _executions(caller: CallContext) -> list[StoredDocument]:
    return caller.context.store.documents.of_place(caller.place, RETIREMENT)


def _execution(caller: CallContext, id: str) -> StoredDocument:
    found = caller.context.store.documents.find(caller.place, RETIREMENT, id)
    if found is None:
        raise missing(id)
    return found


def get_execution(caller: CallContext, members: Members) -> Members:
    """GetLifecycleExecution."""
    return {"lifecycleExecution": _described(_execution(caller, members["lifecycleExecutionId"]))}


def list_executions(caller: CallContext, members: Members) -> Members:
    """ListLifecycleExecutions: the executions of an image."""
    found = [_described(one) for one in _executions(caller) if one.content["image"] == members["resourceArn"]]
    return _paged("lifecycleExecutions", found[::-1], members)


def list_resources(caller: CallContext, members: Members) -> Members:
    """ListLifecycleExecutionResources: the image and its AMIs, with the result for each."""
    found = _execution(caller, members["lifecycleExecutionId"])
    shown = [
        one for one in found.content["resources"] if members.get("parentResourceId") in (None, found.content["image"])
    ]
    return {
        "lifecycleExecutionId": found.id,
        "lifecycleExecutionState": {"status": found.content["status"]},
        **_paged("resources", shown, members),
    }


def _described(found: StoredDocument) -> Members:
    content = found.content
    impacted = any(one["state"]["status"] == "SUCCESS" for one in content["resources"])
    described: dict[str, Any] = {
        "lifecycleExecutionId": found.id,
        "resourcesImpactedSummary": {"hasImpactedResources": impacted},
        "state": {"status": content["status"]},
        "startTime": content["started"],
        "endTime": content["ended"],
    }
    return {name: value for name, value in described.items() if value is not None}


def _paged(name: str, described: Sequence[Any], members: Members) -> Members:
    found, token = page(described, members.get("nextToken"), int(members.get("maxResults") or _PAGE), _BAD_TOKEN)
    return {name: found, **({"nextToken": token} if token else {})}


OPERATIONS: dict[str, Serve] = {
    "GetLifecycleExecution": get_execution,
    "ListLifecycleExecutionResources": list_resources,
    "ListLifecycleExecutions": list_executions,
    "StartResourceStateUpdate": update,
}
