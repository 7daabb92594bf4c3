"""Systems Manager's parameters that hold AMI ids.

Source: botocore's service model `ssm/2014-11-06`; a test holds every operation and member to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.control import wire
from cloudwright.services.protocols import json_call, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.services.port import Guard, ServicePort
    from cloudwright.target import Target

_AT_ONCE = 10
"""Names that GetParameters takes in a call."""


class Parameters:
    """A typed client of Parameter Store."""

    def __init__(self, port: ServicePort) -> None:
        """Send nothing yet."""
        self._port = port

    async def values(self, target: Target, names: Sequence[str]) -> dict[str, str]:
        """The values of parameters by name; those that don't exist are left out."""
        found: dict[str, str] = {}
        for start in range(0, len(names), _AT_ONCE):
            call = json_call(target, "ssm", "GetParameters", {"Names": list(names[start : start + _AT_ONCE])})
            document = await self._port.ask(call, wire.parse)
            found |= {str(one.get("Name")): str(one.get("Value", "")) for one in listed(document.get("Parameters"))}
        return found

    async def put_image(self, target: Target, name: str, image: str, guard: Guard) -> None:
        """Point a parameter at an AMI; its type and data type stay what they are.

        A parameter that is gone is made again as Image Builder makes it: a text of data type `aws:ec2:image`.
        """
        members = {"Name": name, "Value": image, "Overwrite": True}
        if name not in await self.values(target, [name]):
            members |= {"Type": "String", "DataType": "aws:ec2:image"}
        await self._port.send(json_call(target, "ssm", "PutParameter", members), wire.parse, guard)
