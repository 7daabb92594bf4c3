"""Facts about AWS Regions: their partition, and whether an account has to enable them first.

The data gets out of date; `make regions` refreshes it.
"""

from __future__ import annotations

import functools
import json
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Region:
    """One AWS Region.

    Attributes:
        name: Such as `eu-west-1`.
        partition: Such as `aws` or `aws-cn`.
        opt_in: Whether each account has to enable it first.
    """

    name: str
    partition: str
    opt_in: bool


@dataclass(frozen=True, slots=True)
class Regions:
    """The list of Regions with its date, which messages show.

    Attributes:
        date: The day on which the list was created, as `YYYY-MM-DD`.
        by_name: The Regions by name.
    """

    date: str
    by_name: Mapping[str, Region]

    def of(self, partition: str) -> tuple[str, ...]:
        """The names of a partition's Regions."""
        return tuple(region.name for region in self.by_name.values() if region.partition == partition)


@functools.cache
def regions() -> Regions:
    """The bundled list, read once."""
    text = resources.files("cloudwright.imagebuilder").joinpath("data/regions.json").read_text("utf-8")
    data = json.loads(text)
    found = {name: Region(name, facts["partition"], facts["opt_in"]) for name, facts in data["regions"].items()}
    return Regions(data["date"], MappingProxyType(found))
