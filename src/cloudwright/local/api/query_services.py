"""STS, the type registry and IAM's simulation: services of the query protocol, answers in XML."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from cloudwright.control.model import Reply
from cloudwright.local.access.gate import caller_arn
from cloudwright.local.api.query_form import Form, QueryRefused
from cloudwright.local.api.simulation import simulated
from cloudwright.local.api.unserved import SERVED
from cloudwright.partitions import partition_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cloudwright.local.api.wire import Refused
    from cloudwright.local.context import CloudContext
    from cloudwright.local.model.types import LocalType
    from cloudwright.local.rows import AccountRegion

_NAMESPACES = {
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
    "cloudformation": "http://cloudformation.amazonaws.com/doc/2010-05-15/",
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
}
SERVICES = frozenset(_NAMESPACES)
"""Their signing names."""

_ROLE = re.compile(r"arn:([^:]+):iam::([0-9]{12}):role/(.+)")
_SESSION_SECONDS = 3600
_TYPES_PAGE = 100
_VERSION = "00000001"
_FOREIGN_FACTS = {"arnTemplate", "refIdentifier", "stateful", "lifecycle"}
"""Facts in the bundled schemas from sources other than the registry."""

_MOST_FIELDS = 500
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 can't hold, not even escaped."""


_NAMES = {
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "UnknownOperationException": "InvalidAction",
}
"""General errors with another name in the query protocol; the names of the others just lack `Exception`."""

_FORBIDDEN = {"SignatureDoesNotMatch", "MissingAuthenticationToken", "IncompleteSignature"}


