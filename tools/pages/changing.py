"""The page of the attributes that an update in place may change, for every type that can be updated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.schema.stability import causes, why_it_may_change
from pages.markdown import code, page, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloudwright.schema.pointer import Path
    from cloudwright.schema.resource_type import ResourceType

_INTRODUCTION = (
    "An update in place may change only the attributes in this table. A plan shows a resource that refers to one of "
    "them as a possible update, and asks for consent if that may become a replacement."
)


def changing_page(kinds: Iterable[ResourceType]) -> str:
    """The page.

    Args:
        kinds: All types; those that no update reaches are left out.
    """
    reached = [kind for kind in kinds if kind.provisionable and kind.updatable]
    rows = [row for kind in reached for row in _rows(kind)]
    count = sum(len(kind.read_only) for kind in reached)
    figures = f"These are {len(rows):,} of the {count:,} attributes that AWS sets, in {len(reached):,} types."
    return page(
        "Attributes that may change",
        [_INTRODUCTION, "", figures, "", *table(["type", "attribute", "may change, since it"], rows)],
    )


def _rows(kind: ResourceType) -> Iterator[list[str]]:
    for path in sorted(kind.read_only):
        reason = why_it_may_change(kind, path) or _with(kind, path)
        if reason:
            yield [code(kind.name), code(".".join(path).replace(".*", "[]")), reason]


def _with(kind: ResourceType, path: Path) -> str:
    names = causes(kind, path)
    return f"follows {' or '.join(map(code, names))}" if names else ""
