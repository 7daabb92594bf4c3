"""Calls of services that the local cloud does not serve: refused in the protocol of the service, with what is served.

Sources: the error forms of the AWS protocols (Smithy: awsJson1_0 and 1_1, restJson1, restXml, awsQuery, ec2Query,
rpcv2Cbor) and of Amazon S3's REST API.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from cloudwright.control.model import Reply
from cloudwright.lazy_dataclass import dataclass
from cloudwright.local.api.wire import CORAL, encode

if TYPE_CHECKING:
    from collections.abc import Callable

SERVED = (
    "the local cloud serves Cloud Control (cloudcontrolapi), STS (GetCallerIdentity, AssumeRole), CloudFormation's"
    " type registry (DescribeType, ListTypes) and reads of the stacks that it was given, IAM (SimulatePrincipalPolicy),"
    " the dry runs of Image Builder with its builds and distributions, what these create: AMIs and launch templates"
    " (EC2), parameters (Systems Manager), the values of declared secrets (Secrets Manager), and the objects of"
    " declared buckets (S3)"
)

_REST_XML = {"cloudfront", "route53"}
_FORM = "application/x-www-form-urlencoded"
_UNKNOWN = "UnknownOperationException"


@dataclass(frozen=True, slots=True)
class UnservedCall:
    """The facts that identify a client's protocol.

    Attributes:
        service: The service's signing name, such as `s3`.
        content_type: The header; empty without one.
        target: `X-Amz-Target`: the service's model and the operation.
        smithy: `smithy-protocol`.
    """

    service: str
    content_type: str = ""
    target: str = ""
    smithy: str = ""


def refuse(asked: UnservedCall, request_id: str) -> Reply:
    """The error for a call to a service that is not served.

    Args:
        asked: The call.
        request_id: The request's id.
    """
    text = f"{_name(asked)} is not served: {SERVED}."
    return _form_of(asked)(text, request_id)


def _name(asked: UnservedCall) -> str:
    operation = asked.target.partition(".")[2]
    return f"{asked.service} ({operation})" if operation else asked.service


def _form_of(asked: UnservedCall) -> Callable[[str, str], Reply]:
    if asked.smithy == "rpc-v2-cbor":
        return _cbor
    if asked.target:
        return _json
    if asked.service in {"s3", "s3express"}:
        return _s3
    if asked.content_type.startswith(_FORM):
        return _ec2 if asked.service == "ec2" else _xml
    return _xml if asked.service in _REST_XML else _rest_json


def _json(text: str, request_id: str) -> Reply:
    headers = {"content-type": "application/x-amz-json-1.1", "x-amzn-requestid": request_id}
    return Reply(400, headers, encode({"__type": f"{CORAL}#{_UNKNOWN}", "message": text}))


def _rest_json(text: str, request_id: str) -> Reply:
    headers = {"content-type": "application/json", "x-amzn-requestid": request_id, "x-amzn-errortype": _UNKNOWN}
    return Reply(400, headers, encode({"message": text}))


def _xml(text: str, request_id: str) -> Reply:
    error = f"<Error><Type>Sender</Type>{_parts('InvalidAction', text)}</Error>"
    return _xml_reply(400, f"<ErrorResponse>{error}<RequestId>{request_id}</RequestId></ErrorResponse>", request_id)


def _ec2(text: str, request_id: str) -> Reply:
    error = f"<Errors><Error>{_parts('InvalidAction', text)}</Error></Errors>"
    return _xml_reply(400, f"<Response>{error}<RequestID>{request_id}</RequestID></Response>", request_id)


def _s3(text: str, request_id: str) -> Reply:
    body = f"<Error>{_parts('NotImplemented', text)}<RequestId>{request_id}</RequestId></Error>"
    # S3 itself answers 501, which some clients retry
    return _xml_reply(400, body, request_id)


def _parts(code: str, text: str) -> str:
    return f"<Code>{code}</Code><Message>{escape(text, quote=False)}</Message>"


def _xml_reply(status: int, body: str, request_id: str) -> Reply:
    headers = {"content-type": "text/xml", "x-amzn-requestid": request_id}
    return Reply(status, headers, f'<?xml version="1.0" encoding="UTF-8"?>{body}'.encode())


def _cbor(text: str, request_id: str) -> Reply:
    headers = {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor", "x-amzn-requestid": request_id}
    texts = b"".join(map(_cbor_text, ("__type", _UNKNOWN, "message", text)))
    return Reply(400, headers, b"\xa2" + texts)


def _cbor_text(text: str) -> bytes:
    """A text in CBOR (RFC 8949, major type 3), of fewer than 65,536 bytes."""
    data = text.encode()
    return b"\x79" + len(data).to_bytes(2, "big") + data
