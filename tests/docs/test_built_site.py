"""The site, built and looked at in a browser."""

from __future__ import annotations

import functools
import http.server
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from typing import TYPE_CHECKING

import pytest

from chromium import needs_chromium, opened
from pages.build import generate
from pages.markdown_pages import write
from pages.pictures import NAMES, draw
from pages_kit import DOCS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PHONE = 400
"""Width of a phone, in CSS pixels."""


PICTURED = ("index.html", "pictures.html", "tutorial.html", "reference/DistributionConfiguration.html")
PAGES = sorted(f"{page.stem}.html" for page in DOCS.glob("*.md"))

UNSEEN = "[...document.images].filter(i => i.offsetWidth && !i.naturalWidth).map(i => i.src)"
"""Pictures of a page that are in sight and were not loaded."""

CUT = """[...document.querySelectorAll('.md-typeset table:not([class])')]
    .filter(table => table.offsetWidth > document.querySelector('.md-content__inner').clientWidth)
    .map(table => table.innerText.slice(0, 40))"""
"""Tables of a page that are wider than its column, so that nobody sees their last columns without scrolling."""

GROUND = "getComputedStyle(document.body).backgroundColor"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the server's signature
        """Say nothing."""


def built(folder: Path) -> Path:
    """Build the site as `make docs` does, in its own folder."""
    shutil.copy(ROOT / "zensical.toml", folder)
    shutil.copytree(DOCS, folder / "docs", ignore=shutil.ignore_patterns("images", "reference"))
    assert sorted(NAMES) == sorted(draw(folder / "docs" / "images"))
    generate(folder / "docs" / "reference")
    command = [sys.executable, "-m", "zensical", "build", "--strict"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    config = tomllib.loads((folder / "zensical.toml").read_text("utf-8"))["project"]
    write(folder / "docs", folder / "build" / "site", config)
    return folder / "build" / "site"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(built(tmp_path_factory.mktemp("site"))))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@needs_chromium
async def test_pages_open_without_errors_ask_nobody_else_fit_a_phone_and_are_found(site: str) -> None:
    async with opened(f"{site}/index.html", width=PHONE, scheme="dark") as found:
        for name in PICTURED:
            await found.page.goto(f"{site}/{name}")
            assert "rgb(255, 255, 255)" != await found.page.evaluate(GROUND)
            await found.page.wait_for_load_state("load")
            assert [] == await found.page.evaluate(UNSEEN)
            assert PHONE >= await found.page.evaluate("document.documentElement.scrollWidth"), name

        await found.page.keyboard.press("Control+k")
        await found.page.keyboard.type("cross-account role")
        await found.page.get_by_text("IB125").first.wait_for()

        for name in PAGES:
            await found.page.goto(f"{site}/{name}")
            assert PHONE >= await found.page.evaluate("document.documentElement.scrollWidth"), name

    assert [] == found.errors
    assert [] == [address for address in found.requests if not address.startswith(site)]


@needs_chromium
async def test_every_table_is_seen_whole_on_a_desktop(site: str) -> None:
    async with opened(f"{site}/index.html") as found:
        cut = []
        for name in PAGES:
            await found.page.goto(f"{site}/{name}")
            cut += [(name, table) for table in await found.page.evaluate(CUT)]

    assert cut == []


@needs_chromium
async def test_the_start_page_shows_promise_commands_and_picture_at_once(site: str) -> None:
    async with opened(f"{site}/index.html") as found:
        wanted = ["h1", ".cw-lead", "pre:has-text('pip install')", ".md-button--primary", "img[src$='plan.svg']"]
        boxes = [await found.page.locator(one).first.bounding_box() for one in wanted]
        title = await found.page.get_by_text("needs a package index").first.is_visible()

    assert all(box is not None and box["y"] + min(box["height"], 300) < 900 for box in boxes)
    assert not title


@needs_chromium
async def test_each_page_is_there_as_markdown_too(site: str) -> None:
    async with opened(f"{site}/llms.txt") as found:
        listed = re.findall(r"\((.+?\.md)\)", await found.page.content())
        answers = [await found.page.request.get(f"{site}/{name}") for name in listed]
        texts = [await answer.text() for answer in answers]

    assert len(listed) > len(PAGES)
    assert all(answer.ok for answer in answers)
    assert all(text.startswith("# ") for text in texts)
