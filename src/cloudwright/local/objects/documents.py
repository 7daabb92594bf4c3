"""S3's XML: parses documents that clients send, by the shapes of the service's model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.local.api.wire import Refused

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from cloudwright.local.protocols.model import ServiceModel


def read_document(model: ServiceModel, shape: str, body: bytes) -> dict[str, Any]:
    """A document as the members of a shape.

    Args:
        model: Contains the shape.
        shape: The name of a structure.
        body: The XML.

    Raises:
        Refused: It is not XML, or does not match the shape.
    """
    from xml.etree import ElementTree as ET

    try:
        root = ET.fromstring(body)  # noqa: S314 - expat >= 2.4.1 bounds expansion and fetches nothing
        found = _value(model, shape, [root])
    except (ET.ParseError, ValueError, LookupError):
        raise malformed() from None
    return found if isinstance(found, dict) else {}


def malformed() -> Refused:
    """S3's error for a document that it can't parse."""
    words = "The XML you provided was not well-formed or did not validate against our published schema"
    return Refused("MalformedXML", words)


def _value(model: ServiceModel, shape_name: str, elements: list[Element]) -> Any:
    shape = model.shapes[shape_name]
    if shape["type"] == "list":
        return [_value(model, shape["member"]["shape"], [one]) for one in elements]
    if shape["type"] == "structure":
        return _members(model, shape["members"], elements[0])
    text = elements[0].text or ""
    if shape["type"] in {"integer", "long"}:
        return int(text)
    return text.strip().lower() == "true" if shape["type"] == "boolean" else text


def _members(model: ServiceModel, places: dict[str, Any], parent: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, place in places.items():
        tag = place.get("locationName", name)
        elements = [one for one in parent if one.tag.rpartition("}")[2] == tag]
        if elements and model.shapes[place["shape"]]["type"] != "timestamp":
            found[name] = _value(model, place["shape"], elements)
    return found
