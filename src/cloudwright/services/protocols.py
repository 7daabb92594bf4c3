"""Requests and answers of the services' protocols: REST with JSON, JSON, and the two query protocols. Pure.

Source of the forms: botocore's service models and serializers (`rest-json`, `json`, `query`, `ec2`); a test holds every
operation that is used to them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from cloudwright.control.model import Call
from cloudwright.errors import NotAnswered, ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from xml.etree.ElementTree import Element

    from cloudwright.control.model import Reply
    from cloudwright.target import Target

VERSIONS = {"ec2": "2016-11-15", "autoscaling": "2011-01-01", "cloudformation": "2010-05-15"}
"""API versions of the query services, from botocore's service models."""

_LIST_ITEMS = frozenset({"item", "member"})


def rest_call(target: Target, action: str, members: Mapping[str, Any], method: str = "PUT") -> Call:
    """A call of Image Builder.

    Args:
        target: Where to send it.
        action: The operation, which is also its path.
        members: Its input; of a `GET` the query, else the JSON body.
        method: The HTTP method.
    """
    path = f"/{action}"
    if method == "GET":
        query = urlencode(members, quote_via=quote, safe="")
        return Call("imagebuilder", action, b"", target, method, f"{path}?{query}")
    return Call("imagebuilder", action, json.dumps(members).encode(), target, method, path)


def json_call(target: Target, service: str, action: str, members: Mapping[str, Any]) -> Call:
    """A call of a JSON service, such as Systems Manager."""
    return Call(service, action, json.dumps(members).encode(), target)


def form_call(target: Target, service: str, action: str, members: Mapping[str, Any]) -> Call:
    """A call of EC2, Auto Scaling or CloudFormation.

    Args:
        target: Where to send it.
        service: `ec2`, `autoscaling` or `cloudformation`.
        action: The operation.
        members: Its input under the names that the form uses; texts, numbers, booleans, lists and mappings.
    """
    between = "" if service == "ec2" else ".member"
    fields = dict(_fields(members, "", between))
    return Call(service, action, urlencode({"Action": action, "Version": VERSIONS[service], **fields}).encode(), target)


def _fields(value: Any, name: str, between: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _fields(one, f"{name}.{key}" if name else key, between)
    elif isinstance(value, (list, tuple)):
        for number, one in enumerate(value, 1):
            yield from _fields(one, f"{name}{between}.{number}", between)
    else:
        yield name, str(value).lower() if isinstance(value, bool) else str(value)


_S3_METHODS = {
    "AbortMultipartUpload": "DELETE",
    "CompleteMultipartUpload": "POST",
    "CopyObject": "PUT",
    "CreateMultipartUpload": "POST",
    "DeleteObject": "DELETE",
    "DeleteObjects": "POST",
    "HeadObject": "HEAD",
    "ListObjectsV2": "GET",
    "PutObject": "PUT",
    "UploadPart": "PUT",
}


def s3_call(
    target: Target, action: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Call:
    """A call of S3's REST protocol.

    Args:
        target: Where to send it.
        action: One of those that have a method above.
        path: Bucket and key, encoded, with the query; the bucket is in the path, as every Region accepts it.
        body: The exact bytes.
        headers: Further ones.
    """
    return Call("s3", action, body, target, _S3_METHODS[action], path, headers or {})


def parse_xml(reply: Reply) -> dict[str, Any]:
    """The answer of a query service as nested mappings, lists and texts, under the names of the XML.

    An empty list and an empty text look alike in XML: both are an empty text here; read lists with `listed`.

    Raises:
        ServiceError: AWS answered with an error.
        NotAnswered: The answer is no XML document.
    """
    from xml.etree import ElementTree as ET

    try:
        root = ET.fromstring(reply.body)  # noqa: S314 - expat >= 2.4.1 bounds expansion and fetches nothing
    except ET.ParseError:
        raise NotAnswered(f"HTTP {reply.status} without an XML document") from None
    if not 200 <= reply.status < 300:
        raise _refusal(root, reply)
    found = _value(root)
    return found if isinstance(found, dict) else {}


def listed(value: Any) -> list[Any]:
    """A list of an answer; empty where the answer has none.

    Args:
        value: The value of the list's member.
    """
    return value if isinstance(value, list) else []


def _refusal(root: Element, reply: Reply) -> ServiceError:
    leaves = {_bare(element): element.text or "" for element in root.iter() if len(element) == 0}
    return ServiceError(
        leaves.get("Code", f"HTTP{reply.status}"),
        leaves.get("Message", ""),
        status=reply.status,
        request_id=leaves.get("RequestId") or leaves.get("RequestID"),
    )


def _value(element: Element) -> Any:
    if len(element) == 0:
        return element.text or ""
    names = {_bare(child) for child in element}
    if len(names) == 1 and names <= _LIST_ITEMS:
        return [_value(child) for child in element]
    return {_bare(child): _value(child) for child in element}


def _bare(element: Element) -> str:
    return element.tag.rpartition("}")[2]
