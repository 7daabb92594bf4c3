"""Systems Manager's Parameter Store, as far as Image Builder and its users need it.

Source: the service model `ssm/2014-11-06` and its documentation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.local.api.wire import Refused
from cloudwright.local.builds.amis import AMI
from cloudwright.local.builds.parameters import SECURE, parameter, put_parameter, seal, sealed_value

if TYPE_CHECKING:
    from cloudwright.local.rows import StoredResource
    from cloudwright.local.services.caller import CallContext, Members, Serve

_AMI_ID = re.compile(r"ami-[0-9a-f]{8,17}")


def get_parameter(caller: CallContext, members: Members) -> Members:
    """GetParameter."""
    found = _named(caller, members["Name"])
    if found is None:
        raise Refused("ParameterNotFound", "")
    return {"Parameter": _described(caller, *found, decrypted=bool(members.get("WithDecryption")))}


def get_parameters(caller: CallContext, members: Members) -> Members:
    """GetParameters."""
    found = {name: _named(caller, name) for name in dict.fromkeys(members["Names"])}
    return {
        "Parameters": [
            _described(caller, *one, decrypted=bool(members.get("WithDecryption"))) for one in found.values() if one
        ],
        "InvalidParameters": [name for name, one in found.items() if not one],
    }


def _named(caller: CallContext, name: str) -> tuple[StoredResource, int] | None:
    """The parameter of a name or ARN; `NAME:VERSION` works only for the newest version."""
    plain = re.sub(r"^arn:[^:]+:ssm:[^:]+:\d{12}:parameter", "", name)
    stem, _, selector = plain.partition(":")
    found = parameter(caller.context, caller.place, stem)
    if found is None and name != stem:
        found = parameter(caller.context, caller.place, stem.lstrip("/"))
    if found is not None and selector and selector != str(found[1]):
        raise Refused("ParameterVersionNotFound", f"Systems Manager could not find version {selector} of {stem}.")
    return found


def _described(caller: CallContext, found: StoredResource, version: int, *, decrypted: bool) -> Members:
    model = found.properties
    sealed = model.get("Type") == SECURE
    value = (
        sealed_value(caller.context, caller.place, found.identifier) if sealed and decrypted else model.get("Value", "")
    )
    return {
        "Name": found.identifier,
        "Type": str(model.get("Type", "String")),
        "Value": str(value),
        "Version": version,
        "LastModifiedDate": found.updated,
        "ARN": str(model.get("Arn", "")),
        "DataType": str(model.get("DataType") or "text"),
    }


def put(caller: CallContext, members: Members) -> Members:
    """PutParameter."""
    name, known = members["Name"], parameter(caller.context, caller.place, members["Name"])
    if known is not None and not members.get("Overwrite"):
        raise Refused(
            "ParameterAlreadyExists",
            "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
        )
    if known is None and "Type" not in members:
        raise Refused("ValidationException", "A parameter type is required when you create a parameter.")
    kept = known[0].properties.get("DataType") if known else "text"
    if str(members.get("DataType") or kept) == "aws:ec2:image":
        _check_image(caller, members["Value"])
    names = ("Type", "Value", "DataType", "Description", "AllowedPattern", "Tier")
    properties = {one: members[one] for one in names if members.get(one) is not None}
    if members.get("Tags"):
        properties["Tags"] = {tag["Key"]: tag["Value"] for tag in members["Tags"]}
    kind = members.get("Type") or (known[0].properties.get("Type") if known else "")
    if kind == SECURE:
        properties["Value"] = seal(caller.context, caller.place, name, members["Value"], caller.now)
    version = put_parameter(caller.context, caller.place, name, properties, caller.now)
    return {"Version": version, "Tier": str(members.get("Tier") or "Standard")}


def _check_image(caller: CallContext, value: str) -> None:
    documents = caller.context.store.documents
    if not _AMI_ID.fullmatch(value) or documents.in_region(caller.place.region, AMI, value) is None:
        # the service detects this after it has answered, and keeps the old value; the local cloud reports it
        # immediately
        raise Refused("ValidationException", f"The parameter's value {value} is not an AMI of {caller.place.region}.")


OPERATIONS: dict[str, Serve] = {"GetParameter": get_parameter, "GetParameters": get_parameters, "PutParameter": put}
