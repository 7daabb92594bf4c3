"""The generated stubs in the hands of both type checkers, as a user's program meets them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from typing_checks import CACHE
from typing_editor import editing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_editor import Editor

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BIN = Path(sys.executable).parent
FILES = sorted([*HERE.glob("good_*.py"), *HERE.glob("bad_*.py"), *(ROOT / "examples").glob("*.py")])
ONE_SERVICE = """\
from __future__ import annotations

from cloudwright import App
from cloudwright.aws import ImageBuilder

app = App("images")


@app.program
def main() -> None:
    ImageBuilder.DistributionConfiguration("a", Distributions=[{"Region": "us-west-2"}])
"""

Places = set[tuple[str, int]]


def marked() -> Places:
    return {
        (path.name, number)
        for path in FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if line.endswith("# error")
    }


def run(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    # In its own folder, so that no settings of ours soften what users get.
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
    return subprocess.run(  # plain arguments, and exit codes that are judged below
        [str(part) for part in command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def mypy(folder: Path, *files: Path, cache: Path = CACHE) -> str:
    done = run(folder, BIN / "mypy", "--strict", "--no-sqlite-cache", "--cache-dir", cache, "--no-pretty", *files)
    assert "" == done.stderr
    return done.stdout


def basedpyright(folder: Path, *files: Path) -> Places:
    done = run(folder, BIN / "basedpyright", "--pythonpath", sys.executable, "--level", "error", "--outputjson", *files)
    found = json.loads(done.stdout)["generalDiagnostics"]
    return {(Path(one["file"]).name, one["range"]["start"]["line"] + 1) for one in found}


@pytest.fixture(scope="module")
def one_service(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("one") / "infra.py"
    path.write_text(ONE_SERVICE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    with editing(BIN / "basedpyright-langserver", tmp_path_factory.mktemp("editor") / "infra.py", sys.executable) as it:
        yield it


def test_mypy_refuses_exactly_what_is_wrong(tmp_path: Path) -> None:
    found = re.findall(r"^(.+?):(\d+): error:", mypy(tmp_path, *FILES), re.MULTILINE)

    assert marked() == {(Path(name).name, int(line)) for name, line in found}


def test_basedpyright_refuses_exactly_what_is_wrong(tmp_path: Path) -> None:
    assert marked() == basedpyright(tmp_path, *FILES)


def test_mypy_says_where_the_mistake_is_and_what_was_meant(tmp_path: Path) -> None:
    path = tmp_path / "infra.py"
    path.write_text(ONE_SERVICE.replace('"Region"', '"Regin"').replace('"a", ', '"a", Nam="b", '), encoding="utf-8")
    shown = mypy(tmp_path, path)

    assert 'did you mean "Name"?' in shown
    path.write_text(ONE_SERVICE.replace('"Region"', '"Regin"'), encoding="utf-8")
    assert 'Extra key "Regin" for TypedDict "DistributionConfiguration_Distribution"' in mypy(tmp_path, path)


def test_mypy_names_the_argument_that_does_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "infra.py"
    lines = {
        'Logs.LogGroup("l", LogGroupClass="STANDRD")': "LogGroupClass",
        'Logs.LogGroup("l", RetentionInDays=31)': "RetentionInDays",
        'EC2.VPC("v", EnableDnsSupport="yes", Tags=[{"Key": "a", "Value": "b"}])': "EnableDnsSupport",
        'S3.Bucket("b", VersioningConfiguration={"Status": "enabled"}, BucketName="b")': "VersioningConfiguration",
        'ImageBuilder.Component("c", Platform="Lnux", Version="1.0.0", Data="x")': "Platform",
        'S3.Bucket("b", {"BucketName": 3})': "2",
    }
    path.write_text("\n".join(["from cloudwright.aws import EC2, S3, ImageBuilder, Logs", *lines]), encoding="utf-8")
    found = re.findall(r'^.+?:(\d+): error: Argument "?(\w+)"? to', shown := mypy(tmp_path, path), re.MULTILINE)

    assert found == [(str(number), name) for number, name in enumerate(lines.values(), 2)]
    assert "No overload variant" not in shown


def test_a_program_of_one_service_reads_the_stub_of_that_service_alone(one_service: Path) -> None:
    cache = one_service.parent / "cache"
    assert "Success" in mypy(one_service.parent, one_service, cache=cache)

    read = {path.name.partition(".")[0] for path in cache.rglob("cloudwright/aws/*.meta.*")}
    assert {"ImageBuilder"} == {name for name in read if name[0].isupper()}


IMPORTS = "from cloudwright.aws.control import AWS\nfrom cloudwright.aws import ImageBuilder\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AWS.|", "ImageBuilder"),
        ("AWS.ImageBuilder.|", "DistributionConfiguration"),
        ("ImageBuilder.DistributionConfiguration('a', |)", "Distributions="),
        ("ImageBuilder.DistributionConfiguration('a', |)", "ignore_changes="),
        ("ImageBuilder.DistributionConfiguration('a', Distributions=[{'|'}])", "AmiDistributionConfiguration"),
        ("ImageBuilder.Component('a', {'|'})", "Platform"),
        ("ImageBuilder.Component('a', {'Platform': '|'})", "Linux"),
        ("ImageBuilder.Component('a').|", "Arn"),
    ],
)
def test_an_editor_completes(editor: Editor, text: str, expected: str) -> None:
    assert expected in [label.strip("'\"") for label in editor.complete(IMPORTS + text)]
