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

HUNDRED = """
from cloudwright import App, scope
from cloudwright.aws import EC2, SNS, SQS

app = App("hundred")


@app.program
async def main():
    for area in range(4):
        with scope(f"area{area}"):
            vpc = EC2.VPC("vpc", CidrBlock=f"10.{area}.0.0/16")
            for n in range(8):
                EC2.Subnet(f"subnet{n}", VpcId=vpc.VpcId, CidrBlock=f"10.{area}.{n}.0/24")
                SNS.Topic(f"topic{n}", TopicName=f"topic-with-quite-a-long-name-{area}-{n}")
                SQS.Queue(f"queue{n}", QueueName=f"queue-{area}-{n}")
"""
CUT_OFF = """
[...document.querySelectorAll("figure, .picture, pre, summary, .tile")]
  .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.className || e.tagName)
"""
"""What is wider than its box."""

ELLIPSES = """
[...document.querySelectorAll("svg text")].map(e => e.textContent).filter(t => t.endsWith("\\u2026"))
"""
"""Texts of pictures that end in an ellipsis."""


@pytest.fixture
def golden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    source = (ROOT / "examples" / "golden_image.py").read_text("utf-8")
    (tmp_path / "golden_image.py").write_text(source, "utf-8")
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    return tmp_path


@pytest.fixture
def project(golden: Path) -> Path:
    assert run(["deploy", "golden_image.py", "--local", "--yes", "--stage", "test"]) == 0
    assert run(["report", "golden_image.py", "--local", "--stage", "test"]) == 0
    return golden


@pytest.fixture
def pages(golden: Path) -> Path:
    """The golden image before its first deploy, and a program with a hundred resources of which 32 are replaced."""
    (golden / "hundred.py").write_text(HUNDRED, "utf-8")
    assert run(["deploy", "hundred.py", "--local", "--yes", "--stage", "test"]) == 0
    (golden / "hundred.py").write_text(HUNDRED.replace(".0/24", ".0/25"), "utf-8")
    assert run(["report", "hundred.py", "--local", "--stage", "test", "-o", "hundred.html"]) == 0
    assert run(["report", "golden_image.py", "--local", "--stage", "fresh", "-o", "fresh.html"]) == 0
    assert run(["images", "golden_image.py", "--local", "--stage", "fresh", "-o", "images.html"]) == 0
    return golden


async def test_the_report_opens_without_errors_in_light_and_dark(project: Path) -> None:
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


async def test_the_summary_leads_to_everything_and_creates_are_folded(pages: Path) -> None:
    async with opened((pages / "fresh.html").as_uri()) as browser:
        page = browser.page
        tiles = await page.locator(".tile").all_inner_texts()
        folded = await page.locator("details.step:not([open])").count()
        lines = await page.locator("details.step .term").first.is_visible()
        await page.locator("a.tile", has_text="warning").click()
        finding = await page.locator("#findings .term").bounding_box()
        await page.locator("nav a", has_text="Dependencies").click()
        graph = await page.locator("#dependencies svg").bounding_box()

    assert [" ".join(tile.split()) for tile in tiles[:2]] == ["19 create", "0 unchanged"]
    assert (folded, lines) == (19, False)
    assert all(box is not None and box["y"] < 900 for box in (finding, graph))


@pytest.mark.parametrize("width", [1280, 400])
async def test_nothing_is_cut_off(pages: Path, width: int) -> None:
    for name in ("hundred", "fresh", "images"):
        async with opened((pages / f"{name}.html").as_uri(), width=width) as browser:
            await browser.page.screenshot(path=ARTIFACTS / f"{name}-{width}.png", full_page=True)
            cut = await browser.page.evaluate(CUT_OFF)
            sideways = await browser.page.evaluate("document.documentElement.scrollWidth > innerWidth")
            ellipses = await browser.page.evaluate(ELLIPSES)

        assert browser.errors == []
        assert not sideways, name
        assert ellipses == [], name
        assert width < 1280 or cut == [], name


async def test_each_legend_stands_next_to_its_picture(project: Path) -> None:
    async with opened((project / "report.html").as_uri()) as browser:
        holders = await browser.page.locator("figure, .picture").all()
        far = [await one.evaluate("e => e.querySelector('svg') && !e.querySelector('.legend')") for one in holders]
        matrix = await browser.page.locator("figure").first.locator("svg").bounding_box()
        legend = await browser.page.locator("figure").first.locator(".legend").bounding_box()

    assert not any(far)
    assert len(far) >= 4
    assert matrix is not None
    assert legend is not None
    assert legend["x"] >= matrix["x"] + matrix["width"]
    assert legend["y"] < matrix["y"] + matrix["height"]


def test_the_apps_of_a_store_are_drawn(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert project.is_dir()
    capsys.readouterr()
    assert run(["graph", "golden_image.py", "--apps", "--local", "--stage", "test"]) == 0
    root = ET.fromstring(capsys.readouterr().out)

    assert "golden-image/test" in [element.text for element in root.iter()]
