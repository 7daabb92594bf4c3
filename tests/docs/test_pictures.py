"""The pictures of the documentation: drawn from what commands print, and from pages in a browser."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest

from pages import pictures
from pages.moment import half_way
from pages.pictures import PROGRAM_FILE, Terminal, progress, terminal_svg
from pages_kit import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def words(svg: str) -> str:
    return "".join(ET.fromstring(svg).itertext()).replace("\N{NO-BREAK SPACE}", " ")


def test_what_a_command_prints_is_text_in_its_picture_and_the_picture_loads_nothing() -> None:
    svg = terminal_svg("cloudwright plan", "\x1b[31m<script>\x1b[0m [red]x[/red]\n~ é 画")

    assert "$ cloudwright plan" in words(svg)
    assert "<script> [red]x[/red]" in words(svg).replace("<script>[", "<script> [")
    assert "<script" not in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "").replace("https://www.textualize.io", "")


def test_of_a_deploy_what_follows_its_plan_is_drawn() -> None:
    assert "\x1b[2m[    0.0 s]\x1b[0m + a\nok" == progress("Plan\n  + a [b]\n\x1b[2m[    0.0 s]\x1b[0m + a\nok\n")


DRAWING = r"""
import sys
sys.stdout.write("before\n")
for picture in ("one", "two\nlines", "three"):
    sys.stdout.write(picture + "\r\x1b[2K" + "\x1b[1A\x1b[2K" * picture.count("\n"))
"""
"""A program that draws three pictures over each other."""


def test_what_is_drawn_over_is_caught_half_way(tmp_path: Path) -> None:
    assert "two\nlines" == half_way([sys.executable, "-c", DRAWING], tmp_path, {}, 80)
    with pytest.raises(subprocess.CalledProcessError):
        half_way([sys.executable, "-c", "raise SystemExit(3)"], tmp_path, {}, 80)


def test_the_golden_image_can_be_edited_as_the_pictures_show(tmp_path: Path) -> None:
    text = (ROOT / "examples" / PROGRAM_FILE).read_text("utf-8")
    (tmp_path / PROGRAM_FILE).write_text(text, "utf-8")
    Terminal(tmp_path).edit()

    assert text != (tmp_path / PROGRAM_FILE).read_text("utf-8")
    with pytest.raises(ValueError, match="no longer holds"):
        Terminal(tmp_path).edit()


def test_without_a_browser_the_rest_is_drawn_and_what_is_missing_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pictures, "PROGRAM", None)
    monkeypatch.setattr(pictures, "terminals", lambda _: {"plan.svg": "<svg/>"})
    monkeypatch.setattr(pictures, "ROOT", tmp_path)
    monkeypatch.setattr(pictures, "FOLDER", tmp_path / "images")
    pictures.main()
    shown = capsys.readouterr()

    assert "1 pictures in images" in shown.out
    assert "`chromium`" in shown.err
    assert "report-dark.png" in shown.err
    assert ["plan.svg"] == [path.name for path in (tmp_path / "images").iterdir()]
    assert "<svg/>" == (tmp_path / "docs" / "assets" / "plan.svg").read_text("utf-8")
