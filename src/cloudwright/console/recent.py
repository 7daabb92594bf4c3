"""The last calls to a local cloud, with their bodies and without their secrets."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.control.model import Reply
    from cloudwright.local.cloud import CallRecord, LocalCloud
    from cloudwright.local.paths import Path
    from cloudwright.local.types import LocalType

KEPT = 200
"""Calls."""

BODY_LIMIT = 64 * 1024
"""Characters of one body that are kept."""

MASK = "••••••"


@dataclass(frozen=True, slots=True)
class RecentCall:
    """One call and its answer.

    Attributes:
        number: Counts calls from 1; never given twice.
        record: Who asked what, when, and with which status it was answered.
        request: The body, write-only values masked.
        response: The answer's body.
    """

    number: int
    record: CallRecord
    request: str
    response: str


class Recent:
    """Keeps the last calls of a cloud in memory."""

    def __init__(self, cloud: LocalCloud) -> None:
        """Begin to listen to a cloud."""
        self._cloud = cloud
        self._calls: deque[RecentCall] = deque(maxlen=KEPT)
        self.count = 0
        cloud.listen(self._keep)

    def newest_first(self) -> list[RecentCall]:
        """The calls that are kept."""
        return list(reversed(self._calls))

    def find(self, number: int) -> RecentCall | None:
        """The call of that number, if it is still kept."""
        return next((call for call in self._calls if call.number == number), None)

    def _keep(self, record: CallRecord, body: bytes, reply: Reply) -> None:
        self.count += 1
        request = masked(body, self._cloud.kind(record.type_name) if record.type_name else None)
        self._calls.append(RecentCall(self.count, record, request, _text(reply.body)))


def masked(body: bytes, kind: LocalType | None) -> str:
    """A request's body as text, without the values that no read would show.

    Args:
        body: As it was sent; anything but a JSON object is shown as it is.
        kind: The type that it names; nothing of its documents is shown if nobody knows it.
    """
    members = _parsed(body)
    if not isinstance(members, dict):
        return _text(body)
    for name, shown in (("DesiredState", _document), ("PatchDocument", _patch)):
        if name in members:
            members[name] = MASK if kind is None else shown(_parsed(members[name]), kind)
    return _cut(json.dumps(members, ensure_ascii=False, indent=2))


def _document(document: Any, kind: LocalType) -> Any:
    return _without_secrets(document, kind.write_only) if isinstance(document, dict) else MASK


def _patch(operations: Any, kind: LocalType) -> Any:
    if not isinstance(operations, list):
        return MASK
    return [_operation(one, kind.write_only) if isinstance(one, dict) else MASK for one in operations]


def _operation(operation: dict[str, Any], patterns: Sequence[Path]) -> dict[str, Any]:
    if "value" not in operation:
        return operation
    for token in str(operation.get("path", "")).split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        patterns = _below_item(patterns) if _is_index(name) else _below(patterns, name)
    return {**operation, "value": _without_secrets(operation["value"], patterns)}


def _without_secrets(value: Any, patterns: Sequence[Path]) -> Any:
    if () in patterns:
        return MASK
    if isinstance(value, dict):
        return {name: _without_secrets(inner, _below(patterns, name)) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_secrets(item, _below_item(patterns)) for item in value]
    return value


def _below(patterns: Sequence[Path], name: str) -> list[Path]:
    return [pattern[1:] for pattern in patterns if not pattern or pattern[0] in {"*", name}]


def _below_item(patterns: Sequence[Path]) -> list[Path]:
    # Some pointers skip the `*` of an array on their way.
    return [pattern[1:] if pattern[:1] == ("*",) else pattern for pattern in patterns]


def _is_index(name: str) -> bool:
    return name == "-" or name.isdigit()


def _parsed(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return None


def _text(body: bytes) -> str:
    document = _parsed(body)
    if document is None:
        return _cut(body.decode("utf-8", "replace"))
    return _cut(json.dumps(document, ensure_ascii=False, indent=2))


def _cut(text: str) -> str:
    return text if len(text) <= BODY_LIMIT else f"{text[:BODY_LIMIT]}\n… {len(text) - BODY_LIMIT} characters more"
