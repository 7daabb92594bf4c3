"""CloudFormation's stacks, as far as a migration reads them.

Tests or files provide the stacks; the local cloud does not change them.

Source: the service model `cloudformation/2010-05-15`, and the API reference for what a stack that does not exist
answers, and for the lengths of pages (100; DescribeStacks 1 MB, which is taken for 100 here).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cloudwright.local.api.wire import Refused
from cloudwright.local.documents import StoredDocument
from cloudwright.local.services.caller import page
from cloudwright.partitions import partition_of

if TYPE_CHECKING:
    from cloudwright.local.documents import Documents
    from cloudwright.local.rows import AccountRegion
    from cloudwright.local.services.caller import CallContext, Members, Serve
    from cloudwright.local.stack import LocalStack

KIND = "stack"
_PAGE = 100
_DELETED = "DELETE_COMPLETE"


def put_stack(documents: Documents, place: AccountRegion, stack: LocalStack, now: float) -> str:
    """Store a stack, which replaces an earlier one with its name.

    Args:
        documents: Stores it.
        place: The account and the Region.
        stack: The stack.
        now: When it was created; seconds since the epoch.

    Returns:
        The stack's ARN.
    """
    arn = _arn(place, stack.name)
    content = {"made": now, "id": arn, **stack.as_object()}
    documents.put(StoredDocument(place, KIND, stack.name, content))
    return arn


def _arn(place: AccountRegion, name: str) -> str:
    digest = hashlib.sha256("\0".join((*place, name)).encode()).hexdigest()
    unique = "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
    return f"arn:{partition_of(place.region)}:cloudformation:{place.region}:{place.account}:stack/{name}/{unique}"


def get_template(caller: CallContext, members: Members) -> Members:
    """GetTemplate: the template as it was sent, or as processed by the macros."""
    if not members.get("StackName"):
        raise Refused("ValidationError", "Either StackName or ChangeSetName must be specified.")
    found = _named(caller, members["StackName"])
    body = found["processed"] if members.get("TemplateStage") == "Processed" else found["template"]
    return {"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}


def describe_stacks(caller: CallContext, members: Members) -> Members:
    """DescribeStacks: one by name or ARN, or all that are not deleted."""
    if members.get("StackName"):
        return {"Stacks": [_described(_named(caller, members["StackName"]))]}
    found = [_described(one) for one in _all(caller) if one["status"] != _DELETED]
    return _paged("Stacks", found, members)


def list_stacks(caller: CallContext, members: Members) -> Members:
    """ListStacks: also deleted ones."""
    wanted = members.get("StackStatusFilter") or []
    found = [_summary(one) for one in _all(caller) if not wanted or one["status"] in wanted]
    return _paged("StackSummaries", found, members)


def list_resources(caller: CallContext, members: Members) -> Members:
    """ListStackResources."""
    stack = _named(caller, members["StackName"])
    found: list[Members] = [
        {
            "LogicalResourceId": name,
            **({"PhysicalResourceId": one["id"]} if one["id"] else {}),
            "ResourceType": one["type"],
            "LastUpdatedTimestamp": stack["made"],
            "ResourceStatus": one["status"],
        }
        for name, one in stack["resources"].items()
    ]
    return _paged("StackResourceSummaries", found, members)


def list_exports(caller: CallContext, members: Members) -> Members:
    """ListExports: of all stacks of the account and Region."""
    found: list[Members] = [
        {"ExportingStackId": stack["id"], "Name": output["export"], "Value": output["value"]}
        for stack in _all(caller)
        for output in stack["outputs"].values()
        if output["export"] and stack["status"] != _DELETED
    ]
    return _paged("Exports", sorted(found, key=lambda one: str(one["Name"])), members)


def _all(caller: CallContext) -> list[Members]:
    return [one.content for one in caller.context.store.documents.of_place(caller.place, KIND)]


def _named(caller: CallContext, name: str) -> Members:
    """The stack with a name or an ARN; a deleted one has only its ARN."""
    for one in _all(caller):
        if name == one["id"] or (name == one["name"] and one["status"] != _DELETED):
            return one
    raise Refused("ValidationError", f"Stack with id {name} does not exist")


def _paged(result: str, found: list[Members], members: Members) -> Members:
    refusal = Refused("ValidationError", "The provided NextToken is invalid.")
    some, token = page(found, members.get("NextToken"), _PAGE, refusal)
    return {result: some, **({"NextToken": token} if token else {})}


def _summary(stack: Members) -> Members:
    return {
        "StackId": stack["id"],
        "StackName": stack["name"],
        **({"TemplateDescription": stack["description"]} if stack["description"] else {}),
        "CreationTime": stack["made"],
        **({"DeletionTime": stack["made"]} if stack["status"] == _DELETED else {}),
        "StackStatus": stack["status"],
    }


def _described(stack: Members) -> Members:
    return {
        "StackId": stack["id"],
        "StackName": stack["name"],
        **({"Description": stack["description"]} if stack["description"] else {}),
        "Parameters": [
            {"ParameterKey": name, "ParameterValue": value, **_resolved(stack, name)}
            for name, value in stack["parameters"].items()
        ],
        "CreationTime": stack["made"],
        **({"DeletionTime": stack["made"]} if stack["status"] == _DELETED else {}),
        "StackStatus": stack["status"],
        "DisableRollback": False,
        "Outputs": [
            {
                "OutputKey": name,
                "OutputValue": one["value"],
                **({"ExportName": one["export"]} if one["export"] else {}),
            }
            for name, one in stack["outputs"].items()
        ],
        "Tags": [{"Key": name, "Value": value} for name, value in stack["tags"].items()],
        "EnableTerminationProtection": False,
    }


def _resolved(stack: Members, name: str) -> Members:
    value = stack["resolved"].get(name)
    return {"ResolvedValue": value} if value else {}


OPERATIONS: dict[str, Serve] = {
    "DescribeStacks": describe_stacks,
    "GetTemplate": get_template,
    "ListExports": list_exports,
    "ListStackResources": list_resources,
    "ListStacks": list_stacks,
}
