"""What the console shows, as JSON documents."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from cloudwright.imagebuilder.configuration import Configuration
from cloudwright.imagebuilder.graph import DISTRIBUTION, DeclarationGraph
from cloudwright.imagebuilder.grid import grid
from cloudwright.imagebuilder.model import build
from cloudwright.local.rows import ResourceSearch
from cloudwright.plan.model import Declared
from cloudwright.render.images.matrix import LEGEND
from cloudwright.render.images.matrix_svg import matrix_svg
from cloudwright.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudwright.console.recent import RecentCall
    from cloudwright.local.cloud import LocalCloud
    from cloudwright.local.rows import StoredRequest, StoredResource

PAGE = 100
"""Rows of one answer."""

PICTURES = 20
"""Matrices of one answer."""


def overview(cloud: LocalCloud) -> dict[str, Any]:
    """Counts of resources, by type and by account and Region, and of running operations."""
    counts = cloud.counts()
    types: Counter[str] = Counter()
    for _, type_name, count in counts:
        types[type_name] += count
    return {
        "total": types.total(),
        "types": [{"name": name, "count": count} for name, count in sorted(types.items())],
        "accounts": sorted({place.account for place, _, _ in counts}),
        "regions": sorted({place.region for place, _, _ in counts}),
        "running": cloud.count_running(),
        "faults": [fault.name for fault in cloud.faults.listing()],
    }


def resources(cloud: LocalCloud, wanted: ResourceSearch, size: int = PAGE) -> dict[str, Any]:
    """A page of resources, newest first, and the number at which the next page begins; 0 at the end."""
    found = cloud.matching(wanted, size + 1)
    return {
        "items": [_resource(one) for one in found[:size]],
        "before": found[size - 1].seq if len(found) > size else 0,
    }


def operations(cloud: LocalCloud) -> dict[str, Any]:
    """The running operations, the next to end first; the latest ended ones; and the time by the cloud's clock."""
    return {
        "now": cloud.clock.now(),
        "running": [_operation(one) for one in cloud.running(PAGE)],
        "ended": [_operation(one) for one in cloud.ended(PAGE)],
    }


def calls(recent: Iterable[RecentCall]) -> dict[str, Any]:
    """The latest calls, newest first, without their bodies."""
    return {
        "items": [
            {
                "number": call.number,
                "action": call.record.action,
                "service": call.record.service,
                "type": call.record.type_name,
                "identifier": call.identifier,
                "outcome": call.outcome,
                "account": call.record.account,
                "region": call.record.region,
                "time": call.record.time,
                "status": call.record.status,
            }
            for call in recent
        ]
    }


def matrix(cloud: LocalCloud, account: str, region: str, identifier: str) -> str:
    """Which account gets which image in which Region, for one live distribution configuration, as an SVG.

    Raises:
        KeyError: There is no such configuration.
    """
    live = cloud.shown(account, region, DISTRIBUTION, identifier)
    declared = _declared(account, region, str(live.get("Name", identifier)), live)
    graph = DeclarationGraph((declared,), {declared.key: declared})
    return matrix_svg(grid(build(Configuration(declared, graph))))


def distributions(cloud: LocalCloud, before: int) -> dict[str, Any]:
    """A page of the distribution configurations of all accounts and Regions, and the legend of their matrices."""
    return {"legend": LEGEND, **resources(cloud, ResourceSearch(type_name=DISTRIBUTION, before=before), PICTURES)}


def _declared(account: str, region: str, name: str, live: Mapping[str, Any]) -> Declared:
    return Declared(key=name, type=DISTRIBUTION, target=Target(account, region), properties=live)


def _resource(one: StoredResource) -> dict[str, Any]:
    return {
        "type": one.type_name,
        "identifier": one.identifier,
        "account": one.place.account,
        "region": one.place.region,
        "created": one.created,
        "updated": one.updated,
    }


def _operation(one: StoredRequest) -> dict[str, Any]:
    return {
        "token": one.token,
        "operation": one.operation,
        "type": one.type_name,
        "identifier": one.identifier,
        "account": one.place.account,
        "region": one.place.region,
        "began": one.event_time,
        "ends": one.effect_at,
        "status": one.status,
        "code": one.error_code or "",
        "message": one.message,
    }
