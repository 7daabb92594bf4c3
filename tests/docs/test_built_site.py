"""The site, built and looked at in a browser."""

from __future__ import annotations

import functools
import http.server
import shutil
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from chromium import needs_chromium, opened
from pages.build import generate
from pages.pictures import NAMES, draw
from pages_kit import DOCS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PHONE = 390
"""Width of a phone, in CSS pixels."""


PAGES = ("pictures.html", "tutorial.html", "reference/DistributionConfiguration.html")

UNSEEN = "[...document.images].filter(i => i.offsetWidth && !i.naturalWidth).map(i => i.src)"
"""Pictures of a page that are in sight and were not loaded."""

GROUND = "getComputedStyle(document.body).backgroundColor"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the server's signature
        """Say nothing."""


def built(folder: Path) -> Path:
    """Build the site as `make docs` does, in a folder of its own."""
    shutil.copy(ROOT / "zensical.toml", folder)
    shutil.copytree(DOCS, folder / "docs", ignore=shutil.ignore_patterns("images", "reference"))
    assert sorted(NAMES) == sorted(draw(folder / "docs" / "images"))
    generate(folder / "docs" / "reference")
    command = [sys.executable, "-m", "zensical", "build", "--strict"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
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
        for name in PAGES:
            await found.page.goto(f"{site}/{name}")
            assert "rgb(255, 255, 255)" != await found.page.evaluate(GROUND)
            await found.page.wait_for_load_state("load")
            assert [] == await found.page.evaluate(UNSEEN)
            assert PHONE >= await found.page.evaluate("document.documentElement.scrollWidth"), name

        await found.page.keyboard.press("Control+k")
        await found.page.keyboard.type("cross-account role")
        await found.page.get_by_text("IB125").first.wait_for()

    assert [] == found.errors
    assert [] == [address for address in found.requests if not address.startswith(site)]
