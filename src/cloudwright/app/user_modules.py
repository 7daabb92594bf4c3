"""The modules of the user's own that are loaded, as opposed to packages, Python and cloudwright."""

from __future__ import annotations

import importlib
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import cloudwright

if TYPE_CHECKING:
    from collections.abc import Iterator

_INSTALLED = frozenset({"site-packages", "dist-packages"})


def forget(folder: Path) -> None:
    """Make the next import of each of the user's own modules read its file again.

    Args:
        folder: The program's, resolved.
    """
    for name in loaded(folder):
        if name != "__main__":
            del sys.modules[name]
    importlib.invalidate_caches()


def loaded(folder: Path) -> dict[str, Path]:
    """Module's name -> its file, for modules of the user's own.

    Args:
        folder: The program's, resolved.
    """
    files = {name: getattr(module, "__file__", None) for name, module in list(sys.modules.items())}
    # There are thousands of modules, and a comparison of paths takes a hundred times that of texts.
    below = {name: file for name, file in files.items() if file and str(file).startswith(str(folder))}
    return {name: Path(file) for name, file in below.items() if own(Path(file), folder)}


def look_first_in(folder: Path) -> None:
    """Make imports find the modules of this folder before those of any other.

    Args:
        folder: The program's, resolved.
    """
    sys.path[:] = [str(folder), *(other for other in sys.path if other != str(folder))]


def own(file: Path, folder: Path) -> bool:
    """Whether a file is source below the folder, and neither an installed package nor part of Python or cloudwright."""
    if file.suffix != ".py" or not file.is_relative_to(folder) or _INSTALLED.intersection(file.parts):
        return False
    return not any(file.is_relative_to(other) for other in _others() if other.is_relative_to(folder))


def _others() -> Iterator[Path]:
    yield Path(cloudwright.__file__).parent
    yield from (Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
