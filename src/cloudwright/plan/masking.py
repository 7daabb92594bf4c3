"""Documents as they may be stored and shown: secrets and write-only values as keyed fingerprints.

A write-only block is masked leaf by leaf, never as one digest: unknown values in it stay separate, so that a plan and
its apply agree on everything else.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from cloudwright.diff.masking import leaf_markers
from cloudwright.program.document import encode, is_unknown_marker
from cloudwright.schema.override import masked_inputs
from cloudwright.schema.pointer import format_pointer
from cloudwright.secret import SECRET_MARKER, is_secret_marker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cloudwright.schema.pointer import Path
    from cloudwright.schema.resource_type import ResourceType


def mask(kind: ResourceType, document: Any, fingerprint: Callable[[object], str]) -> dict[str, Any]:
    """A resolved document as it may be stored: markers for unknown, secret and write-only values.

    Args:
        kind: The resource's type.
        document: Resolved; may hold `Secret` and `Unknown` leaves. Not changed.
        fingerprint: Keyed digest of a value.
    """
    masked: dict[str, Any] = encode(document, fingerprint)
    for hidden in (masked_inputs(kind.name, kind.write_only), kind.override.secret_outputs):
        for path in tuple(hidden.expand(masked)) if hidden else ():
            put(masked, path, lambda value: leaf_markers(value, fingerprint, is_unknown_marker))
    return masked


def mask_like(
    kind: ResourceType, observed: Any, masked: Mapping[str, Any], fingerprint: Callable[[object], str]
) -> Any:
    """AWS's answer as it may be stored: masked wherever the declared document is masked.

    Args:
        kind: The resource's type.
        observed: AWS's answer. Not changed.
        masked: The declared document, masked.
        fingerprint: Keyed digest of a value.
    """
    kept = mask(kind, observed, fingerprint)
    for path in tuple(secret_paths(masked)):
        put(kept, path, lambda value: _hide(value, fingerprint))
    return kept


def _hide(value: Any, fingerprint: Callable[[object], str]) -> Any:
    # AWS's answer holds no unknowns, and what was declared as one secret is compared as one.
    return value if is_secret_marker(value) else {SECRET_MARKER: fingerprint(value)}


def secret_paths(document: Any, path: Path = ()) -> Iterator[Path]:
    """The paths at which a masked document hides a secret."""
    if is_secret_marker(document):
        yield path
    elif isinstance(document, dict):
        for name, value in document.items():
            yield from secret_paths(value, (*path, name))
    elif isinstance(document, list):
        for number, value in enumerate(document):
            yield from secret_paths(value, (*path, str(number)))


def put(document: Any, path: Path, change: Callable[[Any], Any]) -> None:
    """Change the value at one path of a document, in place; no effect if there is none.

    Args:
        document: The document, which is changed.
        path: The path.
        change: From the old value to the new one.
    """
    for step in path[:-1]:
        document = _member(document, step)
    if isinstance(document, dict) and path and path[-1] in document:
        document[path[-1]] = change(document[path[-1]])
    elif isinstance(document, list) and path and path[-1].isdigit() and int(path[-1]) < len(document):
        document[int(path[-1])] = change(document[int(path[-1])])


def _member(document: Any, step: str) -> Any:
    if isinstance(document, dict):
        return document.get(step)
    if isinstance(document, list) and step.isdigit() and int(step) < len(document):
        return document[int(step)]
    return None


def digest(value: object) -> str:
    """A short digest of JSON data; equal for equal data, whatever the order of keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:24]


def leaf_hashes(masked: Any, path: Path = ()) -> Iterator[tuple[str, str]]:
    """Digest of every known leaf of a masked document by pointer; unknown leaves are left out."""
    if is_unknown_marker(masked):
        return
    if isinstance(masked, dict) and masked and not is_secret_marker(masked):
        for name, value in masked.items():
            yield from leaf_hashes(value, (*path, name))
    elif isinstance(masked, list) and masked:
        for number, value in enumerate(masked):
            yield from leaf_hashes(value, (*path, str(number)))
    else:
        yield format_pointer(path), digest(masked)


def unknown_pointers(masked: Any, path: Path = ()) -> Iterator[str]:
    """Pointers of the leaves that are known only after deploy."""
    if is_unknown_marker(masked):
        yield format_pointer(path)
    elif isinstance(masked, dict):
        for name, value in masked.items():
            yield from unknown_pointers(value, (*path, name))
    elif isinstance(masked, list):
        for number, value in enumerate(masked):
            yield from unknown_pointers(value, (*path, str(number)))
