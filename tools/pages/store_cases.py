"""The table of state stores and the cases that each is held to, from the names of their tests."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from pages.conformance import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SUITE = "StateConformance"
"""The class of the cases that every store inherits."""


def cases(suite: str, modules: Mapping[str, str]) -> dict[str, list[str]]:
    """Which stores each case runs over: first what all are held to, then what only some can be.

    Args:
        suite: The source text of the module with the shared cases.
        modules: Store -> the source text of its tests.
    """
    shared = [*_own(suite)]
    found: dict[str, list[str]] = {name: [] for name in shared}
    for store, module in modules.items():
        for name in [*(shared if _inherits(module) else ()), *_own(module)]:
            found.setdefault(name, []).append(store)
    return found


def table(suite: str, modules: Mapping[str, str]) -> str:
    """The cases as a Markdown table with a column for each store.

    Args:
        suite: As for `cases`.
        modules: As for `cases`.
    """
    rows = [
        f"| {sentence(name)} | {' | '.join('yes' if store in held else '' for store in modules)} |"
        for name, held in cases(suite, modules).items()
    ]
    return "\n".join([f"| case | {' | '.join(modules)} |", f"|---|{'---|' * len(modules)}", *rows]) + "\n"


def _own(module: str) -> Iterator[str]:
    for node in _flat(ast.parse(module)):
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name


def _flat(module: ast.Module) -> Iterator[ast.stmt]:
    for node in module.body:
        yield from node.body if isinstance(node, ast.ClassDef) else [node]


def _inherits(module: str) -> bool:
    classes = (node for node in ast.parse(module).body if isinstance(node, ast.ClassDef))
    return any(isinstance(base, ast.Name) and base.id == SUITE for each in classes for base in each.bases)
