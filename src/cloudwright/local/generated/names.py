"""Names that AWS generates for resources without a declared name.

CloudFormation's handlers generate a name if the service's own API requires one; otherwise an absent name stays absent
(`unnamed` of the override table).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.local.model.overrides import overrides

if TYPE_CHECKING:
    from cloudwright.local.model.paths import Path
    from cloudwright.local.model.types import LocalType


def generated(kind: LocalType) -> tuple[Path, ...]:
    """The properties outside the identifier that a type's create handler fills with a name if they are absent."""
    if kind.name in overrides()["unnamed"]:
        return ()
    usual = dict.fromkeys((f"{kind.short_name}Name", "Name"))
    return tuple((name,) for name in (*usual, *overrides()["names"].get(kind.name, ())) if _is_ours(kind, (name,)))


def _is_ours(kind: LocalType, path: Path) -> bool:
    """Whether this text is settable, optional and readable."""
    if path[0] not in (kind.schema.get("properties") or {}) or path[0] in (kind.schema.get("required") or ()):
        return False
    if path in {*kind.identifier, *kind.read_only, *kind.write_only}:
        return False
    return kind.node(path).get("type") == "string"
