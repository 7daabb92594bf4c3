"""Custom resources and their providers, as both type checkers have to accept them; checked, never run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, assert_type

from cloudwright import App, Secret, secret
from cloudwright.aws import S3
from cloudwright.provider import Context, CustomResource, Exists, Made, Provider, Rejected, attribute, create_only
from cloudwright.testing import check_provider


@dataclass(frozen=True)
class Target:
    host: str
    weight: int = 1


class Record(CustomResource, type="Acme::Dns::Record"):
    zone: Annotated[str, create_only]
    kind: Literal["A", "AAAA"] = "A"
    targets: list[Target]
    password: Secret | None = None
    fqdn: str = attribute()
    serial: int = attribute(follows=["targets"])


class Records(Provider[Record]):
    retry = (ConnectionError,)

    async def create(self, new: Record, context: Context) -> Made:
        assert_type(new.zone, str)
        assert_type(new.targets[0].weight, int)
        if new.password is not None:
            new.password.reveal()
        if context.target.region:
            raise Rejected("not here")
        raise Exists(context.token)

    async def read(self, identifier: str, context: Context) -> Mapping[str, object] | None:
        return {"zone": identifier, "fqdn": f"www.{identifier}"}

    async def update(self, identifier: str, old: Record, new: Record, context: Context) -> None:
        print(old.kind, new.kind)

    async def delete(self, identifier: str, context: Context) -> None:
        print(identifier)


app = App("dns", providers=[Records()])


@app.program
async def main() -> dict[str, object]:
    logs = S3.Bucket("logs")
    www = Record("www", zone="example.com", targets=[Target(logs.DomainName)], password=secret("x"), protect=True)
    assert_type(www, Record)
    assert_type(www.fqdn, str)
    S3.Bucket("other", BucketName=www.fqdn)
    await www
    return {"fqdn": www.fqdn, "serial": www.serial, "id": www.identifier}


def one() -> None:
    Record("www", zone="example.com", targets=[], depends_on=["other"], timeout=60, adopt="rec-1")


def test_records() -> None:
    report = check_provider(dict[str, str], lambda _: Records(), one, live=lambda dns: dns)
    assert_type(len(report.doubtful), int)
