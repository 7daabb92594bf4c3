"""Small wrong changes of a module: one flipped condition, one other operator, one missing `not`."""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One wrong change.

    Attributes:
        key: What stays the same when lines move: function, expression before and after, and the how-manieth it is.
        line: Where it is now.
        node: Which node of the module's tree is changed.
        change: Which change of that node.
    """

    key: str
    line: int
    node: int
    change: int


def mutants(source: str) -> Iterator[Mutant]:
    """Every small wrong change of a module.

    Args:
        source: The module's text.
    """
    tree, seen = ast.parse(source), dict[str, int]()
    numbers = {id(node): number for number, node in enumerate(ast.walk(tree))}
    for node, owner in _places(tree):
        for change in range(len(_changes(node))):
            other = copy.copy(node)
            _changes(other)[change]()
            key = f"{owner}: {_shown(node)} => {_shown(other)}"
            seen[key] = seen.get(key, 0) + 1
            yield Mutant(f"{key} #{seen[key]}", getattr(node, "lineno", 0), numbers[id(node)], change)


def changed(source: str, mutant: Mutant) -> ast.Module:
    """The module with one wrong change, at the lines where it stands in the file.

    Args:
        source: The module's text, of which the mutant was made.
        mutant: The change.
    """
    tree = ast.parse(source)
    node = next(found for number, found in enumerate(ast.walk(tree)) if number == mutant.node)
    _changes(node)[mutant.change]()
    return ast.fix_missing_locations(tree)


def _shown(node: ast.AST) -> str:
    return ast.unparse(node.test if isinstance(node, (ast.If, ast.IfExp, ast.While)) else node)


def _places(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """The nodes that can be changed, with the name of the function around them."""

    def walk(node: ast.AST, owner: str) -> Iterator[tuple[ast.AST, str]]:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            return
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            owner = f"{owner}.{node.name}".lstrip(".")
        if _changes(node):
            yield node, owner or "module"
        decorators = getattr(node, "decorator_list", ())  # `slots=True` changes no behaviour
        for child in ast.iter_child_nodes(node):
            if child not in decorators and not _is_strict(child):
                yield from walk(child, owner)

    return walk(tree, "")


def _is_strict(node: ast.AST) -> bool:
    """Whether a node is the `strict` of a `zip`: it asserts what holds, so that no test can notice its absence."""
    return isinstance(node, ast.keyword) and node.arg == "strict"


def _changes(node: ast.AST) -> list[Callable[[], None]]:
    """What can be done to a node, in place."""
    if isinstance(node, ast.Compare):
        return [partial(_other_operator, node, at) for at, op in enumerate(node.ops) if type(op) in _OPPOSITE]
    if isinstance(node, ast.BoolOp):
        return [lambda: setattr(node, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And())]
    if isinstance(node, (ast.If, ast.IfExp, ast.While)) and not isinstance(node.test, ast.Compare):
        return [lambda: setattr(node, "test", _negated(node.test))]
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        return [lambda: setattr(node, "value", not node.value)]
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return [lambda: setattr(node, "value", node.value + 1)]
    return []


def _other_operator(node: ast.Compare, at: int) -> None:
    node.ops = [*node.ops[:at], _OPPOSITE[type(node.ops[at])](), *node.ops[at + 1 :]]


def _negated(test: ast.expr) -> ast.expr:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return test.operand
    return ast.UnaryOp(ast.Not(), test)
