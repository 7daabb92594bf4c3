"""The query protocol of STS and CloudFormation: a form out, XML in. Pure functions, no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from cloudwright.errors import NotAnswered, ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

    from cloudwright.control.model import Reply

VERSIONS = {"sts": "2011-06-15", "cloudformation": "2010-05-15"}
"""API versions, from botocore's service models."""


def form(service: str, action: str, parameters: Mapping[str, str] | None = None) -> bytes:
    """The body of a query request.

    Args:
        service: `sts` or `cloudformation`.
        action: Such as `GetCallerIdentity`.
        parameters: The operation's own fields.
    """
    return urlencode({"Action": action, "Version": VERSIONS[service], **(parameters or {})}).encode()


def parse(reply: Reply) -> dict[str, str]:
    """The leaf elements of a successful answer, by name without namespace (a repeated name: the first).

    Raises:
        ServiceError: AWS answered with an error.
        NotAnswered: The answer is no XML document.
    """
    leaves = _leaves(reply.body)
    if leaves is None:
        raise NotAnswered(f"HTTP {reply.status} without an XML document")
    if 200 <= reply.status < 300:
        return leaves
    raise ServiceError(
        leaves.get("Code", f"HTTP{reply.status}"),
        leaves.get("Message", ""),
        status=reply.status,
        request_id=leaves.get("RequestId") or reply.headers.get("x-amzn-requestid"),
    )


def _leaves(body: bytes) -> dict[str, str] | None:
    from xml.etree import ElementTree as ET

    try:
        root = ET.fromstring(body)  # noqa: S314 - expat >= 2.4.1 bounds expansion and fetches nothing
    except ET.ParseError:
        return None
    leaves: dict[str, str] = {}
    for element in root.iter():
        if len(element) == 0:
            leaves.setdefault(_bare(element), element.text or "")
    return leaves


def _bare(element: Element) -> str:
    return element.tag.rpartition("}")[2]
