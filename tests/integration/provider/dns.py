"""A DNS service in memory, and three providers of its records: finding, idempotent and careless."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from cloudwright.provider import Context, CustomResource, Made, Provider, attribute, create_only


class Record(CustomResource, type="Acme::Dns::Record"):
    """One record of our DNS."""

    zone: Annotated[str, create_only]
    name: Annotated[str, create_only]
    values: list[str]
    ttl: int = 300
    fqdn: str = attribute()


@dataclass
class Dns:
    """The service.

    Attributes:
        records: What exists, by id.
        tokens: Which create made which record.
        calls: What was called.
    """

    records: dict[str, dict[str, object]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    made: int = 0

    async def make(self, record: dict[str, object], token: str) -> str:
        await asyncio.sleep(0.5)
        self.made += 1
        name = f"rec-{self.made}"
        self.records[name], self.tokens[token] = record, name
        self.calls.append(f"make {name}")
        return name


def _values(record: Record) -> dict[str, object]:
    return {"zone": record.zone, "name": record.name, "values": record.values, "ttl": record.ttl}


class CarelessRecords(Provider[Record]):
    """Neither idempotent nor able to find."""

    def __init__(self, dns: Dns) -> None:
        self.dns = dns

    async def create(self, new: Record, context: Context) -> Made:
        return Made(await self.dns.make(_values(new), context.token))

    async def read(self, identifier: str, context: Context) -> Mapping[str, object] | None:
        record = self.dns.records.get(identifier)
        return None if record is None else {**record, "fqdn": f"{record['name']}.{record['zone']}"}

    async def update(self, identifier: str, old: Record, new: Record, context: Context) -> None:
        await asyncio.sleep(0.5)
        self.dns.records[identifier] = _values(new)
        self.dns.calls.append(f"update {identifier}")

    async def delete(self, identifier: str, context: Context) -> None:
        await asyncio.sleep(0.5)
        self.dns.records.pop(identifier, None)
        self.dns.calls.append(f"delete {identifier}")


class FindingRecords(CarelessRecords):
    """Finds what a create made by its token."""

    async def find(self, token: str, context: Context) -> str | None:
        return self.dns.tokens.get(token)


class IdempotentRecords(CarelessRecords):
    """Makes one record for one token."""

    idempotent = True

    async def create(self, new: Record, context: Context) -> Made:
        known = self.dns.tokens.get(context.token)
        return Made(known) if known else await super().create(new, context)
