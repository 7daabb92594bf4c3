"""What both type checkers have to refuse of custom resources, and only on the lines that say so; checked, never run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cloudwright.provider import CustomResource, attribute, create_only

if TYPE_CHECKING:
    from cloudwright import Secret


class Record(CustomResource, type="Acme::Dns::Record"):
    zone: Annotated[str, create_only]
    values: list[str]
    key_text: Secret | None = None
    fqdn: str = attribute()


def program() -> None:
    good = Record("a", zone="example.com", values=["192.0.2.1"])

    Record("b", zone=3, values=[])  # error
    Record("c", values=[])  # error
    Record("d", zone="z", values="192.0.2.1")  # error
    Record("e", zone="z", values=[], fqdn="f")  # error
    Record("f", zone="z", values=[], protct=True)  # error
    Record("g", zone="z", values=[], key_text="plain")  # error
    Record(zone="z", values=[])  # error
    good.fqnd  # error
