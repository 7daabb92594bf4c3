"""Primary identifiers: from a model, and from a caller's text (cloud-control.md 1.8)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cloudwright.local.api.wire import invalid
from cloudwright.local.model.json_text import parse_json
from cloudwright.local.model.overrides import stays_absent
from cloudwright.local.model.paths import MISSING, schema_pointer, value_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.local.model.paths import Path
    from cloudwright.local.model.types import LocalType

SEPARATOR = "|"


def of_model(kind: LocalType, model: Mapping[str, Any]) -> str | None:
    """The identifier of a model: its parts in schema order, joined by `|`; `None` while a part is missing.

    A part that the service leaves absent, such as the SetIdentifier of a simple record set, is empty.
    """
    parts = [_part(kind, model, path) for path in kind.identifier]
    if not any(parts) or any(part is None or isinstance(part, (dict, list)) for part in parts):
        return None
    return SEPARATOR.join(_text(part) for part in parts)


def _part(kind: LocalType, model: Mapping[str, Any], path: Path) -> Any:
    part = value_at(model, path)
    if part not in (MISSING, None, ""):
        return part
    return "" if stays_absent(kind.name, path) else None


def normalise(kind: LocalType, written: str) -> str:
    """A caller's identifier in string form: the string itself, or the values of a JSON object in schema order.

    Args:
        kind: The resource type.
        written: `a|b` or `{"A":"a","B":"b"}`; keys may be names or `/properties/` pointers.

    Raises:
        Refused: A JSON object lacks a part of the identifier.
    """
    if not written.startswith("{"):
        return written
    try:
        document = parse_json(written)
    except ValueError:
        return written
    found = {_name(key): value for key, value in document.items()}
    absent = [path for path in kind.identifier if "/".join(path) not in found]
    missing = [path for path in absent if not stays_absent(kind.name, path)]
    if missing:
        names = ", ".join("/".join(path) for path in missing)
        raise invalid(f"Identifier {written} is not valid for identifier [{_pointers(kind)}]: missing {names}")
    return SEPARATOR.join(_text(found.get("/".join(path), "")) for path in kind.identifier)


def check_arity(kind: LocalType, identifier: str) -> None:
    """Refuse a compound identifier that can't have the right number of parts.

    Raises:
        Refused: `ValidationException`.
    """
    wanted = len(kind.identifier)
    if wanted > 1 and identifier.count(SEPARATOR) < wanted - 1:
        raise invalid(f"Identifier {identifier} is not valid for identifier [{_pointers(kind)}]")


def internal_form(kind: LocalType, identifier: str) -> str:
    """How messages show an identifier: `{"/properties/LogGroupName":"x"}`."""
    parts = identifier.split(SEPARATOR, len(kind.identifier) - 1)
    names = [schema_pointer(path) for path in kind.identifier]
    return json.dumps(dict(zip(names, parts, strict=False)), separators=(",", ":"))


def _pointers(kind: LocalType) -> str:
    return ", ".join(schema_pointer(path) for path in kind.identifier)


def _name(key: str) -> str:
    return key.removeprefix("/properties/").removeprefix("/")


def _text(part: Any) -> str:
    return str(part).lower() if isinstance(part, bool) else str(part)
