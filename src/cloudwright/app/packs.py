"""Packs: rules and transformations that a Python package installs for every app of an environment, by entry point.

The groups are `cloudwright.rules` (a rule, or a list of rules) and `cloudwright.transformations` (a function as
`@app.each` takes it).
"""

from __future__ import annotations

import os
import sys
from dataclasses import field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cloudwright.errors import ProgramError
from cloudwright.lazy_dataclass import dataclass
from cloudwright.program.transformation import Transformation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.metadata import EntryPoint

    from cloudwright.plan.findings import Rule

RULES, TRANSFORMATIONS = "cloudwright.rules", "cloudwright.transformations"

_MARKS = (b"[cloudwright.rules]", b"[cloudwright.transformations]")


@dataclass(frozen=True, slots=True)
class Packs:
    """What is installed.

    Attributes:
        rules: By the name of the entry point, those of one after those of the other.
        transformations: In the order of their ids.
        origins: What each entry point brings and which package installs it, for people.
    """

    rules: tuple[Rule, ...] = field(default=(), repr=False)
    transformations: tuple[Transformation, ...] = ()
    origins: tuple[str, ...] = ()


def installed_packs(path: Iterable[str] | None = None) -> Packs:
    """Load the packs of this environment; without any, nothing but the metadata of its packages is read.

    Args:
        path: Where packages are; `sys.path` by default.

    Raises:
        ProgramError: A pack can't be loaded, is not a function, or two have the same name.
    """
    places = list(sys.path if path is None else path)
    if not any(map(_has_pack, places)):
        return Packs()
    from importlib.metadata import distributions

    found = [point for one in distributions(path=places) for point in one.entry_points]
    rules = _sorted(found, RULES)
    transformations = _sorted(found, TRANSFORMATIONS)
    loaded = {point.name: list(_rules(point)) for point in rules}
    return Packs(
        rules=tuple(rule for each in loaded.values() for rule in each),
        transformations=tuple(
            Transformation(point.name, _function(point), _origin(point)) for point in transformations
        ),
        origins=(
            *(f"{point.name} ({_counted(len(loaded[point.name]))}, {_origin(point)})" for point in rules),
            *(f"{point.name} (transformation, {_origin(point)})" for point in transformations),
        ),
    )


def _has_pack(place: str) -> bool:
    """Whether a package in a folder installs a pack. Much faster than `importlib.metadata`, and mostly it says no."""
    try:
        changed = os.stat(place or ".").st_mtime_ns  # noqa: PTH116 - as below
    except OSError:
        return False
    return _scanned(place, changed)


@lru_cache(maxsize=256)
def _scanned(place: str, changed: int) -> bool:
    """The same for a folder as it is since a time: any installation of a package there changes the folder."""
    del changed
    try:
        with os.scandir(place or ".") as entries:
            infos = [entry.path for entry in entries if entry.name.endswith((".dist-info", ".egg-info"))]
    except OSError:
        return False
    return any(mark in text for text in map(_entry_points, infos) for mark in _MARKS)


def _entry_points(info: str) -> bytes:
    try:
        with open(f"{info}/entry_points.txt", "rb") as file:  # noqa: PTH123 - a path object costs more than the read
            return file.read()
    except OSError:
        return b""


def _sorted(found: Iterable[EntryPoint], group: str) -> list[EntryPoint]:
    points: dict[str, EntryPoint] = {}
    for point in found:
        if point.group != group:
            continue
        other = points.setdefault(point.name, point)
        if (other.value, _origin(other)) != (point.value, _origin(point)):
            raise ProgramError(
                f"two packs are called {point.name!r} in {group}: of {_origin(other)} and of {_origin(point)}",
                hint="uninstall one of them",
            )
    return [points[name] for name in sorted(points)]


def _origin(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else "an unknown package"


def _rules(point: EntryPoint) -> Iterator[Rule]:
    loaded = _loaded(point)
    for rule in loaded if isinstance(loaded, (list, tuple)) else (loaded,):
        if not callable(rule):
            raise _no_function(point, rule)
        yield rule


def _function(point: EntryPoint) -> Any:
    loaded = _loaded(point)
    if not callable(loaded):
        raise _no_function(point, loaded)
    return loaded


def _loaded(point: EntryPoint) -> Any:
    try:
        return point.load()
    except Exception as error:
        raise ProgramError(
            f"the pack {point.name!r} of {_origin(point)} can't be loaded: {type(error).__name__}: {error}",
            hint="install the package again, or uninstall it",
        ) from error


def _no_function(point: EntryPoint, value: object) -> ProgramError:
    return ProgramError(f"the pack {point.name!r} of {_origin(point)} is a {type(value).__name__}, not a function")


def _counted(rules: int) -> str:
    return "1 rule" if rules == 1 else f"{rules} rules"
