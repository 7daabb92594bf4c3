"""A document with one of our patches applied."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from cloudwright.diff.model import END

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudwright.diff.patch import PatchOp


def patched(document: Mapping[str, Any], patch: Iterable[PatchOp]) -> dict[str, Any]:
    """The document that an update handler sees after one of our patches, whose paths all exist.

    Args:
        document: A read's answer. Not changed.
        patch: Operations in the order in which they are applied.
    """
    made = copy.deepcopy(dict(document))
    for operation in patch:
        if operation.op != "test" and operation.path:
            _apply(made, operation)
    return made


def _apply(document: dict[str, Any], operation: PatchOp) -> None:
    here: Any = document
    for segment in operation.path[:-1]:
        here = here[int(segment)] if isinstance(here, list) else here[segment]
    last, value = operation.path[-1], copy.deepcopy(operation.value)
    if operation.op == "remove":
        del here[int(last) if isinstance(here, list) else last]
    elif not isinstance(here, list):
        here[last] = value
    elif operation.op == "add":
        here.insert(len(here) if last == END else int(last), value)
    else:
        here[int(last)] = value
