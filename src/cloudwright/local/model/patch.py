"""A strict implementation of RFC 6902 with all six operations.

It shares no code with the client's patch builder, which would hide mistakes. One exception of Cloud Control is
allowed: a path may lack its leading slash (`"RetentionInDays"`, AWS's own example).
"""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Path = tuple[str, ...]

END = "-"
"""The position after an array's last item."""

_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")

OPERATIONS = ("add", "remove", "replace", "move", "copy", "test")


class PatchFailed(Exception):
    """A patch document can't be applied, and why."""


def parse_pointer(text: object) -> Path:
    """The tokens of a JSON pointer.

    Args:
        text: Such as `/Distributions/0/Region`; without a leading slash it means the same.

    Raises:
        PatchFailed: It is not text, or a `~` is not followed by `0` or `1`.
    """
    if not isinstance(text, str):
        raise PatchFailed(f"path must be a string, found {_kind(text)}")
    if text == "":
        return ()
    return tuple(_unescape(token, text) for token in text.removeprefix("/").split("/"))


def _unescape(token: str, pointer: str) -> str:
    if "~" in token.replace("~0", "").replace("~1", ""):
        raise PatchFailed(f"invalid escape in path '{pointer}': write ~ as ~0 and / as ~1")
    return token.replace("~1", "/").replace("~0", "~")


def check_document(document: object) -> list[dict[str, Any]]:
    """The operations of a patch document, formally sound.

    Raises:
        PatchFailed: It is not a list of operations (`null` among them, CC12).
    """
    if not isinstance(document, list):
        raise PatchFailed(f"a patch document is a JSON array of operations, found {_kind(document)}")
    for operation in document:
        _check_operation(operation)
    return document


def _check_operation(operation: object) -> None:
    if not isinstance(operation, dict):
        raise PatchFailed(f"an operation is a JSON object, found {_kind(operation)}")
    name = operation.get("op")
    if name not in OPERATIONS:
        raise PatchFailed(f"unknown operation '{name}'; one of {', '.join(OPERATIONS)}")
    if "path" not in operation:
        raise PatchFailed(f"operation '{name}' needs a path")
    parse_pointer(operation["path"])
    if name in {"add", "replace", "test"} and "value" not in operation:
        raise PatchFailed(f"operation '{name}' at '{operation['path']}' needs a value")
    if name in {"move", "copy"}:
        _check_source(name, operation)


def _check_source(name: str, operation: Mapping[str, Any]) -> None:
    if "from" not in operation:
        raise PatchFailed(f"operation '{name}' at '{operation['path']}' needs from")
    source, path = parse_pointer(operation["from"]), parse_pointer(operation["path"])
    if name == "move" and len(path) > len(source) and path[: len(source)] == source:
        raise PatchFailed(f"can't move '{operation['from']}' into its own child '{operation['path']}'")


def apply_patch(document: Any, operations: Iterable[Mapping[str, Any]]) -> Any:
    """Apply operations in order to a copy of a document.

    Args:
        document: The document to start from; not changed.
        operations: From `check_document`.

    Returns:
        The patched document.

    Raises:
        PatchFailed: A path does not exist, an index is out of range, a `test` fails.
    """
    holder = {"": copy.deepcopy(document)}
    for operation in operations:
        _APPLY[operation["op"]](holder, operation)
    return holder[""]


def _add(holder: dict[str, Any], operation: Mapping[str, Any]) -> None:
    _insert(holder, parse_pointer(operation["path"]), copy.deepcopy(operation["value"]))


def _remove(holder: dict[str, Any], operation: Mapping[str, Any]) -> None:
    _take(holder, parse_pointer(operation["path"]))


def _replace(holder: dict[str, Any], operation: Mapping[str, Any]) -> None:
    path = parse_pointer(operation["path"])
    parent, token = _parent(holder, path)
    _child(parent, token, path)
    if isinstance(parent, list):
        parent[int(token)] = copy.deepcopy(operation["value"])
    else:
        parent[token] = copy.deepcopy(operation["value"])


def _move(holder: dict[str, Any], operation: Mapping[str, Any]) -> None:
    value = _take(holder, parse_pointer(operation["from"]))
    _insert(holder, parse_pointer(operation["path"]), value)


def _copy(holder: dict[str, Any], operation: Mapping[str, Any]) -> None:
    value = copy.deepcopy(_look(holder, parse_pointer(operation["from"])))
    _insert(holder, parse_pointer(operation["path"]), value)


def _test(holder: dict[str, Any], operation: Mapping[str, Any]) -> None:
    found = _look(holder, parse_pointer(operation["path"]))
    if not equal(found, operation["value"]):
        raise PatchFailed(f"test failed at '{operation['path']}': the value differs")


_APPLY: dict[str, Callable[[dict[str, Any], Mapping[str, Any]], None]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}


def equal(left: Any, right: Any) -> bool:
    """JSON equality: `1` equals `1.0`, but `true` never equals `1`."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
    return (numbers or type(left) is type(right)) and bool(left == right)


def _look(holder: dict[str, Any], path: Path) -> Any:
    parent, token = _parent(holder, path)
    return _child(parent, token, path)


def _parent(holder: dict[str, Any], path: Path) -> tuple[Any, str]:
    steps = ("", *path)
    node: Any = holder
    for depth, token in enumerate(steps[:-1]):
        node = _child(node, token, path[:depth])
    return node, steps[-1]


def _child(node: Any, token: str, path: Path) -> Any:
    if isinstance(node, dict) and token in node:
        return node[token]
    if isinstance(node, list):
        return node[_index(token, len(node) - 1, path)]
    raise PatchFailed(f"path '{_text(path)}' does not exist")


def _insert(holder: dict[str, Any], path: Path, value: Any) -> None:
    parent, token = _parent(holder, path)
    if isinstance(parent, dict):
        parent[token] = value
    elif isinstance(parent, list):
        parent.insert(len(parent) if token == END else _index(token, len(parent), path), value)
    else:
        raise PatchFailed(f"path '{_text(path)}' does not exist: its parent is {_kind(parent)}")


def _take(holder: dict[str, Any], path: Path) -> Any:
    if not path:
        raise PatchFailed("the whole document can't be removed")
    parent, token = _parent(holder, path)
    value = _child(parent, token, path)
    del parent[int(token) if isinstance(parent, list) else token]
    return value


def _index(token: str, last: int, path: Path) -> int:
    if not _INDEX.fullmatch(token):
        raise PatchFailed(f"'{token}' in path '{_text(path)}' is not an array index")
    if int(token) > last:
        raise PatchFailed(f"index {token} in path '{_text(path)}' is out of range")
    return int(token)


def _text(path: Path) -> str:
    return "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in path)


def _kind(value: object) -> str:
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
