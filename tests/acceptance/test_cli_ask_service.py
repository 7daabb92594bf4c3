"""`cloudwright plan --ask-service` as users call it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import commands

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
from cloudwright import App
from cloudwright.aws import ImageBuilder

app = App("images")


@app.program
def main():
    ImageBuilder.DistributionConfiguration(
        "dist",
        Name="golden",
        Distributions=[{"Region": "us-east-1", "AmiDistributionConfiguration": {"Name": NAME}}],
    )
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def planned(folder: Path, name: str, *more: str) -> tuple[int, list[dict[str, Any]]]:
    (folder / "infra.py").write_text(PROGRAM.replace("NAME", repr(name)))
    ran = commands.run("plan", "--local", "--json", *more, cwd=folder)
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    return ran.returncode, [line for line in lines if line["type"] == "finding" and line["id"].startswith("aws-")]


def test_a_refusal_is_a_finding_with_its_line(folder: Path) -> None:
    code, (shown,) = planned(folder, "golden", "--ask-service")

    assert (code, shown["id"], shown["severity"], shown["key"]) == (0, "aws-refused", "error", "dist")
    assert shown["text"].startswith("The local cloud would refuse: The EC2 AMI name must contain")
    assert shown["line"]


def test_strict_stops_for_a_refusal(folder: Path) -> None:
    assert planned(folder, "golden", "--ask-service", "--strict")[0] != 0


def test_a_good_one_is_confirmed(folder: Path) -> None:
    code, (shown,) = planned(folder, "golden-{{ imagebuilder:buildDate }}", "--ask-service", "--strict")
    assert (code, shown["id"], shown["text"]) == (0, "aws-confirmed", "Confirmed by the local cloud.")


def test_nobody_is_asked_without_the_switch(folder: Path) -> None:
    assert planned(folder, "golden") == (0, [])
