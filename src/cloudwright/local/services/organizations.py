"""The accounts of an organization that were created through Cloud Control.

Source: the service model `organizations/2016-11-28`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.local.api.wire import Refused
from cloudwright.local.services.caller import page

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudwright.local.rows import StoredResource
    from cloudwright.local.services.caller import CallContext, Members, Serve

_ACCOUNT = "AWS::Organizations::Account"
_UNIT = "AWS::Organizations::OrganizationalUnit"
_PAGE = 20


def list_accounts(caller: CallContext, members: Members) -> Members:
    """ListAccountsForParent."""
    return _children(caller, members, _ACCOUNT, "Accounts", _described)


def list_units(caller: CallContext, members: Members) -> Members:
    """ListOrganizationalUnitsForParent."""
    return _children(caller, members, _UNIT, "OrganizationalUnits", _unit_answer)


def _children(
    caller: CallContext, members: Members, type_name: str, name: str, described: Callable[[StoredResource], Members]
) -> Members:
    parent, near = members["ParentId"], caller.context.near(caller.place)
    if parent.startswith("ou-") and parent not in {one.identifier for one in near.of_type(_UNIT)}:
        raise Refused("ParentNotFoundException", "You specified parent that doesn't exist.")
    found = [described(one) for one in near.of_type(type_name) if parent in _parents(one)]
    refusal = Refused("InvalidInputException", "You specified an invalid value for NextToken.")
    some, token = page(found, members.get("NextToken"), int(members.get("MaxResults") or _PAGE), refusal)
    return {name: some, **({"NextToken": token} if token else {})}


def _parents(resource: StoredResource) -> list[str]:
    model = resource.properties
    return list(model.get("ParentIds") or [model.get("ParentId")])


def _unit_answer(resource: StoredResource) -> Members:
    model = resource.properties
    return {"Id": resource.identifier, "Arn": str(model.get("Arn", "")), "Name": str(model.get("Name", ""))}


def _described(resource: StoredResource) -> Members:
    model = resource.properties
    return {
        "Id": resource.identifier,
        "Arn": str(model.get("Arn", "")),
        "Email": str(model.get("Email", "")),
        "Name": str(model.get("AccountName", "")),
        "Status": "ACTIVE",
    }


OPERATIONS: dict[str, Serve] = {
    "ListAccountsForParent": list_accounts,
    "ListOrganizationalUnitsForParent": list_units,
}
