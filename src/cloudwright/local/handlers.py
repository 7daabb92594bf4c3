"""The resource handlers: the effects of operations.

Nothing here runs in the background. Effects are applied in order of their times before the next request is handled,
with the time at which they were due.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudwright.local.builds import declared
from cloudwright.local.builds.lifecycle import BuildLifecycle
from cloudwright.local.builds.retirement import RETIREMENT, Retirement
from cloudwright.local.faults import outcomes, stores
from cloudwright.local.generated.values import ValueMaker, is_counted
from cloudwright.local.model import identifiers
from cloudwright.local.model.overrides import overrides
from cloudwright.local.model.paths import MISSING, clone, expand, put, value_at
from cloudwright.local.rows import StoredResource
from cloudwright.local.services import HandlerFailed, HandlerWaits
from cloudwright.partitions import partition_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudwright.local.context import CloudContext
    from cloudwright.local.model.paths import Path
    from cloudwright.local.model.types import LocalType
    from cloudwright.local.rows import AccountRegion, StoredRequest

Model = dict[str, Any]

_LOG = logging.getLogger("cloudwright.local")

STATUS_MESSAGE_LIMIT = 2048
"""Characters; longer causes are cut (CC100)."""


class Handlers:
    """Applies the effects of requests."""

    def __init__(self, context: CloudContext) -> None:
        """Take the parts of the cloud."""
        self._context = context
        self.lifecycle: BuildLifecycle = BuildLifecycle(context)
        self._retirement = Retirement(context)

    def settle(self, now: float) -> None:
        """Apply every due effect, of requests and of builds, in the order of their times."""
        store = self._context.store
        at = store.next_effect()
        if at is None or at > now:
            return
        with store.transaction():
            while (at := store.next_effect()) is not None and at <= now:
                request = store.due(at)
                if request is None:
                    self._advance(at, now)
                    continue
                self._finish(request)
                store.save_request(request)

    def _advance(self, at: float, now: float) -> None:
        document = self._context.store.documents.due(at)
        if document is not None and document.kind == RETIREMENT:
            self._retirement.carry_out(document)
        elif document is not None:
            other = self._context.store.next_effect(besides=document)
            self.lifecycle.advance(document, now if other is None else min(now, other))

    def _finish(self, request: StoredRequest) -> None:
        if request.status == "CANCEL_IN_PROGRESS":
            self._cancel(request)
            return
        try:
            failure = self._attempt(request)
        except HandlerWaits as running:
            request.effect_at = running.until
            return
        request.status, request.effect_at = ("FAILED" if failure else "SUCCESS"), None
        if failure is not None:
            request.error_code = failure.code
            request.identifier = failure.identifier or request.identifier
            request.message = failure.message[:STATUS_MESSAGE_LIMIT]

    def _cancel(self, request: StoredRequest) -> None:
        # no rollback: a handler past the middle of its time has already done its work
        if request.notes.get("cancelled_late"):
            self._attempt(request)
        request.status, request.effect_at = "CANCEL_COMPLETE", None

    def _attempt(self, request: StoredRequest) -> HandlerFailed | None:
        try:
            self._run(request)
        except HandlerFailed as failure:
            return failure
        except HandlerWaits:
            raise
        except Exception:  # noqa: BLE001 - a handler's own fault ends its request, never the whole service
            _LOG.exception("the handler of %s failed", request.type_name)
            return HandlerFailed("InternalFailure", "Internal failure")
        return None

    def _run(self, request: StoredRequest) -> None:
        kind = self._context.kinds.find(request.type_name)
        if kind is None:
            raise HandlerFailed("InternalFailure", f"The type '{request.type_name}' cannot be found.")
        if "build" in request.notes:
            declared.finish(self._context, request)
            outcomes.after(self._context, kind, request, None)
            return
        before = self._context.store.find(request.place, kind.name, request.identifier or "")
        outcomes.before(self._context, kind, request, before)
        {"CREATE": self._create, "UPDATE": self._update, "DELETE": self._delete}[request.operation](kind, request)
        outcomes.after(self._context, kind, request, before)

    # Create

    def _create(self, kind: LocalType, request: StoredRequest) -> None:
        model = self._new_model(kind, request)
        self._permit(kind, request, "create", model)
        identifier = identifiers.of_model(kind, model)
        if identifier is None:
            raise HandlerFailed("InvalidRequest", f"{kind.name}: the identifier must not be empty")
        if self._taken(kind, request, identifier):
            raise HandlerFailed(
                "AlreadyExists",
                f"Resource of type '{kind.name}' with identifier"
                f" '{identifiers.internal_form(kind, identifier)}' already exists.",
                identifier=identifier,
            )
        outcomes.instead_of_create(self._context, kind, request, identifier)
        at = request.effect_at or 0.0
        self._context.store.put(StoredResource(request.place, kind.name, identifier, model, at, at))
        request.identifier = identifier
        if kind.name == declared.IMAGE:
            declared.begin(self._context, self.lifecycle, request, model)

    def _new_model(self, kind: LocalType, request: StoredRequest) -> Model:
        context, near = self._context, self._context.near(request.place)
        model: Model = clone(request.payload or {})
        rules = context.rules(kind)
        rules.check_create(kind, model, near)
        rules.complete(kind, model, near)
        add_defaults(kind, model)
        stores.disturb(context.faults, kind, model, "CREATE", request.place)
        self._maker(kind, request).create(model)
        return model

    def _maker(self, kind: LocalType, request: StoredRequest) -> ValueMaker:
        random = self._context.random("values", kind.name, *request.place, request.seq)
        partition = partition_of(request.place.region)
        ordinal = self.ordinal(kind, request.place, request.seq)
        return ValueMaker(kind, request.place, partition, random, request.effect_at or 0.0, ordinal)

    def ordinal(self, kind: LocalType, place: AccountRegion, number: int) -> int:
        """The number after the highest in use, for types that the service numbers."""
        counted = next((path for path in kind.identifier if is_counted(kind, path)), None)
        if counted is None:
            return number
        near = self._context.near(place).of_type(kind.name)
        used = [str(value_at(one.properties, counted)) for one in near]
        return 1 + max((int(text) for text in used if text.isdigit()), default=0)

    def _taken(self, kind: LocalType, request: StoredRequest, identifier: str) -> bool:
        store = self._context.store
        if store.find(request.place, kind.name, identifier) is not None:
            return True
        everywhere = self._context.faults and self._context.faults.fire("CC52", kind.name, "CREATE")
        return bool(everywhere and store.find_anywhere(kind.name, identifier))

    # Update

    def _update(self, kind: LocalType, request: StoredRequest) -> None:
        current = self._current(kind, request)
        self._permit(kind, request, "update", current.properties)
        rules, near = self._context.rules(kind), self._context.near(request.place)
        model: Model = clone(request.payload or {})
        rules.check_update(kind, model, near)
        self._keep(kind, current, model)
        self._maker(kind, request).complete(model)
        add_defaults(kind, model)
        stores.disturb(self._context.faults, kind, model, "UPDATE", request.place)
        outcomes.merge(self._context, kind, current, model, request)
        changed = replace(current, properties=model, updated=request.effect_at or 0.0)
        self._context.store.put(changed)
        self._rename(kind, request, changed)

    def _keep(self, kind: LocalType, current: StoredResource, model: Model) -> None:
        """Carry over values that no patch can contain: read-only ones, and hidden ones used only at creation."""
        kept: Iterable[Path] = (*kind.read_only, *(one for one in kind.write_only if one in kind.create_only))
        for pattern in kept:
            for path in expand(current.properties, pattern):
                if value_at(model, path) is MISSING:
                    put(model, path, clone(value_at(current.properties, path)))

    def _rename(self, kind: LocalType, request: StoredRequest, changed: StoredResource) -> None:
        identifier = identifiers.of_model(kind, changed.properties)
        identifier = outcomes.renamed(self._context, kind, changed, identifier)
        if identifier and identifier != changed.identifier:
            self._context.store.rename(changed, identifier)
            request.identifier = identifier

    # Delete

    def _delete(self, kind: LocalType, request: StoredRequest) -> None:
        current = self._current(kind, request)
        self._permit(kind, request, "delete", current.properties)
        self._context.rules(kind).check_delete(kind, current, self._context.near(request.place))
        if kind.name == declared.IMAGE:
            declared.end(self._context, self.lifecycle, current, request.effect_at or 0.0)
        self._context.store.remove(current)

    def _permit(self, kind: LocalType, request: StoredRequest, handler: str, model: Model) -> None:
        sent = request.payload or {}
        if refused := self._context.gate.handler_refusal(request.place, kind, handler, model, sent):
            raise HandlerFailed("AccessDenied", refused)

    def _current(self, kind: LocalType, request: StoredRequest) -> StoredResource:
        identifier = request.identifier or ""
        current = self._context.store.find(request.place, kind.name, identifier)
        if current is None:
            raise HandlerFailed("NotFound", not_found_text(kind, identifier))
        return current


def not_found_text(kind: LocalType, identifier: str) -> str:
    """The handlers' message for a missing resource."""
    return (
        f"Resource of type '{kind.name}' with identifier '{identifiers.internal_form(kind, identifier)}' was not found."
    )


def add_defaults(kind: LocalType, model: Model) -> None:
    """Fill in the defaults that the live service is known to fill in; the schema's own defaults are not trusted."""
    for name, value in overrides()["defaults"].get(kind.name, {}).items():
        if name not in model:
            model[name] = clone(value)
