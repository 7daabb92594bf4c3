"""The order of the package: one name for one class, no import circles, one tree of errors, one home for a literal."""

from __future__ import annotations

import ast
import functools
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import cloudwright
from cloudwright import errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PACKAGE = Path(cloudwright.__file__).parent


@functools.cache
def modules() -> dict[str, ast.Module]:
    """Every module of the package by name, packages under their own name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.parent.name == "aws" and path.stem[0].isupper():
            # Written by the build, one for each AWS service.
            continue
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text("utf-8"))
    return found


@functools.cache
def classes() -> list[tuple[str, ast.ClassDef]]:
    return [
        (name, node) for name, tree in modules().items() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
    ]


def test_no_class_name_is_defined_twice() -> None:
    homes = defaultdict(list)
    for module, node in classes():
        homes[node.name].append(module)

    assert {name: at for name, at in homes.items() if len(at) > 1} == {}


def imported(tree: ast.Module, names: Iterable[str]) -> set[str]:
    """The package's modules that a module imports while it is loaded, or for the type checker."""
    found = set()
    for node in _top_level(tree.body):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {_module_of(node.module, each.name) for each in node.names}
        elif isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
    return found & set(names)


@functools.cache
def _module_of(module: str, name: str) -> str:
    """The module that `from module import name` needs: the module itself, or one (or a stub) inside of it."""
    file = PACKAGE.parent.joinpath(*module.split("."), name)
    inside = file.is_dir() or file.with_suffix(".py").exists() or file.with_suffix(".pyi").exists()
    return f"{module}.{name}" if inside else module


def _top_level(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try):
            yield from _top_level([*node.body, *node.orelse])


def circle(graph: dict[str, set[str]]) -> list[str]:
    """One circle of a graph, empty without one."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_modules_import_each_other_in_a_circle_not_even_for_types() -> None:
    graph = {name: imported(tree, modules()) - {name} for name, tree in modules().items()}

    assert circle(graph) == []
    assert len(graph["cloudwright.engine.executor"]) > 1


def _subclasses(base: type) -> Iterator[str]:
    """Names of the classes of the package that descend from a class, read from the sources."""
    bases = {node.name: {ast.unparse(each).split(".")[-1] for each in node.bases} for _, node in classes()}
    known = {base.__name__}
    while more := {name for name, above in bases.items() if above & known} - known:
        known |= more
    yield from sorted(known)


def test_the_tree_at_the_top_of_errors_names_every_public_error() -> None:
    tree = (errors.__doc__ or "").split("::", 1)[1]
    listed = {line.strip("│├└─ ").split()[0] for line in tree.splitlines() if line.strip("│├└─ ")}
    public = {name for name in _subclasses(errors.CloudwrightError) if not name.startswith("_")}

    assert public - listed == set()


def test_the_tree_at_the_top_of_errors_names_no_class_that_is_gone_and_each_under_its_base() -> None:
    bases = {node.name: {ast.unparse(each) for each in node.bases} for _, node in classes()}
    above: list[str] = []
    for line in (errors.__doc__ or "").split("::", 1)[1].split("\n\n")[1].splitlines():
        name = line.strip("│├└─ ").split()[0]
        depth = (len(line) - len(line.lstrip(" │├└─"))) // 4 - 1
        assert name in bases, name
        assert not depth or above[depth - 1] in bases[name], name
        above[depth:] = [name]


ONE_HOME = {
    "$secret": "cloudwright.secret",
    "$unknown": "cloudwright.program.document",
    "(secret)": "cloudwright.secret",
}


def test_the_markers_and_the_mask_of_secrets_are_written_in_one_module_each() -> None:
    homes = {literal: {module for module, tree in modules().items() if literal in _texts(tree)} for literal in ONE_HOME}

    assert homes == {literal: {home} for literal, home in ONE_HOME.items()}


def _texts(tree: ast.Module) -> set[str]:
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_dataclasses_are_compiled_at_their_first_instance() -> None:
    """`order=True` alone needs the standard decorator, whose compiling is a third of a start."""
    standard = [
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "dataclasses"
        if any(each.name == "dataclass" for each in node.names)
        if not any(
            word.arg == "order" for call in ast.walk(tree) if isinstance(call, ast.Call) for word in call.keywords
        )
    ]

    assert sorted(standard) == ["cloudwright.lazy_dataclass"]
