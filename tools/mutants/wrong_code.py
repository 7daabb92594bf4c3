"""One module wrong in the running process: functions that are loaded get the code of a mutant.

Every name under which a function was imported holds the same function object, so nothing has to be imported again. What
runs while a module is imported (constants, defaults, class bodies) can't be changed so late; for that, `import_wrong`
changes what the import system compiles.
"""

from __future__ import annotations

import gc
from importlib.machinery import SourceFileLoader
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Iterator

Place = tuple[str, int]
"""A function: its qualified name and its first line."""


def compiled(tree: ast.Module, file: str) -> CodeType:
    """The code of a module.

    Args:
        tree: Its tree.
        file: The path that its functions name.
    """
    return compile(tree, file, "exec", dont_inherit=True)


def differing(sound: CodeType, wrong: CodeType) -> set[Place]:
    """The functions whose own code differs; a module or a class body counts as a function here.

    Args:
        sound: The code of a module.
        wrong: The code of the same module after one change.
    """
    before, after = _own_codes(sound), _own_codes(wrong)
    return {place for place, codes in before.items() if codes != after.get(place)}


def import_time(code: CodeType) -> set[Place]:
    """What of a module runs while it is imported: itself and its class bodies.

    Args:
        code: The code of the module.
    """
    optimized = 0x1  # a function's local variables are in slots, those of modules and classes in a dict
    return {place for place, inside in _codes(code) if not inside.co_flags & optimized}


def loaded_functions(file: str) -> list[FunctionType]:
    """The functions of a module that is loaded, wherever they are kept.

    Args:
        file: The module's path.
    """
    functions = (found for found in gc.get_objects() if isinstance(found, FunctionType))
    return [function for function in functions if function.__code__.co_filename == file]


def put(functions: Iterable[FunctionType], wrong: CodeType) -> None:
    """Give loaded functions the code of another version of their module.

    Args:
        functions: The module's functions.
        wrong: The other version.
    """
    codes = dict(_codes(wrong))
    for function in functions:
        place = _place(function.__code__)
        if place in codes:
            function.__code__ = codes[place]


def import_wrong(file: str, wrong: CodeType) -> None:
    """Let the next import of a module run other code than its file holds, for the rest of the process.

    Args:
        file: The module's path.
        wrong: The code.
    """
    usual = SourceFileLoader.get_code

    def get_code(loader: Any, name: str) -> CodeType | None:
        return wrong if loader.get_filename(name) == file else usual(loader, name)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign]


def _place(code: CodeType) -> Place:
    return code.co_qualname, code.co_firstlineno


def _codes(code: CodeType) -> Iterator[tuple[Place, CodeType]]:
    yield _place(code), code
    for inside in code.co_consts:
        if isinstance(inside, CodeType):
            yield from _codes(inside)


def _own_codes(code: CodeType) -> dict[Place, list[CodeType]]:
    """What stands at each place: more than one code where a line has several comprehensions."""
    found: dict[Place, list[CodeType]] = {}
    for place, inside in _codes(code):
        found.setdefault(place, []).append(_own(inside))
    return found


def _own(code: CodeType) -> CodeType:
    """The code without what is nested in it."""
    return code.replace(co_consts=tuple(None if isinstance(each, CodeType) else each for each in code.co_consts))
