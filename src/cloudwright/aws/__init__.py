"""The AWS types, one attribute a service: `from cloudwright.aws import ImageBuilder`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudwright.aws.control import Service


def __getattr__(name: str) -> Service:
    if name.startswith("_") or not name[:1].isupper():
        raise AttributeError(name)
    from cloudwright.aws.control import AWS

    service: Service = getattr(AWS, name)
    return service
