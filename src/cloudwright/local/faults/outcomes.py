"""How faults make operations end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.local.generated.values import ValueMaker
from cloudwright.local.model import identifiers
from cloudwright.local.model.paths import clone, expand, schema_pointer, value_at
from cloudwright.local.services.base import HandlerFailed
from cloudwright.local.services.imagebuilder_strict import check_empty_lists

if TYPE_CHECKING:
    from cloudwright.local.context import CloudContext
    from cloudwright.local.faults.switches import Fault
    from cloudwright.local.model.types import LocalType
    from cloudwright.local.rows import StoredRequest, StoredResource

Model = dict[str, Any]

_TEXTS = {
    "CC72": ("Throttling", "Rate exceeded for operation '{operation}'."),
    "CC73": ("GeneralServiceException", "Rate exceeded (Service: {service}, Status Code: 400)"),
    "CC81": ("InvalidCredentials", "The security token included in the request is invalid. (Status Code: 403)"),
    "CC82": ("InvalidRequest", "The request is not valid for the current state of {type}."),
}


def before(context: CloudContext, kind: LocalType, request: StoredRequest, current: StoredResource | None) -> None:
    """Make an operation fail before it has any effect.

    Raises:
        HandlerFailed: A fault strikes.
    """
    if not context.faults:
        return
    faults, operation = context.faults, request.operation
    for name, (code, text) in _TEXTS.items():
        if faults.fire(name, kind.name, operation):
            raise HandlerFailed(code, text.format(operation=operation, service=kind.service, type=kind.name))
    _described(faults.fire("fail", kind.name, operation))
    if operation == "UPDATE" and faults.fire("CC25", kind.name, operation):
        raise HandlerFailed("InvalidRequest", f"{kind.name} can not be updated in its current configuration.")
    if operation == "UPDATE" and current is not None and faults.is_on("CC57", kind.name):
        _conditional(context, kind, request, current)
    if operation == "DELETE":
        _before_delete(context, kind, current)
    else:
        _model_faults(context, kind, request)
    _hook(context, kind, request)


def _described(fault: Fault | None) -> None:
    if fault is not None:
        message = str(fault.options.get("message", "failed by a fault"))
        raise HandlerFailed(str(fault.options.get("code", "InternalFailure")), message)


def _conditional(context: CloudContext, kind: LocalType, request: StoredRequest, current: StoredResource) -> None:
    for pattern in kind.conditional_create_only:
        after = request.payload or {}
        places = {*expand(current.properties, pattern), *expand(after, pattern)}
        changed = any(value_at(current.properties, path) != value_at(after, path) for path in places)
        if changed and context.faults.fire("CC57", kind.name, "UPDATE"):
            raise HandlerFailed("NotUpdatable", f"{schema_pointer(pattern)} cannot be updated in this configuration.")


def _before_delete(context: CloudContext, kind: LocalType, current: StoredResource | None) -> None:
    if context.faults.fire("CC62", kind.name, "DELETE"):
        raise HandlerFailed("ResourceConflict", f"{kind.name} has dependencies and can not be deleted yet.")
    model = current.properties if current else {}
    protected = any(model.get(name) is True for name in ("DeletionProtection", "DeletionProtectionEnabled"))
    if protected and context.faults.fire("CC63", kind.name, "DELETE"):
        raise HandlerFailed("InvalidRequest", f"{kind.name} can not be deleted while deletion protection is on.")


def _model_faults(context: CloudContext, kind: LocalType, request: StoredRequest) -> None:
    faults, operation, model = context.faults, request.operation, request.payload or {}
    if _holds_null(model) and faults.fire("CC20", kind.name, operation):
        raise HandlerFailed("GeneralServiceException", "null (Service: null, Status Code: 0)")
    if _holds_union_object(kind, model) and faults.fire("CC21", kind.name, operation):
        raise HandlerFailed("InvalidRequest", "Expected a JSON string, found an object.")
    if operation == "UPDATE" and faults.fire("CC14", kind.name, operation):
        check_empty_lists(model)
    if operation == "CREATE":
        _young_role(context, kind, request)


def _holds_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_null, value.values()))
    return any(map(_holds_null, value)) if isinstance(value, list) else value is None


def _holds_union_object(kind: LocalType, model: Model) -> bool:
    return any(
        isinstance(value, dict) and set(kind.node((name,)).get("type") or ()) >= {"string", "object"}
        for name, value in model.items()
        if isinstance(kind.node((name,)).get("type"), list)
    )


def _young_role(context: CloudContext, kind: LocalType, request: StoredRequest) -> None:
    text = str(request.payload)
    for role in context.near(request.place).of_type("AWS::IAM::Role"):
        arn, age = role.properties.get("Arn"), (request.effect_at or 0.0) - role.created
        if arn and str(arn) in text:
            fault = context.faults.fire("CC80", kind.name, "CREATE")
            if fault is not None and age < float(fault.options.get("seconds", 10)):
                raise HandlerFailed("InvalidRequest", f"The role {arn} cannot be assumed by {kind.service}.")


def _hook(context: CloudContext, kind: LocalType, request: StoredRequest) -> None:
    fault = context.faults.fire("CC101", kind.name, request.operation)
    if fault is None:
        return
    mode = str(fault.options.get("mode", "FAIL"))
    request.notes["hooks_token"] = context.uuid("hook", request.token)
    request.notes["hooks"] = [
        {
            "HookTypeName": "Local::Policy::Hook",
            "InvocationPoint": "PRE_PROVISION",
            "HookStatus": "HOOK_COMPLETE_FAILED",
            "HookEventTime": request.event_time,
            "HookStatusMessage": f"{kind.name} does not comply with the policy of this organisation.",
            "FailureMode": mode,
        }
    ]
    if mode != "WARN":
        raise HandlerFailed("GeneralServiceException", "The following hook(s) failed: [Local::Policy::Hook]")


def instead_of_create(context: CloudContext, kind: LocalType, request: StoredRequest, identifier: str) -> None:
    """Make a create fail although its model is valid and its name is free.

    Raises:
        HandlerFailed: A fault strikes.
    """
    if not context.faults:
        return
    if context.faults.fire("CC51", kind.name, "CREATE"):
        raise HandlerFailed("InvalidRequest", f"{kind.name} could not be created.", identifier=identifier)
    fault = context.faults.fire("CC56", kind.name, "CREATE")
    if fault is None:
        return
    parent = str(fault.options.get("property", ""))
    wanted = (request.payload or {}).get(parent)
    for other in context.near(request.place).of_type(kind.name):
        if not parent or other.properties.get(parent) == wanted:
            raise HandlerFailed("AlreadyExists", f"A {kind.name} already exists.", identifier=other.identifier)


def after(context: CloudContext, kind: LocalType, request: StoredRequest, previous: StoredResource | None) -> None:
    """Make an operation fail after it has taken effect, or note what reads will hide.

    Raises:
        HandlerFailed: A fault strikes.
    """
    if not context.faults:
        return
    stale = context.faults.fire("stale", kind.name, request.operation)
    if stale is not None and previous is not None:
        key = (request.place, kind.name, previous.identifier)
        context.stale[key] = (int(stale.options.get("calls", 2)), previous)
    _described(context.faults.fire("fail-after", kind.name, request.operation))
    if request.operation == "CREATE":
        _after_create(context, kind, request)


def _after_create(context: CloudContext, kind: LocalType, request: StoredRequest) -> None:
    hidden = context.faults.fire("CC54", kind.name, "CREATE")
    if hidden is not None:
        key = (request.place, kind.name, request.identifier or "")
        context.unreadable[key] = int(hidden.options.get("calls", 2))
    if context.faults.fire("CC49", kind.name, "CREATE"):
        raise HandlerFailed("NotStabilized", f"{kind.name} did not stabilize.")
    if context.faults.fire("CC53", kind.name, "CREATE"):
        text = identifiers.internal_form(kind, request.identifier or "")
        raise HandlerFailed("AlreadyExists", f"Resource of type '{kind.name}' with identifier '{text}' already exists.")


def merge(
    context: CloudContext, kind: LocalType, current: StoredResource, model: Model, request: StoredRequest
) -> None:
    """Change the model of an update in place: keep absent properties (CC13), update modification times (CC48)."""
    if not context.faults:
        return
    merging = context.faults.fire("CC13", kind.name, "UPDATE")
    if merging is not None:
        for name, value in current.properties.items():
            if name not in model and merging.options.get("property", name) == name:
                model[name] = clone(value)
    if context.faults.fire("CC48", kind.name, "UPDATE"):
        dice = context.random("touch", request.token)
        ValueMaker(kind, request.place, "aws", dice, request.effect_at or 0.0).touch(model)


def renamed(context: CloudContext, kind: LocalType, changed: StoredResource, identifier: str | None) -> str | None:
    """The identifier after an update (CC65)."""
    fault = context.faults.fire("CC65", kind.name, "UPDATE") if context.faults else None
    return identifier if fault is None else changed.identifier + str(fault.options.get("suffix", "-2"))
