"""What lookups read of an account: availability zones, AMIs, networks, parameters, secrets, the accounts of a unit.

Source: botocore's service models `ec2/2016-11-15`, `ssm/2014-11-06`, `secretsmanager/2017-10-17` and
`organizations/2016-11-28`; a test holds every operation and member to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.control import wire
from cloudwright.services.protocols import form_call, json_call, listed, parse_xml

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from cloudwright.control.model import Call
    from cloudwright.services.port import ServicePort
    from cloudwright.target import Target

Found = dict[str, Any]
Filters = dict[str, "str | Sequence[str]"]
"""Names of EC2's filters -> a value, or the values of which one must fit."""

_PAGE = 200
"""AMIs a page: with more, an answer of EC2 may take longer than a client waits."""

_NETWORKS_PAGE = 1000
"""VPCs or subnets a page, the most that EC2 takes: without a size it may throttle a request or answer too late (EC2
Developer Guide, "Pagination in the Amazon EC2 API")."""


class AccountFacts:
    """Reads facts of one account and Region."""

    def __init__(self, port: ServicePort, target: Target) -> None:
        """Send nothing yet."""
        self._port, self._target = port, target

    async def zones(self) -> list[Found]:
        """The availability zones that are available, without Local and Wavelength Zones."""
        members = {"Filter": _filters({"zone-type": "availability-zone", "state": "available"})}
        page = await self._ec2("DescribeAvailabilityZones", members)
        return listed(page.get("availabilityZoneInfo"))

    async def images(self, owner: str, filters: Filters) -> list[Found]:
        """The AMIs of an owner that fit.

        Args:
            owner: An account, `self`, or an alias such as `amazon`.
            filters: By name.
        """
        members = {"Owner": [owner], "Filter": _filters(filters), "MaxResults": _PAGE}
        return [one async for one in self._described("DescribeImages", members, "imagesSet")]

    async def vpcs(self, filters: Filters) -> list[Found]:
        """The VPCs that fit."""
        members = {"Filter": _filters(filters), "MaxResults": _NETWORKS_PAGE}
        return [one async for one in self._described("DescribeVpcs", members, "vpcSet")]

    async def subnets(self, filters: Filters) -> list[Found]:
        """The subnets that fit."""
        members = {"Filter": _filters(filters), "MaxResults": _NETWORKS_PAGE}
        return [one async for one in self._described("DescribeSubnets", members, "subnetSet")]

    async def parameter(self, name: str, *, decrypted: bool) -> Found:
        """A parameter of Systems Manager: `Type`, `Value` and more.

        Args:
            name: Its name or ARN.
            decrypted: Whether the value of a `SecureString` is given in clear.

        Raises:
            ServiceError: `ParameterNotFound` if there is none.
        """
        call = json_call(self._target, "ssm", "GetParameter", {"Name": name, "WithDecryption": decrypted})
        document = await self._port.ask(call, wire.parse)
        return dict(document.get("Parameter") or {})

    async def secret_value(self, id: str, *, stage: str | None, version: str | None) -> Found:
        """A version of a secret in Secrets Manager: `SecretString` or `SecretBinary`, and more.

        Args:
            id: Its name or ARN.
            stage: The version's staging label; by default `AWSCURRENT`.
            version: The version's id.

        Raises:
            ServiceError: `ResourceNotFoundException` if there is none.
        """
        given = {"SecretId": id, "VersionStage": stage, "VersionId": version}
        members = {name: value for name, value in given.items() if value}
        call = json_call(self._target, "secretsmanager", "GetSecretValue", members)
        return dict(await self._port.ask(call, wire.parse))

    async def accounts(self, parent: str) -> list[Found]:
        """The accounts right in an organizational unit or root."""
        return await self._children("ListAccountsForParent", "Accounts", parent)

    async def accounts_below(self, parent: str) -> list[Found]:
        """The accounts in an organizational unit or root, and in all units below it."""
        found: list[Found] = []
        waiting = [parent]
        while waiting:
            unit = waiting.pop()
            found += await self.accounts(unit)
            units = await self._children("ListOrganizationalUnitsForParent", "OrganizationalUnits", unit)
            waiting += [str(one["Id"]) for one in units]
        return found

    async def _children(self, action: str, name: str, parent: str) -> list[Found]:
        found: list[Found] = []
        token = ""
        while True:
            members = {"ParentId": parent, **({"NextToken": token} if token else {})}
            call = json_call(self._target, "organizations", action, members)
            page = await self._port.ask(call, wire.parse)
            found += listed(page.get(name))
            token = str(page.get("NextToken") or "")
            if not token:
                return found

    async def _described(self, action: str, members: Mapping[str, Any], name: str) -> AsyncIterator[Found]:
        token = ""
        while True:
            page = await self._ec2(action, {**members, **({"NextToken": token} if token else {})})
            for one in listed(page.get(name)):
                yield one
            token = str(page.get("nextToken") or "")
            if not token:
                return

    async def _ec2(self, action: str, members: Mapping[str, Any]) -> Found:
        call: Call = form_call(self._target, "ec2", action, members)
        return await self._port.ask(call, parse_xml)


def _filters(given: Filters) -> list[Found]:
    return [
        {"Name": name, "Value": [value] if isinstance(value, str) else list(value)} for name, value in given.items()
    ]
