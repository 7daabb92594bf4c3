"""What a module or a test does, as text to compare: edits of comments, docstrings and imports make no difference."""

from __future__ import annotations

import ast


def meaning(source: str, test: str = "") -> str:
    """The statements of a module, without comments, docstrings, imports and layout.

    Args:
        source: The module's text.
        test: If given, the other tests of the module don't count: only this one, and what all of them share.
    """
    tree = ast.parse(source)
    tree.body = [node for node in tree.body if not test or not _is_other_test(node, test)]
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            node.body = [inner for inner in node.body if not _is_idle(inner)]
    return ast.dump(tree)


def _is_idle(node: ast.stmt) -> bool:
    """Whether a statement says nothing about behaviour: a text that stands alone, or an import."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return True
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return True
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_other_test(node: ast.stmt, test: str) -> bool:
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return False
    return node.name.lower().startswith("test") and node.name != test
