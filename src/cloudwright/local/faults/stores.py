"""Faults that change a model before it is stored."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from cloudwright.local.generated import arns
from cloudwright.local.model.paths import value_at
from cloudwright.partitions import partition_of

if TYPE_CHECKING:
    from cloudwright.local.faults.switches import Fault, Faults
    from cloudwright.local.model.types import LocalType
    from cloudwright.local.rows import AccountRegion

Model = dict[str, Any]


def disturb(faults: Faults, kind: LocalType, model: Model, operation: str, place: AccountRegion) -> None:
    """Apply the active faults to a model, in place.

    Args:
        faults: The switches.
        kind: The resource type.
        model: The model about to be stored.
        operation: CREATE or UPDATE.
        place: Account and Region.
    """
    if not faults:
        return
    hidden = faults.fire("CC26", kind.name, operation) if operation == "CREATE" else None
    if hidden is not None:
        model[str(hidden.options.get("property", "OutsideTheSchema"))] = hidden.options.get("value", "set elsewhere")
    if faults.fire("CC34", kind.name, operation):
        transform(kind, model)
    _change(faults.fire("CC36", kind.name, operation), model, str.lower)
    _change(faults.fire("CC44", kind.name, operation), model, _reformat)
    _change(faults.fire("CC37", kind.name, operation), model, lambda text: _as_arn(kind, text, place))
    fault = faults.fire("CC39", kind.name, operation)
    if fault is not None:
        for path in kind.identifier:
            value = model.get(path[0])
            if isinstance(value, str) and not value.endswith("."):
                model[path[0]] = value + "."


def transform(kind: LocalType, model: Model) -> None:
    """Transform stored values in place, as the schema's `propertyTransform` describes (CC34).

    Expressions whose result is a regular expression describe a set of values and are ignored, and so are those that
    fail: their names are relative to the parent object and may be absent.
    """
    import jsonata

    for pointer, text in (kind.schema.get("propertyTransform") or {}).items():
        *parents, name = str(pointer).removeprefix("/properties/").split("/")
        parent = value_at(model, tuple(parents))
        if not isinstance(parent, dict) or name not in parent:
            continue
        with contextlib.suppress(Exception):
            value = jsonata.Jsonata(text.split("$OR")[0]).evaluate(parent)
            if isinstance(value, type(parent[name])) and not _is_expression(value, parent[name]):
                parent[name] = value


def _is_expression(value: Any, declared: Any) -> bool:
    return isinstance(value, str) and any(sign in value and sign not in declared for sign in "(\\*[")


def _change(fault: Fault | None, model: Model, change: Any) -> None:
    name = str(fault.options.get("property", "")) if fault else ""
    if isinstance(model.get(name), str):
        model[name] = change(model[name])


def _reformat(text: str) -> str:
    with contextlib.suppress(ValueError):
        return json.dumps(json.loads(text), indent=2)
    return text


def _as_arn(kind: LocalType, text: str, place: AccountRegion) -> str:
    if text.startswith("arn:"):
        return text
    scope = arns.ArnPrefix(partition_of(place.region), place.region, place.account)
    return arns.fallback(scope, kind, text)
