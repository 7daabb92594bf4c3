"""Calls of other services with a service model: parsed, validated, authorized, served and answered.

A service is a table of functions in `local/services`; everything about its protocol is here and in
`local/protocols`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from cloudwright.control.model import Reply
from cloudwright.local.access.gate import caller_arn
from cloudwright.local.api.unserved import SERVED
from cloudwright.local.api.wire import Refused, decode, encode
from cloudwright.local.faults import calls
from cloudwright.local.protocols.checking import misfits
from cloudwright.local.protocols.forms import BadForm, read_form
from cloudwright.local.protocols.model import ServiceModel, ServiceOperation, service_models
from cloudwright.local.protocols.xml import write_answer, write_error
from cloudwright.local.services import (
    autoscaling,
    ec2_changes,
    ec2_images,
    ec2_networks,
    ec2_templates,
    ec2_usage,
    imagebuilder_reads,
    imagebuilder_runs,
    imagebuilder_states,
    organizations,
    secretsmanager,
    ssm,
    stacks,
)
from cloudwright.local.services.caller import CallContext

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.local.builds.lifecycle import BuildLifecycle
    from cloudwright.local.context import CloudContext
    from cloudwright.local.protocols.checking import ShapeViolation
    from cloudwright.local.rows import AccountRegion
    from cloudwright.local.services.caller import Serve

TABLES: dict[str, dict[str, Serve]] = {
    "imagebuilder": {**imagebuilder_runs.OPERATIONS, **imagebuilder_reads.OPERATIONS, **imagebuilder_states.OPERATIONS},
    "ec2": {
        **ec2_images.OPERATIONS,
        **ec2_changes.OPERATIONS,
        **ec2_templates.OPERATIONS,
        **ec2_usage.OPERATIONS,
        **ec2_networks.OPERATIONS,
    },
    "ssm": ssm.OPERATIONS,
    "autoscaling": autoscaling.OPERATIONS,
    "organizations": organizations.OPERATIONS,
    "secretsmanager": secretsmanager.OPERATIONS,
    "cloudformation": stacks.OPERATIONS,
}
"""The operations by signing name."""

_THROTTLES = {
    "imagebuilder": "CallRateLimitExceededException",
    "ec2": "RequestLimitExceeded",
    "autoscaling": "Throttling",
    "cloudformation": "Throttling",
}
_EC2_NAMES = {
    "AccessDeniedException": "UnauthorizedOperation",
    "UnknownOperationException": "InvalidAction",
    "InvalidSignatureException": "AuthFailure",
    "ExpiredTokenException": "RequestExpired",
    "ServiceInternalErrorException": "InternalError",
    "InternalFailure": "InternalError",
}
_STACK_NAMES = {
    "AccessDeniedException": "AccessDenied",
    "UnknownOperationException": "InvalidAction",
    "ValidationException": "ValidationError",
    "InvalidParameterValue": "ValidationError",
}
"""CloudFormation's common errors (its API reference)."""

_STATUSES = {
    "UnauthorizedOperation": 403,
    "AccessDenied": 403,
    "AuthFailure": 403,
    "RequestLimitExceeded": 503,
    "InternalError": 500,
    "DryRunOperation": 412,
}
_DENIED = {"AccessDeniedException": 403}


