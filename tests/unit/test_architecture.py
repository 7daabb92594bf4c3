"""ARCHITECTURE.md names modules by their paths in the package; each of them exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "cloudwright"
TEXT = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
KEYS = {"blue/vpc"}
"""Keys of resources in the text, which look like paths."""

PATH = re.compile(r"`([a-z_]+(?:/[a-z_0-9.<>A-Z]+)+/?|[a-z_]+\.py)`")


def named() -> list[str]:
    """Every path in the text, with an attribute such as `.App` at its end left out."""
    return sorted(set(PATH.findall(TEXT)) - KEYS)


def exists(path: str) -> bool:
    """Whether the path is a file, a module or a package here; `<Service>` is any name."""
    pattern = re.sub(r"<\w+>", "*", path.rstrip("/"))
    bases = (PACKAGE, ROOT)
    names = (pattern, f"{pattern}.py", f"{pattern.partition('.')[0]}.py")
    return any(next(base.glob(name), None) for base in bases for name in names)


@pytest.mark.parametrize("path", named())
def test_each_path_in_architecture_exists(path: str) -> None:
    assert exists(path)


def test_the_paths_are_found() -> None:
    assert {"engine/retry.py", "partitions.py", "app/app.App", "schema/overrides/<Service>.json"} <= set(named())
    assert not exists("engine/no_such_module")


def packages() -> list[str]:
    """Every package within the package, such as `state/sql`."""
    folders = (path.parent.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("__init__.py"))
    return sorted(set(folders) - {"."})


@pytest.mark.parametrize("package", packages())
def test_the_map_names_each_package(package: str) -> None:
    assert re.search(rf"`{package}[/`]", TEXT)
