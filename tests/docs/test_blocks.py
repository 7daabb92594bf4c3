"""Every block of the documentation does what its page says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pages_kit import DOCS, ROOT, blocks

if TYPE_CHECKING:
    from pathlib import Path

    from pages_reader import Reader

PAGES = [ROOT / "README.md", *sorted(page for page in DOCS.rglob("*.md") if "reference" not in page.parts)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_can_be_followed(page: Path, reader: Reader) -> None:
    reader.follow(blocks(page.read_text("utf-8")))
