"""The JSON schema and the tables of the `--json` contract, made from its dataclasses."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from cloudwright.app.group.model import MemberStatus
from cloudwright.engine.outcome import Status
from cloudwright.imagebuilder.delivery.build_events import BuildEventKind
from cloudwright.imagebuilder.delivery.matrix import CellStatus, DifferenceKind
from cloudwright.imagebuilder.delivery.promotion import MoveKind
from cloudwright.imagebuilder.delivery.result import DeliveryOutcome
from cloudwright.imagebuilder.delivery.retirement import RetireAction
from cloudwright.imagebuilder.model import Mode, RecipientKind
from cloudwright.plan.drift import Condition
from cloudwright.plan.model import Action, Order
from cloudwright.render.contract.command import FramePart
from cloudwright.render.contract.index import LINES, SECTIONS
from cloudwright.render.contract.line import Line, OneOf, Part
from cloudwright.render.contract.run import TargetPart
from cloudwright.state.action_records import ActionStatus
from cloudwright.state.audit import AuditAction, AuditOutcome
from cloudwright.state.records import RecordStatus

KINDS = (
    Action,
    ActionStatus,
    AuditAction,
    AuditOutcome,
    CellStatus,
    Condition,
    DeliveryOutcome,
    DifferenceKind,
    FramePart,
    MemberStatus,
    Mode,
    BuildEventKind,
    MoveKind,
    Order,
    RecipientKind,
    RecordStatus,
    RetireAction,
    Status,
    TargetPart,
)
NAMES = {kind.__name__: kind for kind in KINDS} | {"Mapping": Mapping, "Sequence": Sequence}
"""What the contract's annotations name without importing it at run time."""

PLAIN = {str: "string", bool: "boolean", int: "integer", float: "number"}


def schema() -> str:
    """The text of `docs/json.schema.json`."""
    return json.dumps(document(), indent=1) + "\n"


def document() -> dict[str, Any]:
    """The JSON schema of a line."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "One line of cloudwright --json, format 1",
        "type": "object",
        "required": ["type"],
        "oneOf": [_reference(line) for line in LINES],
        "$defs": {_name(line): _object(line) for line in LINES},
    }


def table(section: str) -> str:
    """The table of one section of `docs/json.md`.

    Args:
        section: A key of `SECTIONS`.
    """
    rows = [f"| `{line.type}` | {', '.join(_described(line))} | {line.when} |" for line in SECTIONS[section]]
    return "\n".join(["| type | fields | when |", "|---|---|---|", *rows]) + "\n"


def _described(line: type[Line]) -> list[str]:
    notes = ((name, _notes(kind)) for name, kind in _members(line).items())
    return [f"`{name}`{f' ({note})' if note else ''}" for name, note in notes]


def _notes(kind: Any) -> str:
    marks = kind.__metadata__ if get_origin(kind) is Annotated else ()
    return ", ".join(
        ", ".join(f"`{value}`" for value in mark.values) if isinstance(mark, OneOf) else mark for mark in marks
    )


def _members(part: type[Part]) -> dict[str, Any]:
    hints = get_type_hints(part, localns=NAMES, include_extras=True)
    return {field.name.rstrip("_"): hints[field.name] for field in fields(part)}  # type: ignore[arg-type] # all are


def _object(part: type[Part]) -> dict[str, Any]:
    properties = {name: _value(kind) for name, kind in _members(part).items()}
    if issubclass(part, Line):
        properties = {"type": {"const": part.type}, **properties}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _name(line: type[Line]) -> str:
    return f"line_{line.type}"


def _reference(line: type[Line]) -> dict[str, str]:
    return {"$ref": f"#/$defs/{_name(line)}"}


def _value(kind: Any) -> dict[str, Any]:
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        listed = [mark for mark in kind.__metadata__ if isinstance(mark, OneOf)]
        return {"enum": list(listed[0].values)} if listed else _value(args[0])
    if origin is UnionType:
        return {"anyOf": [_value(kind) for kind in args]}
    if origin is Sequence:
        return {"type": "array", "items": _value(args[0])}
    if origin is Mapping:
        return {"type": "object"} if args[1] is object else {"type": "object", "additionalProperties": _value(args[1])}
    return _single(kind)


def _single(kind: type) -> dict[str, Any]:
    if kind is object:
        return {}
    if kind is NoneType:
        return {"type": "null"}
    if issubclass(kind, StrEnum):
        return {"enum": [str(value) for value in kind]}
    if is_dataclass(kind) and issubclass(kind, Line):
        return _reference(kind)
    return _object(kind) if issubclass(kind, Part) else {"type": PLAIN[kind]}
