"""The query protocol of STS, IAM and CloudFormation: a form out, XML in. Pure functions, no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from cloudwright.errors import NotAnswered, ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from xml.etree.ElementTree import Element

    from cloudwright.control.model import Reply

VERSIONS = {"sts": "2011-06-15", "cloudformation": "2010-05-15", "iam": "2010-05-08"}
"""API versions, from botocore's service models."""


def form(service: str, action: str, parameters: Mapping[str, str] | None = None) -> bytes:
    """The body of a query request.

    Args:
        service: `sts`, `iam` or `cloudformation`.
        action: Such as `GetCallerIdentity`.
        parameters: The operation's own fields.
    """
    return urlencode({"Action": action, "Version": VERSIONS[service], **(parameters or {})}).encode()


def listed(name: str, values: Iterable[str]) -> dict[str, str]:
    """A list parameter in the form: `NAME.member.1`, `NAME.member.2`, ...

    Args:
        name: Of the parameter.
        values: In order.
    """
    return {f"{name}.member.{number}": value for number, value in enumerate(values, 1)}


def parse(reply: Reply) -> dict[str, str]:
    """The leaf elements of a successful answer, by name without namespace (a repeated name: the first).

    Raises:
        ServiceError: AWS answered with an error.
        NotAnswered: The answer is no XML document.
    """
    return _leaves(_answer(reply))


def parse_members(reply: Reply, name: str) -> tuple[list[dict[str, str]], dict[str, str]]:
    """The members of a list in a successful answer, each by its leaf elements; and the leaf elements outside of it.

    Args:
        reply: The answer.
        name: The list's element, such as `EvaluationResults`.

    Raises:
        ServiceError: AWS answered with an error.
        NotAnswered: The answer is no XML document.
    """
    root = _answer(reply)
    members: list[dict[str, str]] = []
    for parent in list(root.iter()):
        for child in [one for one in parent if _bare(one) == name]:
            members += map(_leaves, child)
            parent.remove(child)
    return members, _leaves(root)


def _answer(reply: Reply) -> Element:
    root = _document(reply.body)
    if root is None:
        raise NotAnswered(f"HTTP {reply.status} without an XML document")
    if 200 <= reply.status < 300:
        return root
    leaves = _leaves(root)
    raise ServiceError(
        leaves.get("Code", f"HTTP{reply.status}"),
        leaves.get("Message", ""),
        status=reply.status,
        request_id=leaves.get("RequestId") or reply.headers.get("x-amzn-requestid"),
    )


def _document(body: bytes) -> Element | None:
    from xml.etree import ElementTree as ET

    try:
        return ET.fromstring(body)  # noqa: S314 - expat >= 2.4.1 bounds expansion and fetches nothing
    except ET.ParseError:
        return None


def _leaves(root: Element) -> dict[str, str]:
    leaves: dict[str, str] = {}
    for element in root.iter():
        if len(element) == 0:
            leaves.setdefault(_bare(element), element.text or "")
    return leaves


def _bare(element: Element) -> str:
    return element.tag.rpartition("}")[2]
