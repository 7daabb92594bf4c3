"""Which uploaded assets a state refers to: by name, or masked by a fingerprint of the name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PREFIX = "assets/"
"""What the keys of all assets begin with."""

_NAMED = re.compile(r"assets/[0-9a-f]{64}[^\"\\\s]*")
_MASKED = re.compile(r"""\$secret\\*":\s*\\*"([^":\\]+):([0-9a-f]+)""")


@dataclass(frozen=True, slots=True)
class References:
    """What a state and its kept history say about assets.

    Attributes:
        named: The keys that stand there in clear.
        masked: Fingerprints of values; a write-only property may hold an asset's place.
        key_ids: The sealing keys that made these.
    """

    named: frozenset[str]
    masked: frozenset[str]
    key_ids: frozenset[str]


def references(texts: Iterable[str]) -> References:
    """The references in JSON texts.

    Args:
        texts: Everything that a state holds, and held as far as its history goes back.
    """
    named: set[str] = set()
    masked: set[tuple[str, str]] = set()
    for text in texts:
        named.update(_NAMED.findall(text))
        masked.update(_MASKED.findall(text))
    fingerprints = frozenset(f"{key_id}:{digest}" for key_id, digest in masked)
    return References(frozenset(named), fingerprints, frozenset(key_id for key_id, _ in masked))


def used(
    keys: Iterable[str], bucket: str, found: References, fingerprints: Callable[[str], Iterable[str]]
) -> frozenset[str]:
    """Those of the keys that a state refers to.

    Args:
        keys: Of objects in the bucket.
        bucket: Its name.
        found: What the state says.
        fingerprints: What the state's keys make of a value.
    """
    return frozenset(key for key in keys if key in found.named or _is_masked(key, bucket, found, fingerprints))


def _is_masked(key: str, bucket: str, found: References, fingerprints: Callable[[str], Iterable[str]]) -> bool:
    if not found.masked:
        return False
    return any(one in found.masked for value in (key, f"s3://{bucket}/{key}") for one in fingerprints(value))
