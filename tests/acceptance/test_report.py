"""The report of a real deploy, opened in a browser."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import get_args

import pytest

from chromium import Scheme, needs_chromium, opened
from cloudwright.cli.root import run

ROOT = Path(__file__).parents[2]
ARTIFACTS = ROOT / "build" / "artifacts"

pytestmark = needs_chromium


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    source = (ROOT / "examples" / "golden_image.py").read_text("utf-8")
    (tmp_path / "golden_image.py").write_text(source, "utf-8")
    assert run(["deploy", "golden_image.py", "--local", "--yes", "--stage", "test"]) == 0
    assert run(["report", "golden_image.py", "--local", "--stage", "test"]) == 0
    return tmp_path


async def test_the_report_opens_without_errors_in_light_and_dark(project: Path) -> None:
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    address = (project / "report.html").as_uri()
    for scheme in get_args(Scheme):
        async with opened(address, scheme=scheme) as browser:
            headings = await browser.page.locator("h2").all_inner_texts()
            background = await browser.page.evaluate("getComputedStyle(document.body).backgroundColor")
            await browser.page.screenshot(path=ARTIFACTS / f"report-{scheme}.png", full_page=True)

        assert headings == ["Plan", "Findings", "Dependencies", "Image distribution", "Last run"]
        assert (background == "rgb(15, 19, 25)") is (scheme == "dark")
        assert browser.errors == []
        assert browser.requests == [address]


def test_the_apps_of_a_store_are_drawn(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert project.is_dir()
    capsys.readouterr()
    assert run(["graph", "golden_image.py", "--apps", "--local", "--stage", "test"]) == 0
    root = ET.fromstring(capsys.readouterr().out)

    assert "golden-image/test" in [element.text for element in root.iter()]
