"""What a plan's lookups need: the actions of the services that answer them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.partitions import partition_of
from cloudwright.permissions.model import Permission, Reason
from cloudwright.plan.lookups import needed_actions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.plan.model import PinnedAnswer, Plan
    from cloudwright.schema.catalog import Catalog

_TYPE = re.compile(r'type="([\w:]+)"\)$')


def lookup_permissions(plan: Plan, catalog: Catalog) -> Iterator[tuple[tuple[str, str], Permission]]:
    """Partition and account with a permission, for each action that answers a lookup."""
    for pinned in plan.lookups:
        if not pinned.place:
            continue
        account, _, region = pinned.place.partition("/")
        reasons = (Reason(operation="lookup", note=f"the lookup {pinned.label}"),)
        for action in dict.fromkeys(_actions(pinned, catalog)):
            yield (partition_of(region), account), Permission(action=action, reasons=reasons)


def _actions(pinned: PinnedAnswer, catalog: Catalog) -> Iterator[str]:
    kind = pinned.question.partition("(")[0]
    yield from needed_actions(pinned.question)
    named = _TYPE.search(pinned.question) if kind == "resource" else None
    if named is None or named[1] not in catalog:
        return
    handlers = catalog.get(named[1]).handlers
    for operation in ("list", "read"):
        if operation in handlers:
            yield from handlers[operation].permissions
