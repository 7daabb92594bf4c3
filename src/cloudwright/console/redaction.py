"""Redaction of the bodies of calls: write-only values, wherever they occur."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from cloudwright.schema.override import masked_inputs
from cloudwright.schema.pointer import PointerSet
from cloudwright.secret import MASK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.local.model.paths import Path
    from cloudwright.local.model.types import LocalType

BODY_LIMIT = 64 * 1024
"""Characters of one body that are kept."""

_SHORTEST = 3
"""Characters: a shorter text would match everywhere."""

_CREDENTIALS = re.compile(r"<(SecretAccessKey|SessionToken)>[^<]*")


class BodyRedaction:
    """Redacts the write-only values of one call, in the request and where the answer quotes them."""

    def __init__(self, kind: LocalType | None) -> None:
        """Find the type that the call names; a body of an unknown type is not shown."""
        self._kind = kind
        self._hidden: set[str] = set()

    def request(self, body: bytes) -> str:
        """A request's body as text.

        Args:
            body: As it was sent: a JSON document or a form.
        """
        if not body.lstrip().startswith(b"{"):
            return _cut(body.decode("utf-8", "replace"))
        members = parsed(body)
        if not isinstance(members, dict):
            return f"{len(body)} bytes that are not a JSON object"
        for name, shown in (("DesiredState", self._document), ("PatchDocument", self._patch)):
            if name in members:
                members[name] = MASK if self._kind is None else shown(parsed(members[name]), self._patterns())
        return _cut(json.dumps(members, ensure_ascii=False, indent=2))

    def response(self, body: bytes) -> str:
        """The answer's body as text; `request` must have been called before.

        Args:
            body: A JSON document, or XML.
        """
        document = parsed(body)
        if document is None:
            return _cut(_CREDENTIALS.sub(rf"<\1>{MASK}", self._over(body.decode("utf-8", "replace"))))
        return _cut(json.dumps(self._without_quotes(document), ensure_ascii=False, indent=2))

    def _patterns(self) -> Sequence[Path]:
        return tuple(masked_inputs(self._kind.name, PointerSet(self._kind.write_only))) if self._kind else ()

    def _document(self, document: Any, patterns: Sequence[Path]) -> Any:
        return self._without_secrets(document, patterns) if isinstance(document, dict) else MASK

    def _patch(self, operations: Any, patterns: Sequence[Path]) -> Any:
        if not isinstance(operations, list):
            return MASK
        return [self._operation(one, patterns) if isinstance(one, dict) else MASK for one in operations]

    def _operation(self, operation: dict[str, Any], patterns: Sequence[Path]) -> dict[str, Any]:
        if "value" not in operation:
            return operation
        for token in str(operation.get("path", "")).split("/")[1:]:
            name = token.replace("~1", "/").replace("~0", "~")
            patterns = _below_item(patterns) if _is_index(name) else _below(patterns, name)
        return {**operation, "value": self._without_secrets(operation["value"], patterns)}

    def _without_secrets(self, value: Any, patterns: Sequence[Path]) -> Any:
        if () in patterns:
            self._hidden.update(leaf for leaf in _leaves(value) if len(leaf) >= _SHORTEST)
            return MASK
        if isinstance(value, dict):
            return {name: self._without_secrets(inner, _below(patterns, name)) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._without_secrets(item, _below_item(patterns)) for item in value]
        return value

    def _without_quotes(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._without_quotes(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._without_quotes(item) for item in value]
        return self._over(value) if isinstance(value, str) else value

    def _over(self, text: str) -> str:
        # the longest first: one secret may be part of another
        for secret in sorted(self._hidden, key=len, reverse=True):
            text = text.replace(secret, MASK)
        return text


def parsed(text: str | bytes) -> Any:
    """A JSON document; `None` if it is none."""
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return None


def _leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in _leaves(inner)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [] if value is None or isinstance(value, bool) else [str(value)]


def _below(patterns: Sequence[Path], name: str) -> list[Path]:
    return [pattern[1:] for pattern in patterns if not pattern or pattern[0] in {"*", name}]


def _below_item(patterns: Sequence[Path]) -> list[Path]:
    # Some pointers omit the `*` of an array.
    return [pattern[1:] if pattern[:1] == ("*",) else pattern for pattern in patterns]


def _is_index(name: str) -> bool:
    return name == "-" or name.isdigit()


def _cut(text: str) -> str:
    return text if len(text) <= BODY_LIMIT else f"{text[:BODY_LIMIT]}\n… {len(text) - BODY_LIMIT} characters more"
