"""What the command line says about types, actions, assets and lookups that are wrong: each message as a whole.

The cases stand in `data/provider-bad-input.txt`, in the form that `bad_input` reads.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from bad_input import BadInput, check, read_cases
from cloudwright.cli.root import run

if TYPE_CHECKING:
    from pathlib import Path

CASES = "provider-bad-input.txt"
BAD = read_cases(CASES)

RECORDS = '''"""A DNS service that lives as long as this module, and the provider of its records."""

from dataclasses import dataclass
from typing import Annotated

from cloudwright import App, Secret, secret
from cloudwright.provider import Context, CustomResource, Exists, Made, Provider, Rejected, attribute, create_only


class Record(CustomResource, type="Acme::Dns::Record"):
    name: Annotated[str, create_only]
    value: str
    fqdn: str = attribute()


class Records(Provider[Record]):
    runs_locally = True

    def __init__(self):
        self.made = {}

    async def create(self, new, context):
        self.made[f"rec-{new.name}"] = {"name": new.name, "value": new.value}
        return Made(f"rec-{new.name}")

    async def read(self, identifier, context):
        return self.made.get(identifier, {"name": "www", "value": "192.0.2.1"})

    async def update(self, identifier, old, new, context):
        self.made[identifier] = {"name": new.name, "value": new.value}

    async def delete(self, identifier, context):
        self.made.pop(identifier, None)


def app_of(*providers):
    app = App("dns", providers=list(providers))

    @app.program
    def main():
        Record("www", name="www", value="192.0.2.1")

    return app
'''


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    (tmp_path / "dns.py").write_text(RECORDS, "utf-8")


def steady(text: str) -> str:
    """Without what differs from run to run: seconds, tokens and numbers of calls."""
    text = re.sub(r"\d+(\.\d+)? m?s\b", "N s", text)
    text = re.sub(r"\[ *N s\]", "[N s]", text)
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "TOKEN", text)
    return re.sub(r"\d+ calls?\b", "N calls", text)


RIGHT = "from dns import Records, app_of\n\napp = app_of(Records())\n"


def deploy_the_right_program(folder: Path) -> None:
    (folder / "infra.py").write_text(RIGHT, "utf-8")
    assert run(["deploy", "--local", "--yes"]) == 0


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.title)
def test_bad_input_is_one_clear_message(case: BadInput, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if case.words.startswith("drift"):
        deploy_the_right_program(tmp_path)
        capsys.readouterr()
    check(case, CASES, tmp_path, capsys, steady)


@pytest.mark.parametrize("case", [one for one in BAD if one.title.startswith("create ")], ids=lambda case: case.title)
def test_a_corrected_program_deploys(case: BadInput, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check(case, CASES, tmp_path, capsys, steady)
    if "nothing proves which" in case.printed:
        assert run(["state", "rm", "www", "infra.py", "--local", "--yes"]) == 0

    deploy_the_right_program(tmp_path)
