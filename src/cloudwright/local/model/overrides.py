"""Facts about single types beyond their schemas: the table `data/values.json`."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudwright.local.model.paths import Path


@lru_cache(maxsize=1)
def overrides() -> dict[str, Any]:
    """The table.

    Returns:
        `properties` (forms of single properties, see `forms`), `prefixes` (of ids, by format and by type), `defaults`
        (by type), `names` (further properties that AWS names), `unnamed` (types whose absent name stays absent) and
        `arn_services` (the service's namespace in ARNs, by the service of the type's name).
    """
    text = files("cloudwright.local").joinpath("data", "values.json").read_text("utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


def stays_absent(type_name: str, path: Path) -> bool:
    """Whether the service generates no value for a missing property.

    Args:
        type_name: Such as `AWS::Route53::RecordSet`.
        path: The property.
    """
    return overrides()["properties"].get(f"{type_name}/{'/'.join(path)}", "") is None
