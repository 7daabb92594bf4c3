"""Checks patch documents against a type: which properties they may change (cloud-control.md 1.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.local.api.wire import Refused, invalid
from cloudwright.local.model.json_text import parse_json
from cloudwright.local.model.patch import PatchFailed, apply_patch, check_document, parse_pointer
from cloudwright.local.model.paths import MISSING, at_or_below, expand, schema_pointer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.local.model.paths import Path
    from cloudwright.local.model.types import LocalType

Operation = dict[str, Any]


def patched(kind: LocalType, model: Mapping[str, Any], text: str) -> dict[str, Any]:
    """The model after a patch document.

    Returns:
        The patched model, not yet validated.

    Raises:
        Refused: `ValidationException` for a patch that can't be applied or changes a read-only property,
            `NotUpdatableException` for one that changes a create-only property, even to an equal value (CC1).
    """
    operations = _parse(text)
    _refuse_create_only(kind, model, operations)
    _refuse_read_only(kind, operations)
    try:
        result = apply_patch(model, operations)
    except PatchFailed as error:
        raise invalid(f"Invalid patch update: {error}") from error
    if not isinstance(result, dict):
        raise invalid("Invalid patch update: the patched model is not a JSON object")
    return result


def _parse(text: str) -> list[Operation]:
    try:
        return check_document(parse_json(text))
    except ValueError as error:
        raise invalid("Invalid patch update: PatchDocument is not valid JSON") from error
    except PatchFailed as error:
        raise invalid(f"Invalid patch update: {error}") from error


def _refuse_create_only(kind: LocalType, model: Mapping[str, Any], operations: list[Operation]) -> None:
    touched = {
        pattern: None
        for pattern in kind.create_only
        for operation in operations
        if _touches(pattern, model, operation, kind)
    }
    if touched:
        raise Refused(
            "NotUpdatableException", f"Invalid patch update: createOnlyProperties [{_names(touched)}] cannot be updated"
        )


def _refuse_read_only(kind: LocalType, operations: list[Operation]) -> None:
    touched = {
        pattern: None
        for pattern in kind.read_only
        for operation in operations
        if any(at_or_below(path, pattern) for path, _ in _written(operation)) or _carries(pattern, operation)
    }
    if touched:
        raise invalid(f"Invalid patch update: readOnlyProperties [{_names(touched)}] cannot be updated")


def _touches(pattern: Path, model: Mapping[str, Any], operation: Operation, kind: LocalType) -> bool:
    """Whether an operation writes a create-only property, or a parent that contains one before or after."""
    if pattern in kind.read_only:
        return any(at_or_below(path, pattern) for path, _ in _written(operation))
    for path, _ in _written(operation):
        if at_or_below(path, pattern):
            return True
        if any(found[: len(path)] == path for found in expand(model, pattern)):
            return True
    return _carries(pattern, operation)


def _carries(pattern: Path, operation: Operation) -> bool:
    """Whether the value of an operation contains the place."""
    for path, value in _written(operation):
        inside = len(path) < len(pattern) and at_or_below(path, pattern[: len(path)])
        if inside and value is not MISSING and expand(value, pattern[len(path) :]):
            return True
    return False


def _written(operation: Operation) -> Iterator[tuple[Path, Any]]:
    """The paths that an operation changes, with the value that it writes there, if it has one."""
    if operation["op"] == "test":
        return
    value = operation["value"] if operation["op"] in {"add", "replace"} else MISSING
    yield parse_pointer(operation["path"]), value
    if operation["op"] == "move":
        yield parse_pointer(operation["from"]), MISSING


def _names(patterns: Mapping[Path, None]) -> str:
    return ", ".join(map(schema_pointer, patterns))


def tag_touched(kind: LocalType, text: str) -> bool:
    """Whether a patch document writes the tags of a type (CC97)."""
    path = kind.tag_path
    if path is None:
        return False
    return any(at_or_below(written, path) for operation in _parse(text) for written, _ in _written(operation))
