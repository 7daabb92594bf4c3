"""A record updated from a read after its last write."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudwright.engine.redaction import sealed_attributes
from cloudwright.errors import CannotUnseal
from cloudwright.plan.attribute_values import sealed_place
from cloudwright.plan.masking import mask_like
from cloudwright.plan.unreturned import still_unreturned
from cloudwright.schema.pointer import get, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.engine.run import Sealing
    from cloudwright.schema.resource_type import ResourceType
    from cloudwright.state.records import Record


def as_read(record: Record, live: Mapping[str, Any], kind: ResourceType, sealing: Sealing) -> Record:
    """The record with the attributes that AWS returns now, so that references get their present values.

    The declared document is kept: the plan shows how the live one differs from it.

    Args:
        record: The record.
        live: The answer of a read just now.
        kind: The record's type.
        sealing: For fingerprints, and for attributes that are secret.
    """
    observed = mask_like(kind, live, record.declared, sealing.fingerprint)
    sealed = _sealed(record, live, kind, sealing) if kind.override.secret_outputs else record.sealed
    return replace(record, observed=observed, sealed=sealed, unreturned=still_unreturned(record, live))


def _sealed(record: Record, live: Mapping[str, Any], kind: ResourceType, sealing: Sealing) -> dict[str, object]:
    """The sealed attributes.

    An unchanged value keeps its sealed text, since sealing it again would give another one.
    """
    present = sealed_attributes(kind, record.identifier, live, sealing)
    return {**record.sealed, **{p: text for p, text in present.items() if not _is_sealed(record, live, p, sealing)}}


def _is_sealed(record: Record, live: Mapping[str, Any], pointer: str, sealing: Sealing) -> bool:
    text = record.sealed.get(pointer)
    if text is None:
        return False
    try:
        kept = sealing.unseal(str(text), place=sealed_place(record.type, record.identifier, pointer))
    except CannotUnseal:
        return False
    return bool(json.loads(kept) == get(live, parse(pointer)))
