"""Image Builder's REST API: the dry runs of its eight create operations. Nothing is ever created here.

Source of paths, errors and statuses: botocore's service model `imagebuilder/2019-12-02` (restJson1). The names of
members are those of the registry's schemas with a lower-case first letter, except for the two below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.control.model import Reply
from cloudwright.local.api.unserved import SERVED
from cloudwright.local.api.wire import Refused, decode, encode
from cloudwright.local.handlers import add_defaults
from cloudwright.local.model import identifiers
from cloudwright.local.model.validation import ModelValidator
from cloudwright.local.services import HandlerFailed, rules_for
from cloudwright.local.services.imagebuilder_references import check_references

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.local.context import CloudContext
    from cloudwright.local.model.types import LocalType
    from cloudwright.local.rows import AccountRegion

Model = dict[str, Any]

SERVICE = "imagebuilder"
OPERATIONS = {
    f"Create{name}": f"AWS::ImageBuilder::{name}"
    for name in (
        "Component",
        "ContainerRecipe",
        "DistributionConfiguration",
        "ImagePipeline",
        "ImageRecipe",
        "InfrastructureConfiguration",
        "LifecyclePolicy",
        "Workflow",
    )
}
"""The operations whose input has `dryRun`, with the type that each creates."""

_OTHERWISE = {"Version": "semanticVersion", "LaunchPermissionConfiguration": "launchPermission"}
_OWN = {"dryRun", "clientToken"}
_STATUSES = {"AccessDeniedException": 403, "DryRunOperationException": 412, "CallRateLimitExceededException": 429}
"""Every other error of the service is 400."""


class RestServices:
    """Serves the dry runs against one context."""

    def __init__(self, context: CloudContext) -> None:
        """Take the parts of the cloud."""
        self._context = context

    def handle(self, action: str, body: bytes, place: AccountRegion, headers: Mapping[str, str]) -> Reply:
        """Answer one call; always with an error, since a successful dry run is an error, too.

        Args:
            action: Such as `CreateComponent`.
            body: The JSON document.
            place: The caller's account and Region.
            headers: The headers of every answer.
        """
        try:
            self._dry_run(action, body, place)
        except Refused as error:
            return refusal(error, headers)
        done = Refused("DryRunOperationException", "Request would have succeeded, but DryRun flag is set.")
        return refusal(done, headers)

    def _dry_run(self, action: str, body: bytes, place: AccountRegion) -> None:
        if action not in OPERATIONS:
            raise Refused("UnknownOperationException", f"{action or 'The operation'} is not served: {SERVED}.")
        members = decode(body)
        if members.get("dryRun") is not True:
            raise Refused(
                "UnknownOperationException",
                f"{action} is served with dryRun only; create the resource through Cloud Control: {SERVED}.",
            )
        kind = self._context.kind(OPERATIONS[action], place.region)
        self._permit(place, action, members)
        if not members.get("clientToken"):
            raise _invalid("clientToken", "It is required")
        self._check(kind, _declared(kind, members), place)

    def _check(self, kind: LocalType, model: Model, place: AccountRegion) -> None:
        """Raise the error that a create of this model would get, by the schema and the service's strict rules."""
        self._validate(kind, model)
        rules, near = rules_for(kind.name, strict=True), self._context.near(place)
        try:
            rules.check_create(kind, model, near)
            check_references(kind, model, near)
            rules.complete(kind, model, near)
        except HandlerFailed as failure:
            raise Refused("InvalidRequestException", failure.message) from failure
        add_defaults(kind, model)
        identifier = identifiers.of_model(kind, model)
        if identifier and self._context.store.find(place, kind.name, identifier) is not None:
            raise Refused("ResourceAlreadyExistsException", f"The following resource '{identifier}' already exists.")

    def _permit(self, place: AccountRegion, action: str, members: Model) -> None:
        for needed in (action, *(("TagResource",) if members.get("tags") else ())):
            if refused := self._context.gate.refusal(place, f"{SERVICE}:{needed}", None):
                raise Refused("AccessDeniedException", refused)

    def _validate(self, kind: LocalType, model: Model) -> None:
        validator = ModelValidator(kind.schema, lenient_values=self._context.settings.lenient_values)
        for found in validator.violations(model):
            missing = found.keyword == "required"
            path = (*found.path, found.key) if missing else found.path
            if not kind.is_read_only(path):
                raise _invalid(_parameter(path), str(found).rstrip("."))


def refusal(error: Refused, headers: Mapping[str, str]) -> Reply:
    """An error in the form of restJson1."""
    given = {"content-type": "application/json", "x-amzn-errortype": error.code}
    return Reply(_STATUSES.get(error.code, error.status), {**headers, **given}, encode({"message": error.message}))


def action_at(method: str, path: str) -> str:
    """The operation that a method and a path name; empty if they name none that is served.

    Args:
        method: Such as `PUT`.
        path: Such as `/CreateComponent`.
    """
    name = path.strip("/")
    return name if method == "PUT" and name in OPERATIONS else ""


def _declared(kind: LocalType, members: Model) -> Model:
    """The members in Cloud Control's names. What the schema does not know is left out, as the service itself does."""
    given = {name: value for name, value in members.items() if name not in _OWN}
    return dict(_named(kind.schema, {"properties": kind.schema.get("properties")}, given))


def _named(schema: Mapping[str, Any], node: Mapping[str, Any], value: Any) -> Any:
    while "$ref" in node:
        node = schema["definitions"][node["$ref"].rpartition("/")[2]]
    if isinstance(value, list):
        return [_named(schema, node.get("items") or {}, item) for item in value]
    properties = node.get("properties")
    if not isinstance(value, dict) or not properties:
        return value
    known = {_api_name(name): name for name in properties}
    return {known[name]: _named(schema, properties[known[name]], one) for name, one in value.items() if name in known}


def _api_name(name: str) -> str:
    return _OTHERWISE.get(name, name[:1].lower() + name[1:])


def _parameter(path: tuple[Any, ...]) -> str:
    """A path as the service names a parameter: `distributions[0].region`."""
    text = ""
    for part in path:
        index = isinstance(part, int) or str(part).isdigit()
        text += f"[{part}]" if index else f".{_api_name(str(part))}"
    return text.lstrip(".")


def _invalid(parameter: str, reason: str) -> Refused:
    subject = f"The value supplied for parameter '{parameter}'" if parameter else "The request"
    return Refused("InvalidRequestException", f"{subject} is not valid. {reason}.")
