"""Types written in Python in a fleet: a worker that lacks the provider's module says so, and the rest goes on."""

from __future__ import annotations

import socket
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from fleet_kit import INFRA, REGIONS, Fleet, statuses

if TYPE_CHECKING:
    from pathlib import Path

PROVIDED = """
    from acme_dns import Record, Records
    from cloudwright import App

    app = App("dns", providers=[Records()])

    @app.program
    def main():
        Record("www", zone="example.com", values=["192.0.2.1"])
"""
MODULE = """
    from cloudwright.provider import CustomResource, Made, Provider


    class Record(CustomResource, type="Acme::Dns::Record"):
        zone: str
        values: list[str]


    class Records(Provider[Record]):
        async def create(self, new, context):
            return Made("rec-1")

        async def read(self, identifier, context):
            return {"zone": "example.com", "values": ["192.0.2.1"]}

        async def delete(self, identifier, context):
            return None
"""


@pytest.fixture
def packages(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of packages that this process has, and a worker in another one has not."""
    folder = tmp_path_factory.mktemp("packages")
    (folder / "acme_dns.py").write_text(dedent(MODULE), "utf-8")
    monkeypatch.syspath_prepend(folder)
    fleet.targets(1)
    return folder


def begun(fleet: Fleet, program: str) -> str:
    """The id of a run that waits for a worker."""
    fleet.program(program)
    lines = fleet.deploy("--yes", "--max-failures", "2")
    found: str = next(line["run"] for line in lines if line["type"] == "fleet_begun")
    return found


def works(fleet: Fleet) -> None:
    with fleet.worker() as worker:
        worker.wait(60)


def test_a_worker_without_the_providers_module_says_so(fleet: Fleet, packages: Path) -> None:
    failed = begun(fleet, PROVIDED)
    works(fleet)
    other = begun(fleet, INFRA)
    works(fleet)

    wanted = (
        f"infra.py:2 imports acme_dns, which is not installed on the worker {socket.gethostname()}; "
        "install it there, then retry the target"
    )
    lines = [line for line in fleet.say("status", failed) if line["type"] == "fleet_target"]
    assert [wanted] * len(REGIONS) == [line["error"] for line in lines]
    assert {"done": len(REGIONS)} == dict(statuses(fleet.say("status", other)))


def test_a_retry_succeeds_once_the_module_is_installed(
    fleet: Fleet, packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begun(fleet, PROVIDED)
    works(fleet)
    monkeypatch.setenv("PYTHONPATH", str(packages))
    fleet.say("retry", run)
    works(fleet)

    lines = fleet.say("status", run)
    assert {"done": len(REGIONS)} == dict(statuses(lines)), [one.get("error") for one in lines]
