"""Converts documents to a service's shapes that were written for another API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudwright.local.protocols.model import ServiceModel


def fitted(model: ServiceModel, shape_name: str, value: Any) -> Any:
    """A value reduced to the members of a shape, each converted to its type.

    Cloud Control and a service's API name the members of a launch template or an instance alike, but not all numbers
    are numbers in both.

    Args:
        model: Holds the shapes.
        shape_name: The shape.
        value: The value in Cloud Control's form.
    """
    shape = model.shapes[shape_name]
    if shape["type"] == "structure":
        members = shape["members"]
        known = {name: one for name, one in value.items() if name in members} if isinstance(value, dict) else {}
        return {name: fitted(model, members[name]["shape"], one) for name, one in known.items() if one is not None}
    if shape["type"] == "list":
        return [fitted(model, shape["member"]["shape"], one) for one in value] if isinstance(value, list) else []
    return _scalar(shape, value)


def _scalar(shape: dict[str, Any], value: Any) -> Any:
    if shape["type"] in {"integer", "long"} and isinstance(value, (str, float)):
        return int(float(value))
    if shape["type"] in {"float", "double"}:
        return float(value)
    if shape["type"] == "boolean" and isinstance(value, str):
        return value.lower() == "true"
    if shape["type"] == "string" and not isinstance(value, str):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value
