"""Answers of the query protocols (`query` and `ec2`): converts documents to XML."""

from __future__ import annotations

import datetime as dt
import re
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudwright.local.protocols.model import ServiceModel, ServiceOperation

_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 can't hold, not even escaped."""


def write_answer(model: ServiceModel, operation: ServiceOperation, document: dict[str, Any], request_id: str) -> bytes:
    """A successful answer.

    Args:
        model: Of the service.
        operation: The operation.
        document: The output, in the members' own names; timestamps are seconds since the epoch.
        request_id: The request's id.
    """
    inner = _members(model, operation.output, document) if operation.output else ""
    if operation.wrapper:
        inner = f"<{operation.wrapper}>{inner}</{operation.wrapper}>"
    if model.protocol == "ec2":
        inner = f"<requestId>{request_id}</requestId>{inner}"
    else:
        inner += f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
    name = f"{operation.name}Response"
    return f'<?xml version="1.0" encoding="UTF-8"?><{name} xmlns="{model.namespace}">{inner}</{name}>'.encode()


def write_document(model: ServiceModel, shape_name: str, document: dict[str, Any], root: str, namespace: str) -> bytes:
    """A document of a REST service (`rest-xml`).

    Args:
        model: Of the service.
        shape_name: Of the output.
        document: The members that are in it; timestamps are seconds since the epoch.
        root: The name of the root element.
        namespace: Of the XML.
    """
    inner = _members(model, shape_name, document)
    return f'<?xml version="1.0" encoding="UTF-8"?><{root} xmlns="{namespace}">{inner}</{root}>'.encode()


def write_error(model: ServiceModel, code: str, message: str, request_id: str) -> bytes:
    """A refusal.

    Args:
        model: Of the service.
        code: Such as `InvalidAMIID.NotFound`.
        message: The message.
        request_id: The request's id.
    """
    said = f"<Code>{_text(code)}</Code><Message>{_text(message)}</Message>"
    if model.protocol == "ec2":
        body = f"<Response><Errors><Error>{said}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    else:
        body = (
            f'<ErrorResponse xmlns="{model.namespace}"><Error><Type>Sender</Type>{said}</Error>'
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    return f'<?xml version="1.0" encoding="UTF-8"?>{body}'.encode()


def _members(model: ServiceModel, shape_name: str, document: dict[str, Any]) -> str:
    places = model.shapes[shape_name]["members"]
    known = ((name, places[name]) for name in document if document[name] is not None)
    return "".join(_element(model, place, place.get("locationName", name), document[name]) for name, place in known)


def _element(model: ServiceModel, place: dict[str, Any], tag: str, value: Any) -> str:
    shape = model.shapes[place["shape"]]
    if shape["type"] == "list":
        item = shape["member"].get("locationName", "member")
        flattened = shape.get("flattened") or place.get("flattened")
        items = [_element(model, shape["member"], tag if flattened else item, one) for one in value]
        return "".join(items) if flattened else f"<{tag}>{''.join(items)}</{tag}>"
    if shape["type"] == "structure":
        return f"<{tag}>{_members(model, place['shape'], value)}</{tag}>"
    return f"<{tag}>{_scalar(shape['type'], value)}</{tag}>"


def _scalar(kind: str, value: Any) -> str:
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "timestamp":
        return iso_time(float(value))
    return _text(str(value))


def iso_time(seconds: float) -> str:
    """A time as EC2 and Image Builder write it: `2027-01-15T08:00:00.000Z`.

    Args:
        seconds: Since the epoch.
    """
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text), quote=False)
