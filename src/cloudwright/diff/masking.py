"""How secrets look inside a comparison: keyed fingerprints in place of values (CC98, CC99)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cloudwright.secret import MARKER, Secret

if TYPE_CHECKING:
    from cloudwright.diff.model import Path
    from cloudwright.schema.resource_type import ResourceType

Fingerprint = Callable[[object], str]
"""A keyed digest of a JSON value; equal values have equal digests within one state."""


def is_marker(value: object) -> bool:
    """Whether a value stands for a secret: `{"$secret": FINGERPRINT}`.

    Args:
        value: Any JSON value.
    """
    return isinstance(value, dict) and value.keys() == {MARKER}


def revealed(value: Any) -> Any:
    """The value with every secret inside in clear, and without nulls (CC20). For wire bodies and fingerprints only.

    Args:
        value: A JSON value that may hold `Secret` objects.
    """
    if isinstance(value, Secret):
        return revealed(value.reveal())
    if isinstance(value, dict):
        return {key: revealed(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [revealed(item) for item in value if item is not None]
    return value


def scrubbed(value: Any) -> Any:
    """The value without nulls, in mappings and in lists (CC16, CC20); secrets and placeholders stay as they are.

    Args:
        value: A JSON value that may hold `Secret` objects and placeholders.
    """
    if isinstance(value, Mapping):
        return {key: scrubbed(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [scrubbed(item) for item in value if item is not None]
    return value


def marker(value: object, fingerprint: Fingerprint) -> dict[str, Any]:
    """The marker for a value; a marker stands for itself, so marking twice changes nothing (CC43).

    Args:
        value: A JSON value, a `Secret` or a marker.
        fingerprint: The state's keyed digest.
    """
    return value if isinstance(value, dict) and is_marker(value) else {MARKER: fingerprint(revealed(value))}


def holds_secret(value: object) -> bool:
    """Whether a secret or a marker is anywhere inside a value.

    Args:
        value: A JSON value.
    """
    if isinstance(value, Secret) or is_marker(value):
        return True
    if isinstance(value, dict):
        return any(holds_secret(item) for item in value.values())
    return isinstance(value, (list, tuple)) and any(holds_secret(item) for item in value)


def redact(resource_type: ResourceType, document: Any, fingerprint: Fingerprint, path: Path = ()) -> Any:
    """The document as a record keeps it: secrets and write-only leaves are fingerprints, nulls are gone.

    Args:
        resource_type: Says which leaves are write-only.
        document: The desired document with references resolved.
        fingerprint: The state's keyed digest.
        path: Where in the document this value stands.
    """
    if isinstance(document, Secret) or is_marker(document):
        return marker(document, fingerprint)
    if isinstance(document, dict):
        return {
            key: redact(resource_type, item, fingerprint, (*path, key))
            for key, item in document.items()
            if item is not None
        }
    if isinstance(document, (list, tuple)):
        items = [item for item in document if item is not None]
        return [redact(resource_type, item, fingerprint, (*path, str(at))) for at, item in enumerate(items)]
    return marker(document, fingerprint) if resource_type.write_only.covers(path) else document
