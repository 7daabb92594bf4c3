"""What later supported Pythons warn of or refuse, found in the source: CI's own Python may be too old to say so.

Sources: the "Deprecated" and "Porting" parts of What's New in Python 3.12, 3.13 and 3.14.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path for folder in ("src", "tools", "benchmarks") for path in (ROOT / folder).rglob("*.py") if path.is_file()
)

_NUMBERED = re.compile(r"(?<![\w?])\?[0-9]")
_SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|WHERE|LIMIT|VALUES)\b")
_POSITIONAL_COUNT = {"sub": 3, "subn": 3, "split": 2}
"""Functions of `re` and how many positional arguments are fine; further ones warn since 3.13."""

_GONE = {
    ("asyncio", "iscoroutinefunction"),
    ("asyncio", "get_event_loop"),
    ("asyncio", "get_event_loop_policy"),
    ("asyncio", "set_event_loop_policy"),
    ("datetime", "utcnow"),
    ("datetime", "utcfromtimestamp"),
    ("locale", "getdefaultlocale"),
    ("pkgutil", "find_loader"),
    ("pkgutil", "get_loader"),
    ("codecs", "open"),
    ("ast", "Str"),
    ("ast", "Num"),
    ("os", "popen2"),
}
_LEAVERS = (ast.Return, ast.Break, ast.Continue)


def complaints(source: str) -> list[str]:
    """What a later Python says about a source text."""
    tree = ast.parse(source)
    return [*_numbered_parameters(tree), *_left_finally(tree), *_deprecated_calls(tree)]


def _numbered_parameters(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        if _NUMBERED.search(text) and _SQL.search(text):
            yield f"{getattr(node, 'lineno', 0)}: numbered parameters with a sequence are refused by 3.14"


def _left_finally(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        for statement in node.finalbody if isinstance(node, ast.Try) else ():
            for inner in _own_statements(statement):
                if isinstance(inner, _LEAVERS):
                    yield f"{inner.lineno}: return, break or continue leaves a finally block: a warning in 3.14"


def _own_statements(node: ast.AST) -> Iterator[ast.AST]:
    """A node and what is in it, without functions (their return is their own) and loops (their break is)."""
    yield node
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.For, ast.While)):
        for child in ast.iter_child_nodes(node):
            yield from _own_statements(child)


def _deprecated_calls(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        owner = node.value.id if isinstance(node.value, ast.Name) else getattr(node.value, "attr", "")
        if (owner, node.attr) in _GONE:
            yield f"{node.lineno}: {owner}.{node.attr} is deprecated"
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) else None
        if not (isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "re"):
            continue
        if isinstance(node, ast.Call) and len(node.args) > _POSITIONAL_COUNT.get(called.attr, len(node.args)):
            yield f"{node.lineno}: re.{called.attr} with a positional count is deprecated"


def test_no_source_holds_what_a_later_python_warns_of() -> None:
    found = {str(path.relative_to(ROOT)): complaints(path.read_text("utf-8")) for path in SOURCES}

    assert {path: each for path, each in found.items() if each} == {}


@pytest.mark.parametrize(
    "source",
    [
        'db.execute("SELECT a FROM b WHERE c = ?1", (c,))',
        "def f():\n    try:\n        g()\n    finally:\n        return 1",
        "import asyncio\nasyncio.get_event_loop()",
        "import datetime as dt\ndt.datetime.utcnow()",
        'import re\nre.sub("a", "b", text, 1)',
    ],
)
def test_each_kind_is_found(source: str) -> None:
    assert len(complaints(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        'db.execute("SELECT a FROM b WHERE c = ?", (c,))',
        "try:\n    g()\nfinally:\n    for x in y:\n        break",
        'import re\nre.sub("a", "b", text, count=1)',
    ],
)
def test_what_later_pythons_accept_is_not_found(source: str) -> None:
    assert complaints(source) == []
