"""Write the reference pages into `docs/reference`: `python tools/pages/build.py`.

What is current is not written again.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "reference"

if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tools"), str(ROOT / "tests")]

from cloudwright.imagebuilder.rules import RULES  # noqa: E402
from cloudwright.schema.catalog import Catalog  # noqa: E402
from pages.api import api_page  # noqa: E402 - found on the path just set
from pages.changing import changing_page  # noqa: E402
from pages.commands import commands_page  # noqa: E402
from pages.drawings import drawings  # noqa: E402
from pages.resource_types import file_name, type_page  # noqa: E402
from pages.rule_table import rules_page  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICE = "AWS::ImageBuilder::"


def texts() -> Iterator[tuple[str, str]]:
    """The name and the text of every made page and picture."""
    catalog = Catalog.bundled()
    yield "commands.md", commands_page()
    yield "api.md", api_page()
    yield "rules.md", rules_page(RULES)
    yield "changing-attributes.md", changing_page(map(catalog.get, catalog.names()))
    for name in catalog.names():
        if name.startswith(SERVICE):
            yield file_name(name), type_page(catalog.get(name), RULES)
    yield from drawings()


def generate(folder: Path = FOLDER) -> list[Path]:
    """Write all pages and pictures and remove those of former runs.

    Args:
        folder: Where to.

    Returns:
        The files, whether they were current or not.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in texts():
        path = folder / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
        written.append(path)
    for former in {*folder.glob("*.md"), *folder.glob("*.svg")} - set(written):
        former.unlink()
    return written


if __name__ == "__main__":
    print(f"{len(generate())} files in {FOLDER.relative_to(ROOT)}")
