"""Secrets inside a comparison: keyed fingerprints in place of values (CC98, CC99)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cloudwright.secret import SECRET_MARKER, Secret, is_secret_marker

Fingerprint = Callable[[object], str]
"""A keyed digest of a JSON value; equal values have equal digests within one state."""


def revealed(value: Any) -> Any:
    """The value with all secrets in plain text, and without nulls (CC20). For wire bodies and fingerprints only.

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
    """The marker for a value; a marker is its own marker, so marking twice changes nothing (CC43).

    Args:
        value: A JSON value, a `Secret` or a marker.
        fingerprint: The state's keyed digest.
    """
    return value if is_secret_marker(value) else {SECRET_MARKER: fingerprint(revealed(value))}


def leaf_markers(value: Any, fingerprint: Fingerprint, stays: Callable[[object], bool]) -> Any:
    """The value with a marker in place of each leaf, so that a block is masked without masking the unknowns in it.

    A digest of a complete block would change once one of its references is known, and could not be computed before.
    Markers are kept; empty blocks count as leaves.

    Args:
        value: A JSON value that may hold `Secret` objects, markers and placeholders.
        fingerprint: The state's keyed digest.
        stays: Finds placeholders, which are kept.
    """
    if stays(value):
        return value
    if isinstance(value, Mapping) and value and not is_secret_marker(value):
        return {key: leaf_markers(item, fingerprint, stays) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)) and value:
        return [leaf_markers(item, fingerprint, stays) for item in value if item is not None]
    return marker(value, fingerprint)


def with_markers(value: Any, fingerprint: Fingerprint) -> Any:
    """The value with markers in place of its secrets.

    Args:
        value: A JSON value that may hold `Secret` objects.
        fingerprint: The state's keyed digest.
    """
    if isinstance(value, Secret):
        return marker(value, fingerprint)
    if isinstance(value, Mapping):
        return {key: with_markers(item, fingerprint) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [with_markers(item, fingerprint) for item in value]
    return value


def holds_secret(value: object) -> bool:
    """Whether a value contains a secret or a marker.

    Args:
        value: A JSON value.
    """
    if isinstance(value, Secret) or is_secret_marker(value):
        return True
    if isinstance(value, Mapping):
        return any(holds_secret(item) for item in value.values())
    return isinstance(value, (list, tuple)) and any(holds_secret(item) for item in value)