class ServiceCalls:
    """Serves these calls in one context."""

    def __init__(self, context: CloudContext, lifecycle: BuildLifecycle) -> None:
        """Take the parts of the cloud."""
        self._context, self._lifecycle = context, lifecycle

    def handle(
        self, call: tuple[str, str, bytes, str], place: AccountRegion, headers: Mapping[str, str], number: int
    ) -> Reply:
        """Answer one call.

        Args:
            call: Service, action, body, and the path with its query, which only REST services use.
            place: The caller's account and Region.
            headers: What every answer carries; with the request's id.
            number: The number of calls so far, including this one.
        """
        service, action, body, path = call
        model = service_models()[service]
        try:
            operation = _operation(model, action)
            members = _read(model, operation, body, path)
            calls.refuse(self._context.faults, action, service, number)
            document = self._serve(model, operation, members, place, number)
        except Refused as error:
            return refusal(service, error, headers)
        return _answer(model, operation, document, headers)

    def _serve(
        self,
        model: ServiceModel,
        operation: ServiceOperation,
        members: dict[str, Any],
        place: AccountRegion,
        number: int,
    ) -> dict[str, Any]:
        if self._context.faults and self._context.faults.fire("deny", f"{model.name}.{place.account}", operation.name):
            who, action = caller_arn(place), f"{model.name}:{operation.name}"
            raise Refused("AccessDeniedException", f"User: {who} is not authorized to perform: {action}")
        if refused := self._context.gate.refusal(place, f"{model.name}:{operation.name}", None):
            raise Refused("AccessDeniedException", refused)
        for one in misfits(model, operation.input, members) if operation.input else ():
            if one.kind != "unknown":
                raise _misfit(model, one, members)
        if members.get("DryRun") is True:
            raise Refused("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
        caller = CallContext(self._context, place, self._context.clock.now(), number, self._lifecycle)
        with self._context.store.transaction():
            return TABLES[model.name][operation.name](caller, members)


def serves(service: str, action: str) -> bool:
    """Whether an operation is served here.

    Args:
        service: The signing name.
        action: Such as `GetImage`.
    """
    return action in TABLES.get(service, {})


def _operation(model: ServiceModel, action: str) -> ServiceOperation:
    if not serves(model.name, action):
        raise Refused(
            "UnknownOperationException", f"{model.name} ({action or 'no operation'}) is not served: {SERVED}."
        )
    return model.operations[action]


def _read(model: ServiceModel, operation: ServiceOperation, body: bytes, path: str) -> dict[str, Any]:
    if model.protocol in {"ec2", "query"}:
        try:
            return read_form(model, operation.input, body)
        except BadForm as error:
            words = f"Value ({error.value}) for parameter {error.parameter} is invalid."
            raise Refused("InvalidParameterValue", words) from error
    members = {name: value for name, value in decode(body).items() if value is not None}
    return members | _queried(model, operation, path)


def _queried(model: ServiceModel, operation: ServiceOperation, path: str) -> dict[str, str]:
    """The members that are passed in the URL."""
    given = dict(parse_qsl(urlsplit(path).query, keep_blank_values=True))
    places = model.shapes[operation.input]["members"] if operation.input else {}
    return {
        name: given[place["locationName"]]
        for name, place in places.items()
        if place.get("location") == "querystring" and place["locationName"] in given
    }


def _misfit(model: ServiceModel, found: ShapeViolation, members: dict[str, Any]) -> Refused:
    """A service's error for an invalid member."""
    if model.name == "imagebuilder":
        return imagebuilder_runs.invalid(found.path, f"It {found.text}")
    if model.protocol == "ec2":
        if found.kind == "required":
            return Refused("MissingParameter", f"The request must contain the parameter {found.path}")
        value = members.get(found.path.partition(".")[0])
        return Refused(
            "InvalidParameterValue", f"Value ({value}) for parameter {found.path} is invalid. It {found.text}."
        )
    text = f"1 validation error detected: Value at '{found.path}' failed to satisfy constraint: Member {found.text}"
    return Refused("ValidationException", text)


def _answer(
    model: ServiceModel, operation: ServiceOperation, document: dict[str, Any], headers: Mapping[str, str]
) -> Reply:
    request_id = headers["x-amzn-requestid"]
    if model.protocol in {"ec2", "query"}:
        body = write_answer(model, operation, document, request_id)
        return Reply(200, {"content-type": "text/xml;charset=UTF-8", **headers}, body)
    kind = "application/json" if model.protocol == "rest-json" else "application/x-amz-json-1.1"
    if operation.output and "requestId" in model.shapes[operation.output]["members"]:
        document = {"requestId": request_id, **document}
    return Reply(200, {"content-type": kind, **headers}, encode(document))


def refusal(service: str, error: Refused, headers: Mapping[str, str]) -> Reply:
    """An error in the form of a service's protocol.

    Args:
        service: Its signing name.
        error: The refusal, with Cloud Control's name for it if every service has it.
        headers: What every answer carries; with the request's id.
    """
    model = service_models()[service]
    code = _THROTTLES.get(service, error.code) if error.code == "ThrottlingException" else error.code
    if model.protocol in {"ec2", "query"}:
        code = (_STACK_NAMES if service == "cloudformation" else _EC2_NAMES).get(code, code)
        status = _STATUSES.get(code, 400)
        body = write_error(model, code, error.message, headers["x-amzn-requestid"])
        return Reply(status, {"content-type": "text/xml;charset=UTF-8", **headers}, body)
    status = _DENIED.get(code, error.status if error.status != 400 else model.status(code))
    if model.protocol == "rest-json":
        given = {"content-type": "application/json", "x-amzn-errortype": code}
        return Reply(status, {**headers, **given}, encode({"message": error.message}))
    given = {"content-type": "application/x-amz-json-1.1"}
    return Reply(400, {**headers, **given}, encode({"__type": code, "message": error.message}))
