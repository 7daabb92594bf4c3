"""Requests of the query protocols (`query` and `ec2`): converts flat forms to documents.

Source of the keys: botocore's serializers of both protocols, and Smithy's `awsQuery` and `ec2Query`.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from cloudwright.local.protocols.model import ServiceModel

_MOST_FIELDS = 10_000


class BadForm(Exception):
    """A form that can't be read: the parameter, and what is wrong with it."""

    def __init__(self, parameter: str, value: str) -> None:
        """Create the error."""
        self.parameter: str = parameter
        self.value: str = value
        super().__init__(f"{parameter}: {value}")


def read_form(model: ServiceModel, shape_name: str, body: bytes) -> dict[str, Any]:
    """The document that a form holds, in the members' own names.

    Args:
        model: Of the service; its protocol decides how lists are numbered.
        shape_name: The operation's input shape.
        body: The form.

    Raises:
        BadForm: Too many fields, or a value of the wrong type.
    """
    try:
        fields = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise BadForm("", f"more than {_MOST_FIELDS} fields") from error
    tree: dict[str, Any] = {}
    for key, value in fields:
        _plant(tree, key, value)
    return dict(_read(model, shape_name, tree, "") or {}) if shape_name else {}


def _plant(tree: dict[str, Any], key: str, value: str) -> None:
    node = tree
    *way, last = key.split(".")
    for part in way:
        below = node.setdefault(part, {})
        if not isinstance(below, dict):
            raise BadForm(key, value)
        node = below
    node[last] = value


def _read(model: ServiceModel, shape_name: str, node: Any, path: str) -> Any:
    shape = model.shapes[shape_name]
    if shape["type"] == "structure":
        return _structure(model, shape, node, path)
    if shape["type"] == "list":
        return _list(model, shape, node, path)
    if not isinstance(node, str):
        raise BadForm(path, "")
    return _scalar(shape["type"], node, path)


def _structure(model: ServiceModel, shape: dict[str, Any], node: Any, path: str) -> dict[str, Any]:
    if not isinstance(node, dict):
        raise BadForm(path, str(node))
    found: dict[str, Any] = {}
    for name, place in shape["members"].items():
        key = _key(model, name, place)
        if key in node:
            found[name] = _read(model, place["shape"], node[key], f"{path}.{key}".lstrip("."))
    return found


def _key(model: ServiceModel, name: str, place: dict[str, Any]) -> str:
    if model.protocol != "ec2":
        return str(place.get("locationName", name))
    known = place.get("queryName")
    if known:
        return str(known)
    key = str(place.get("locationName", name))
    return key[:1].upper() + key[1:]


def _list(model: ServiceModel, shape: dict[str, Any], node: Any, path: str) -> list[Any]:
    if isinstance(node, dict) and model.protocol == "query" and not shape.get("flattened"):
        node = node.get(shape["member"].get("locationName", "member"), {})
    if not isinstance(node, dict) or not all(number.isdigit() for number in node):
        raise BadForm(path, str(node) if isinstance(node, str) else "")
    numbers = sorted(node, key=int)
    return [_read(model, shape["member"]["shape"], node[number], f"{path}.{number}") for number in numbers]


def _scalar(kind: str, text: str, path: str) -> Any:
    try:
        if kind in {"integer", "long"}:
            return int(text)
        if kind in {"double", "float"}:
            return float(text)
        if kind == "timestamp":
            moment = dt.datetime.fromisoformat(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()
    except ValueError as error:
        raise BadForm(path, text) from error
    if kind == "boolean":
        if text.lower() not in {"true", "false"}:
            raise BadForm(path, text)
        return text.lower() == "true"
    return text
