"""A headless Chromium for tests and screenshots: the installed one, driven by playwright."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import subprocess
import tempfile
import threading
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Literal

import pytest
from playwright.async_api import async_playwright

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import ConsoleMessage, Error, Page, Request

PROGRAM = shutil.which("chromium")
REQUIRED = "chromium" in os.environ.get("CLOUDWRIGHT_REQUIRE", "")
"""Set where its absence is a failure, not a reason to skip."""

needs_chromium = pytest.mark.skipif(PROGRAM is None and not REQUIRED, reason="no chromium on this machine")

Scheme = Literal["light", "dark"]


_OPTIONS = (
    *("--headless", "--hide-scrollbars", "--mute-audio", "--no-first-run", "--no-default-browser-check"),
    *("--disable-background-networking", "--disable-component-update", "--disable-extensions", "--disable-sync"),
    *("--force-color-profile=srgb", "--remote-debugging-port=0"),
    # Chromium refuses its sandbox as root, which CI runs as.
    "--no-sandbox",
)


@cache
def _started() -> str:
    """The address of a Chromium that runs as long as this process: to start one takes most of the time of a test."""
    folder = tempfile.mkdtemp(prefix="chromium-")
    process = subprocess.Popen(
        [str(PROGRAM), *_OPTIONS, f"--user-data-dir={folder}", "about:blank"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    atexit.register(_ended, process, folder)
    for line in process.stderr:
        if "DevTools listening on " in line:
            # What it says later is read by nobody, and must not fill the pipe.
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return line.rpartition(" ")[2].strip()
    raise AssertionError("Chromium ended before it listened")


def _ended(process: subprocess.Popen[str], folder: str) -> None:
    process.terminate()
    process.wait()
    shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Opened:
    """A page, and all that went wrong on it.

    Attributes:
        page: What playwright drives.
        errors: Console errors and uncaught exceptions, in order.
        requests: Every address that the page asked for, the page itself included.
    """

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def on_console(self, message: ConsoleMessage) -> None:
        """Keep errors and warnings that the page prints."""
        if message.type in {"error", "warning"}:
            self.errors.append(message.text)

    def on_exception(self, error: Error) -> None:
        """Keep what a script did not catch."""
        self.errors.append(str(error))

    def on_request(self, request: Request) -> None:
        """Keep the address."""
        self.requests.append(request.url)


@contextlib.asynccontextmanager
async def opened(
    address: str, *, scheme: Scheme = "light", width: int = 1280, height: int = 900
) -> AsyncIterator[Opened]:
    """Open a page as if in its own browser: with its own cookies, storage and cache.

    Args:
        address: A URL; of a file, `path.as_uri()`.
        scheme: The colour scheme that the user prefers.
        width: Of the window, in CSS pixels.
        height: Of the window, in CSS pixels.
    """
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(_started())
        context = await browser.new_context(color_scheme=scheme, viewport={"width": width, "height": height})
        page = await context.new_page()
        page.set_default_timeout(10_000)
        found = Opened(page)
        page.on("console", found.on_console)
        page.on("pageerror", found.on_exception)
        page.on("request", found.on_request)
        await page.goto(address)
        yield found
        await context.close()
