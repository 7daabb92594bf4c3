"""Converts documents of Cloud Control to the names of Image Builder's API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudwright.local.protocols.model import ServiceModel

_OTHERWISE = {"Version": "version", "LaunchPermissionConfiguration": "launchPermission"}


def spelled(model: ServiceModel, shape_name: str, value: Any) -> Any:
    """A value in the API's names; members that the API does not have are left out."""
    shape = model.shapes[shape_name]
    if shape["type"] == "list" and isinstance(value, list):
        return [spelled(model, shape["member"]["shape"], one) for one in value]
    if shape["type"] == "map" and isinstance(value, dict):
        return {str(name): str(one) for name, one in value.items()}
    if shape["type"] != "structure" or not isinstance(value, dict):
        return value
    members = shape["members"]
    named = {_OTHERWISE.get(name, name[:1].lower() + name[1:]): one for name, one in value.items()}
    return {
        name: spelled(model, members[name]["shape"], one)
        for name, one in named.items()
        if name in members and one is not None
    }
