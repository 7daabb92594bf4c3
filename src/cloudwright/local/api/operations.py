"""The eight operations of Cloud Control."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from cloudwright.local.api import inputs, progress_events, updates
from cloudwright.local.api.lists import list_requests, list_resources
from cloudwright.local.api.wire import Refused, invalid
from cloudwright.local.handlers import not_found_text
from cloudwright.local.model import identifiers
from cloudwright.local.model.json_text import parse_json
from cloudwright.local.model.paths import expand
from cloudwright.local.model.validation import ModelValidator, ModelViolation
from cloudwright.local.rows import StoredRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudwright.local.context import CloudContext
    from cloudwright.local.model.types import LocalType
    from cloudwright.local.rows import AccountRegion, StoredResource

Members = dict[str, Any]

CLIENT_TOKEN_LIFE = 36 * 3600.0
REQUEST_LIFE = 7 * 86_400.0
"""Seconds for which a client token and a request are remembered."""


class ControlOperations:
    """Serves the operations in one context; a request is fully checked before anything is stored."""

    def __init__(self, context: CloudContext) -> None:
        """Use the parts of the cloud."""
        self._context = context
        self._actions: dict[str, Callable[[AccountRegion, Members, float], Members]] = {
            "CreateResource": self.create,
            "UpdateResource": self.update,
            "DeleteResource": self.delete,
            "GetResource": self.get,
            "ListResources": lambda place, members, _: list_resources(context, place, members),
            "GetResourceRequestStatus": self.status,
            "ListResourceRequests": lambda place, members, now: list_requests(context, place, members, now),
            "CancelResourceRequest": self.cancel,
        }

    def serve(self, action: str, place: AccountRegion, members: Members, now: float) -> Members:
        """Answer one call.

        Args:
            action: Such as `CreateResource`.
            place: The caller's account and Region.
            members: The decoded body.
            now: Seconds since the epoch.

        Raises:
            Refused: AWS would reject the call.
        """
        serve = self._actions.get(action)
        if serve is None:
            raise Refused("UnknownOperationException", f"Cloud Control has no operation {action}")
        inputs.check(action, members)
        return serve(place, members, now)

    # Mutating operations

    def create(self, place: AccountRegion, members: Members, now: float) -> Members:
        """CreateResource: validated at once, carried out later."""
        kind = self._kind(place, members, "create")
        known = self._repeated("CREATE", place, members, now)
        if known is not None:
            return {"ProgressEvent": progress_events.first_event(known)}
        desired = _object(members["DesiredState"], "DesiredState")
        self._refuse_read_only(kind, desired)
        self._validate(kind, desired)
        identifier = identifiers.of_model(kind, desired)
        return self._accept(kind, place, members, ("CREATE", identifier, desired), now)

    def update(self, place: AccountRegion, members: Members, now: float) -> Members:
        """UpdateResource: the patch is applied to the read model, and the complete result is validated at once."""
        kind = self._kind(place, members, "update")
        known = self._repeated("UPDATE", place, members, now)
        if known is not None:
            return {"ProgressEvent": progress_events.first_event(known)}
        resource = self._existing(kind, place, members)
        self._permit_read(kind, place, resource)
        self._refuse_concurrent(kind, place, resource.identifier)
        text = members["PatchDocument"]
        if self._strikes("CC97", kind, "UPDATE") and updates.tag_touched(kind, text):
            raise Refused("NotUpdatableException", f"{kind.name} does not support updating tags")
        model = updates.patched(kind, self._context.read_model(kind, resource), text)
        self._refuse_tags(kind, resource, model)
        self._validate(kind, model)
        return self._accept(kind, place, members, ("UPDATE", resource.identifier, model), now)

    def delete(self, place: AccountRegion, members: Members, now: float) -> Members:
        """DeleteResource: accepted even for a resource that does not exist; the operation fails later (CC60)."""
        kind = self._kind(place, members, "delete")
        known = self._repeated("DELETE", place, members, now)
        if known is not None:
            return {"ProgressEvent": progress_events.first_event(known)}
        identifier = identifiers.normalise(kind, members["Identifier"])
        identifiers.check_arity(kind, identifier)
        return self._accept(kind, place, members, ("DELETE", identifier, None), now)

    def _accept(
        self,
        kind: LocalType,
        place: AccountRegion,
        members: Members,
        work: tuple[str, str | None, Members | None],
        now: float,
    ) -> Members:
        operation, identifier, payload = work
        if identifier is not None:
            self._refuse_concurrent(kind, place, identifier)
        store, number = self._context.store, self._context.store.next_number()
        client_token = members.get("ClientToken") or self._context.uuid("client", number)
        request = StoredRequest(
            place=place,
            # the client's own token keeps a new store from repeating the request tokens of a lost one
            token=self._context.uuid("request", number, client_token),
            client_token=client_token,
            digest=_digest(operation, members),
            type_name=kind.name,
            operation=operation,
            identifier=identifier,
            status="IN_PROGRESS",
            event_time=now,
            effect_at=now + self._duration(kind, operation),
            payload=payload,
        )
        self._note_faults(kind, request)
        store.expire(now - REQUEST_LIFE)
        store.add_request(request)
        return {"ProgressEvent": progress_events.first_event(request)}

    def _duration(self, kind: LocalType, operation: str) -> float:
        usual = self._context.settings.duration(kind.name, operation)
        slow = self._context.faults.fire("CC71", kind.name, operation) if self._context.faults else None
        return usual if slow is None else usual + float(slow.options.get("seconds", 30))

    def _note_faults(self, kind: LocalType, request: StoredRequest) -> None:
        faults = self._context.faults
        if not faults:
            return
        hidden = faults.fire("CC66", kind.name, request.operation)
        if hidden is not None:
            request.notes["hidden_looks"] = int(hidden.options.get("polls", 3))
        if faults.fire("pending", kind.name, request.operation):
            request.notes["pending_until"] = (request.event_time + (request.effect_at or request.event_time)) / 2

    def _repeated(self, operation: str, place: AccountRegion, members: Members, now: float) -> StoredRequest | None:
        """The earlier request with this client token (36 hours, any type and operation)."""
        client_token = members.get("ClientToken")
        if client_token is None:
            return None
        known = self._context.store.request_of_client(place, client_token, now - CLIENT_TOKEN_LIFE)
        if known is None:
            return None
        conflict = self._context.faults and self._context.faults.fire("CC70", known.type_name, operation)
        if known.digest != _digest(operation, members) or conflict:
            raise Refused(
                "ClientTokenConflictException",
                f"ClientToken {client_token} is already associated with an existing operation"
                f" with RequestToken {known.token}",
            )
        self._refuse_repeated(known, operation)
        return known

    def _refuse_repeated(self, known: StoredRequest, operation: str) -> None:
        fault = self._context.faults.fire("busy", known.type_name, operation) if self._context.faults else None
        if fault is not None and known.open:
            raise _concurrent(known.token if str(fault.options.get("named", "true")).lower() != "false" else "")

    def _refuse_concurrent(self, kind: LocalType, place: AccountRegion, identifier: str) -> None:
        other = self._context.store.open_request(place, kind.name, identifier)
        if other is not None:
            raise _concurrent(other.token)

    def _refuse_read_only(self, kind: LocalType, desired: Members) -> None:
        settable = kind.create_only
        given = [path for one in kind.read_only if one not in settable for path in expand(desired, one)]
        if given:
            raise _model_invalid(
                [
                    ModelViolation(path[:-1], "readOnly", f"extraneous key [{path[-1]}] is not permitted")
                    for path in given
                ]
            )

    def _validate(self, kind: LocalType, model: Members) -> None:
        validator = ModelValidator(kind.schema, lenient_values=self._context.settings.lenient_values)
        found = [one for one in validator.violations(model) if not self._without_service_values(kind, one)]
        if found:
            raise _model_invalid(found)

    def _without_service_values(self, kind: LocalType, violation: ModelViolation) -> bool:
        """Drop violations in values that the service returned or decides itself: they are not the caller's fault."""
        if kind.is_read_only(violation.path):
            return True
        if violation.keyword == "required" and kind.is_read_only((*violation.path, violation.key)):
            return True
        return self._excused_by_fault(kind, violation)

    def _excused_by_fault(self, kind: LocalType, violation: ModelViolation) -> bool:
        if violation.found_null:
            return bool(self._context.faults) and self._context.faults.is_on("CC20", kind.name)
        if violation.keyword == "minItems" and kind.name == "AWS::ImageBuilder::DistributionConfiguration":
            # AWS's own registry schema has no minItems there; the service refuses later (CC14)
            return self._context.settings.strict_services or self._context.faults.is_on("CC14", kind.name)
        return False

    def _refuse_tags(self, kind: LocalType, resource: StoredResource, model: Members) -> None:
        fault = self._context.faults.fire("CC27", kind.name, "UPDATE") if self._context.faults else None
        if fault is None or kind.tag_path is None:
            return
        before, after = (_system_tags(one.get(kind.tag_path[0])) for one in (resource.properties, model))
        stripped = fault.options.get("mode") == "stripped"
        if (stripped and before - after) or (not stripped and after):
            raise invalid("aws: prefixed tag key names are not allowed for external use.")

    def remember_unknown_type(self, place: AccountRegion, members: Members, now: float, message: str) -> None:
        """Store a request whose type does not exist: it is listed as FAILED, without an Operation (recorded, CC85)."""
        store, number = self._context.store, self._context.store.next_number()
        request = StoredRequest(
            place=place,
            token=self._context.uuid("request", number),
            client_token="",
            digest="",
            type_name=members["TypeName"],
            operation="",
            identifier=None,
            status="FAILED",
            event_time=now,
            effect_at=None,
            message=message,
        )
        with store.transaction():
            store.add_request(request)

    # Reading

    def get(self, place: AccountRegion, members: Members, now: float) -> Members:
        """GetResource: the read handler runs at once."""
        del now
        kind = self._kind(place, members, "read")
        resource = self._stale_model(kind, place, members) or self._stored(kind, place, members)
        self._permit_read(kind, place, resource)
        resource = resource or self._existing(kind, place, members)
        model = self._context.read_model(kind, resource)
        description = {"Identifier": resource.identifier, "Properties": _text(model)}
        return {"TypeName": kind.name, "ResourceDescription": description}

    def _stored(self, kind: LocalType, place: AccountRegion, members: Members) -> StoredResource | None:
        identifier = identifiers.normalise(kind, members["Identifier"])
        return self._context.store.find(place, kind.name, identifier)

    def _permit_read(self, kind: LocalType, place: AccountRegion, resource: StoredResource | None) -> None:
        """A handler without read permission can't report NotFound either."""
        known = resource.properties if resource else {}
        if refused := self._context.gate.handler_refusal(place, kind, "read", known):
            raise Refused("AccessDeniedException", refused)

    def _stale_model(self, kind: LocalType, place: AccountRegion, members: Members) -> StoredResource | None:
        """What a read shows instead of the resource, because of faults (CC54, stale reads)."""
        context, key = self._context, (place, kind.name, identifiers.normalise(kind, members["Identifier"]))
        if context.unreadable.get(key, 0) > 0:
            context.unreadable[key] -= 1
            raise self._not_found(kind, key[2])
        left, previous = context.stale.get(key, (0, None))
        if left > 0 and previous is not None:
            context.stale[key] = (left - 1, previous)
            return previous
        return None

    def status(self, place: AccountRegion, members: Members, now: float) -> Members:
        """GetResourceRequestStatus: with RetryAfter while the request is in progress."""
        request = self._request(place, members, now)
        answer: Members = {"ProgressEvent": progress_events.polled_event(self._context, request, now)}
        if request.notes.get("hooks"):
            answer["HooksProgressEvent"] = request.notes["hooks"]
        return answer

    def cancel(self, place: AccountRegion, members: Members, now: float) -> Members:
        """CancelResourceRequest: no rollback; what a handler has already done remains."""
        request = self._request(place, members, now)
        if request.status in {"SUCCESS", "FAILED"}:
            raise invalid(f"Request {request.token} is already in status {request.status}")
        if request.status == "IN_PROGRESS":
            self._start_cancel(request, now)
        return {"ProgressEvent": progress_events.polled_event(self._context, request, now)}

    def _start_cancel(self, request: StoredRequest, now: float) -> None:
        end = request.effect_at or now
        late = now - request.event_time >= (end - request.event_time) / 2
        fault = (
            self._context.faults.fire("CC78", request.type_name, request.operation) if self._context.faults else None
        )
        if fault is not None:
            late = str(fault.options.get("exists", "true")).lower() != "false"
        pending = now < float(request.notes.get("pending_until", 0))
        if pending:
            request.status, request.effect_at = "CANCEL_COMPLETE", None
        else:
            request.status = "CANCEL_IN_PROGRESS"
            request.notes["cancelled_late"] = late
            # a handler that is stopped early ends at its next call-back
            request.effect_at = end if late else min(end, now + self._context.settings.callback_delay)
        self._context.store.save_request(request)

    # Shared steps

    def _kind(self, place: AccountRegion, members: Members, handler: str) -> LocalType:
        kind = self._context.kind(members["TypeName"], place.region)
        missing = {"create": "CC88", "update": "CC24"}.get(handler)
        faulty = missing is not None and self._strikes(missing, kind, handler.upper())
        if handler not in kind.handlers or not kind.provisionable or faulty:
            raise Refused(
                "UnsupportedActionException", f"Resource type {kind.name} does not support {handler.upper()} action"
            )
        return kind

    def _existing(self, kind: LocalType, place: AccountRegion, members: Members) -> StoredResource:
        identifier = identifiers.normalise(kind, members["Identifier"])
        identifiers.check_arity(kind, identifier)
        resource = self._context.store.find(place, kind.name, identifier)
        if resource is None:
            raise self._not_found(kind, identifier)
        return resource

    def _not_found(self, kind: LocalType, identifier: str) -> Refused:
        token = self._context.uuid("handler", kind.name, identifier)
        return Refused(
            "ResourceNotFoundException",
            f"{kind.name} Handler returned status FAILED: {not_found_text(kind, identifier)}"
            f" (HandlerErrorCode: NotFound, RequestToken: {token})",
        )

    def _request(self, place: AccountRegion, members: Members, now: float) -> StoredRequest:
        token = members["RequestToken"]
        request = self._context.store.request(place, token)
        if request is None or (not request.open and request.event_time < now - REQUEST_LIFE):
            raise Refused("RequestTokenNotFoundException", f"Request with token {token} was not found")
        return request

    def _strikes(self, name: str, kind: LocalType, operation: str) -> bool:
        return bool(self._context.faults) and self._context.faults.fire(name, kind.name, operation) is not None


def _concurrent(token: str) -> Refused:
    named = f" with RequestToken {token}" if token else ""
    text = f"Another resource operation is currently being performed on this resource{named}"
    return Refused("ConcurrentOperationException", text)


def _model_invalid(found: list[ModelViolation]) -> Refused:
    return invalid("Model validation failed (" + "\n".join(map(str, found)) + ")")


def _object(text: str, member: str) -> Members:
    try:
        document = parse_json(text)
    except ValueError as error:
        raise invalid(f"{member} is not valid JSON") from error
    if not isinstance(document, dict):
        raise invalid("Model validation failed (#: expected type: JSONObject)")
    return document


def _digest(operation: str, members: Members) -> str:
    hashed = {name: value for name, value in members.items() if name != "ClientToken"}
    text = json.dumps([operation, hashed], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _text(model: Members) -> str:
    return json.dumps(model, separators=(",", ":"))


def _system_tags(tags: Any) -> set[str]:
    if isinstance(tags, dict):
        return {name for name in tags if name.startswith("aws:")}
    items = tags if isinstance(tags, list) else []
    return {str(tag.get("Key")) for tag in items if isinstance(tag, dict) and str(tag.get("Key")).startswith("aws:")}
