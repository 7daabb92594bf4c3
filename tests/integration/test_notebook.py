"""A real IPython kernel: what somebody sees who plans in a notebook."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.manager import KernelManager

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Cell = Callable[[str], dict[str, Any]]

PROGRAM = """
from cloudwright import App
from cloudwright.aws import ImageBuilder

app = App("golden", local=True)

@app.program
async def main():
    ImageBuilder.DistributionConfiguration(
        "images",
        Name="golden",
        Distributions=[
            {
                "Region": "us-east-1",
                "AmiDistributionConfiguration": {
                    "Name": "golden-{{ imagebuilder:buildDate }}",
                    "LaunchPermissionConfiguration": {"UserIds": ["111122223333"]},
                },
            }
        ],
    )
"""


@pytest.fixture
def cell(tmp_path: Path) -> Iterator[Cell]:
    """Runs a cell and gives what its last line shows, by MIME type."""
    kernel = KernelManager()
    assert kernel.kernel_spec is not None
    kernel.kernel_spec.argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel.start_kernel(cwd=str(tmp_path))
    client = kernel.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=60)

    def run(code: str) -> dict[str, Any]:
        shown: dict[str, Any] = {}

        def keep(message: dict[str, Any]) -> None:
            content = message["content"]
            shown.update(content.get("data", {}))
            assert message["msg_type"] != "error", content
            if message["msg_type"] == "stream":
                shown[content["name"]] = shown.get(content["name"], "") + content["text"]

        client.execute_interactive(code, output_hook=keep, timeout=60)
        return shown

    try:
        yield run
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)


def test_a_notebook_shows_plans_results_and_access(cell: Cell) -> None:
    assert cell(PROGRAM).keys() <= {"text/plain"}

    planned = cell("await app.plan()")
    assert planned["text/plain"].startswith("<Plan golden/")
    assert "AWS::ImageBuilder::DistributionConfiguration" in planned["text/html"]

    assert cell("result = await app.deploy()\nprint(result)")["stdout"].rstrip().startswith("ok: 1 created")
    assert cell("await app.drift()")["text/plain"].endswith("0 of 1 drifted>")
    access = cell("from cloudwright.imagebuilder.access import changes\nchanges(await app.validate())[0]")
    assert access["text/html"].startswith("<svg")
    assert "111122223333" in access["text/html"]
