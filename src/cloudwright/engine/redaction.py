"""Secrets around a request: redacts AWS's messages, and seals generated secret attributes for later runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cloudwright.engine.drafts import SEALED, body_of
from cloudwright.errors import CannotUnseal, ServiceError
from cloudwright.lazy_dataclass import replace
from cloudwright.plan.attribute_values import sealed_place
from cloudwright.plan.masking import secret_paths
from cloudwright.schema.pointer import format_pointer, get, is_within_any, parse, walk_leaves
from cloudwright.secret import MASK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.control.model import ProgressEvent
    from cloudwright.engine.run import Sealing, Services
    from cloudwright.schema.resource_type import ResourceType
    from cloudwright.state.journal import JournalEntry

SHORTEST = 4
"""Minimum length of a secret that is redacted from messages; shorter ones would remove ordinary words."""


def sealed_attributes(kind: ResourceType, identifier: str, live: Mapping[str, Any], sealing: Sealing) -> dict[str, str]:
    """The known-secret attributes of a live document, sealed, by pointer.

    Args:
        kind: The resource's type.
        identifier: The resource's identifier.
        live: The document as AWS returned it.
        sealing: Encrypts them.
    """
    found = {}
    for path in kind.override.secret_outputs.expand(live):
        pointer, value = format_pointer(path), get(live, path)
        if value not in (None, ""):
            place = sealed_place(kind.name, identifier, pointer)
            found[pointer] = sealing.seal(json.dumps(value).encode(), place=place)
    return found


class Redactor:
    """Redacts the secrets of one request from AWS's messages about it."""

    def __init__(self, entry: JournalEntry, services: Services) -> None:
        """Find the secrets in the request's own bytes.

        Args:
            entry: The request; only sealed bodies hold secrets.
            services: For the seal.
        """
        texts = set(_secrets(entry, services)) if entry.body.startswith(SEALED) else set()
        forms = {form for text in texts for form in (text, json.dumps(text)[1:-1]) if len(text) >= SHORTEST}
        self._forms = sorted(forms, key=len, reverse=True)

    def text(self, text: str) -> str:
        """A message without the secrets."""
        for form in self._forms:
            text = text.replace(form, MASK)
        return text

    def event(self, event: ProgressEvent) -> ProgressEvent:
        """An event whose messages are without the secrets."""
        if not self._forms:
            return event
        hooks = tuple(replace(hook, message=self.text(hook.message)) for hook in event.hooks)
        return replace(event, message=self.text(event.message), hooks=hooks)

    def error(self, error: ServiceError) -> ServiceError:
        """A refusal whose message is without the secrets."""
        if not self._forms:
            return error
        clean = ServiceError(
            error.code,
            self.text(error.service_message),
            status=error.status,
            request_id=error.request_id,
            retry_after=error.retry_after,
            hint=error.hint,
        )
        clean.unanswered = error.unanswered
        return clean


def _secrets(entry: JournalEntry, services: Services) -> Iterator[str]:
    try:
        body = json.loads(body_of(entry, services))
    except CannotUnseal:
        return
    hidden = [_general(path) for path in secret_paths(entry.draft.declared)]
    for path, value in _sent(body):
        if isinstance(value, str) and is_within_any(_general(path), hidden):
            yield value


def _sent(body: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every leaf of a request, with its path in the resource's document."""
    if "DesiredState" in body:
        yield from walk_leaves(json.loads(body["DesiredState"]))
    for operation in json.loads(body.get("PatchDocument", "[]")):
        start = parse(operation["path"])
        yield from ((start + path, leaf) for path, leaf in walk_leaves(operation.get("value")))


def _general(path: tuple[str, ...]) -> tuple[str, ...]:
    """A path with `*` for list positions, since patches move items."""
    return tuple("*" if step.isdigit() or step == "-" else step for step in path)
