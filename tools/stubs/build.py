"""Write the stubs of all services next to the package's `aws` modules: `python tools/stubs/build.py`.

Nothing is downloaded: the bundled pack is the only source. What is current is not written again.
"""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "src" / "cloudwright" / "aws"
INDEX = "services"

if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tools")]

from cloudwright.schema.catalog import Catalog  # noqa: E402
from stubs.service import write_index, write_module, write_service  # noqa: E402 - found on the path just set

if TYPE_CHECKING:
    from collections.abc import Iterator


def texts(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """The name and the text of every file, in order.

    Args:
        catalog: The resource types; those of other vendors than AWS have no module.
    """
    names = [name for name in catalog.names() if name.startswith("AWS::")]
    services = []
    for service, members in groupby(names, key=lambda name: name.split("::")[1]):
        services.append(service)
        yield f"{service}.pyi", write_service(map(catalog.get, members))
        yield f"{service}.py", write_module("AWS", service)
    yield f"{INDEX}.pyi", write_index(services)


def generate(folder: Path = FOLDER) -> list[Path]:
    """Write all files.

    Args:
        folder: Where to.

    Returns:
        The files, whether they were current or not.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in texts(Catalog.bundled()):
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
        written.append(path)
    _remove_others(folder, written)
    return written


def _remove_others(folder: Path, current: list[Path]) -> None:
    """Drop the files of services that the schemas know no more; our own modules begin in lower case."""
    for path in {*folder.glob("*.py"), *folder.glob("*.pyi")} - set(current):
        if path.name[0].isupper():
            path.unlink()


if __name__ == "__main__":
    files = generate()
    print(
        f"{len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:.1f} MB in {FOLDER.relative_to(ROOT)}"
    )