class QueryServices:
    """GetCallerIdentity and AssumeRole; DescribeType and ListTypes; SimulatePrincipalPolicy."""

    def __init__(self, context: CloudContext) -> None:
        """Take the parts of the cloud."""
        self._context = context
        self._actions: dict[tuple[str, str], Callable[[AccountRegion, Form], dict[str, Any]]] = {
            ("sts", "GetCallerIdentity"): self._caller,
            ("sts", "AssumeRole"): self._assume,
            ("cloudformation", "DescribeType"): self._describe,
            ("cloudformation", "ListTypes"): self._list,
            ("iam", "SimulatePrincipalPolicy"): self._simulate,
        }

    def handle(self, service: str, action: str, body: bytes, place: AccountRegion, headers: Mapping[str, str]) -> Reply:
        """Answer one call.

        Args:
            service: `sts`, `cloudformation` or `iam`.
            action: The operation.
            body: The form.
            place: The caller's account and Region.
            headers: The headers of every answer, with the request's id.
        """
        namespace = _NAMESPACES.get(service, "")
        request_id = headers["x-amzn-requestid"]
        headers = {"content-type": "text/xml", **headers}
        try:
            result = self._answer(service, action, body, place)
        except QueryRefused as error:
            return Reply(error.status, headers, _error(namespace, error, request_id).encode())
        text = (
            f'<{action}Response xmlns="{namespace}"><{action}Result>{_members(result)}</{action}Result>'
            f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{action}Response>"
        )
        return Reply(200, headers, text.encode())

    def _answer(self, service: str, action: str, body: bytes, place: AccountRegion) -> dict[str, Any]:
        form = _form(body)
        serve = self._actions.get((service, action))
        if serve is None:
            raise QueryRefused("InvalidAction", f"Could not find operation {action} of {service}: {SERVED}.")
        self._permit(place, f"{service}:{action}", form)
        return serve(place, form)

    def _permit(self, place: AccountRegion, action: str, form: Form) -> None:
        """GetCallerIdentity needs no permission; everything else does."""
        resource = form.get("RoleArn") or form.get("PolicySourceArn") or "*"
        refused = "" if action == "sts:GetCallerIdentity" else self._context.gate.refusal(place, action, resource)
        if refused:
            raise QueryRefused("AccessDenied", refused, 403)

    # IAM

    def _simulate(self, place: AccountRegion, form: Form) -> dict[str, Any]:
        del place
        return simulated(self._context.gate, form)

    # STS

    def _caller(self, place: AccountRegion, form: Form) -> dict[str, Any]:
        del form
        return {
            "Arn": caller_arn(place),
            "UserId": "AIDALOCALLOCALLOCAL00",
            "Account": place.account,
        }

    def _assume(self, place: AccountRegion, form: Form) -> dict[str, Any]:
        match = _ROLE.fullmatch(form.get("RoleArn", ""))
        session = form.get("RoleSessionName", "")
        if match is None or not re.fullmatch(r"[\w+=,.@-]{2,64}", session):
            raise QueryRefused("ValidationError", "RoleArn and RoleSessionName are required and must be valid")
        partition, account, role = match.groups()
        account = self._account_given(place, match[0], account)
        ends = self._context.clock.now() + _whole(form, "DurationSeconds", _SESSION_SECONDS)
        name = role.rpartition("/")[2]
        return {
            "Credentials": {
                # the local cloud identifies accounts by the access key, so a role's access key is its account
                "AccessKeyId": account,
                "SecretAccessKey": "local",
                "SessionToken": "local",
                "Expiration": dt.datetime.fromtimestamp(ends, tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            },
            "AssumedRoleUser": {
                "AssumedRoleId": f"AROALOCALLOCALLOCAL00:{session}",
                "Arn": f"arn:{partition}:sts::{account}:assumed-role/{name}/{session}",
            },
        }

    def _account_given(self, place: AccountRegion, role_arn: str, account: str) -> str:
        """The account of a role's credentials, which a fault may refuse or change."""
        fault = self._context.faults.fire("assume", role_arn, "AssumeRole") if self._context.faults else None
        if fault is None:
            return account
        if "account" in fault.options:
            return str(fault.options["account"])
        who = self._caller(place, {})["Arn"]
        raise QueryRefused(
            "AccessDenied", f"User: {who} is not authorized to perform: sts:AssumeRole on resource: {role_arn}", 403
        )

    # The type registry

    def _describe(self, place: AccountRegion, form: Form) -> dict[str, Any]:
        name = form.get("TypeName") or form.get("Arn", "").rpartition("/")[2].replace("-", "::")
        if self._context.faults and self._context.faults.fire("CC76", name, "DescribeType"):
            raise QueryRefused("Throttling", "Rate exceeded")
        kind = self._context.kinds.find(name)
        if kind is None or not self._context.kinds.available(kind, place.region):
            raise QueryRefused("TypeNotFoundException", f"The type '{name}' cannot be found.", 404)
        return {
            "Type": "RESOURCE",
            "TypeName": kind.name,
            "Arn": self._arn(kind, place),
            "Schema": json.dumps(_registry_schema(kind)),
            "ProvisioningType": provisioning_type(kind),
            "DeprecatedStatus": "LIVE",
            "Visibility": "PUBLIC" if self._context.kinds.public(kind.name) else "PRIVATE",
            "DefaultVersionId": _VERSION,
            "IsDefaultVersion": "true",
        }

    def _arn(self, kind: LocalType, place: AccountRegion) -> str:
        arn = f"arn:{partition_of(place.region)}:cloudformation:{place.region}::type/resource/"
        return arn + kind.name.replace("::", "-")

    def _list(self, place: AccountRegion, form: Form) -> dict[str, Any]:
        size = max(1, min(_TYPES_PAGE, _whole(form, "MaxResults", _TYPES_PAGE)))
        found = list(itertools.islice(self._wanted(place, form), size + 1))
        result: dict[str, Any] = {"TypeSummaries": [self._summary(kind, place) for kind in found[:size]]}
        if len(found) > size:
            result["NextToken"] = found[size - 1].name
        return result

    def _summary(self, kind: LocalType, place: AccountRegion) -> dict[str, Any]:
        return {
            "Type": "RESOURCE",
            "TypeName": kind.name,
            "TypeArn": self._arn(kind, place),
            "DefaultVersionId": _VERSION,
        }

    def _wanted(self, place: AccountRegion, form: Form) -> Iterator[LocalType]:
        """The types that match a ListTypes, sorted by name; without a visibility only private ones, as at AWS."""
        if form.get("Type", "RESOURCE") != "RESOURCE" or form.get("DeprecatedStatus", "LIVE") != "LIVE":
            return
        public, category = form.get("Visibility", "PRIVATE") == "PUBLIC", form.get("Filters.Category", "AWS_TYPES")
        mutability, kinds = form.get("ProvisioningType"), self._context.kinds
        for name in kinds.names():
            fits = name.startswith(form.get("Filters.TypeNamePrefix", "")) and name > form.get("NextToken", "")
            if not fits or kinds.public(name) != public or (public and category != "AWS_TYPES"):
                continue
            kind = kinds.find(name)
            if kind and kinds.available(kind, place.region) and mutability in (None, provisioning_type(kind)):
                yield kind


def refusal(service: str, error: Refused, request_id: str) -> Reply:
    """An error from in front of the service, such as a throttle, in the format that its clients parse.

    Args:
        service: The endpoint prefix.
        error: The error, with Cloud Control's name for it.
        request_id: The request's id.
    """
    code = _NAMES.get(error.code, error.code.removesuffix("Exception"))
    refused = QueryRefused(code, error.message, 403 if code in _FORBIDDEN else error.status)
    headers = {"content-type": "text/xml", "x-amzn-requestid": request_id}
    return Reply(refused.status, headers, _error(_NAMESPACES.get(service, ""), refused, request_id).encode())


def action_of(body: bytes) -> str:
    """The operation of a form; empty if it names none."""
    try:
        return _form(body).get("Action", "")
    except QueryRefused:
        return ""


def _form(body: bytes) -> Form:
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError as error:
        raise QueryRefused("MalformedQueryString", f"more than {_MOST_FIELDS} fields", 404) from error


def _whole(form: Form, name: str, default: int) -> int:
    text = form.get(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise QueryRefused("ValidationError", f"{name} must be a whole number")
    return int(text)


def _registry_schema(kind: LocalType) -> dict[str, Any]:
    """The schema as the registry returns it: with a description, without facts from other sources."""
    own = {name: value for name, value in kind.schema.items() if name not in _FOREIGN_FACTS}
    return {"description": f"Resource type {kind.name}", **own}


def provisioning_type(kind: LocalType) -> str:
    """FULLY_MUTABLE, IMMUTABLE (no update handler) or NON_PROVISIONABLE."""
    if not kind.provisionable:
        return "NON_PROVISIONABLE"
    return "FULLY_MUTABLE" if "update" in kind.handlers else "IMMUTABLE"


def _members(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f"<{name}>{_members(member)}</{name}>" for name, member in value.items())
    if isinstance(value, list):
        return "".join(f"<member>{_members(item)}</member>" for item in value)
    return _text(str(value))


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text), quote=False)


def _error(namespace: str, error: QueryRefused, request_id: str) -> str:
    return (
        f'<ErrorResponse xmlns="{namespace}"><Error><Type>Sender</Type><Code>{error.code}</Code>'
        f"<Message>{_text(error.message)}</Message></Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
