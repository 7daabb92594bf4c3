from __future__ import annotations

import subprocess
import sys

import pytest

import cloudwright

PUBLIC = [
    "ActionContext",
    "App",
    "CloudwrightError",
    "Resource",
    "Secret",
    "action",
    "asset",
    "component",
    "lookup",
    "outputs",
    "scope",
    "secret",
    "target",
]
HEAVY = ["aiohttp", "botocore", "cryptography", "click", "regex", "jsonata", "yaml"]


def test_the_public_list_is_what_it_says() -> None:
    assert sorted(PUBLIC) == sorted(cloudwright.__all__)
    assert all(hasattr(cloudwright, name) for name in PUBLIC)


@pytest.mark.parametrize("statement", ["import cloudwright", "from cloudwright.aws.control import AWS"])
def test_importing_loads_nothing_heavy(statement: str) -> None:
    code = f"{statement}; import sys; print([name for name in {HEAVY} if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_a_program_without_providers_loads_nothing_of_them() -> None:
    code = (
        "from cloudwright import App; from cloudwright.aws import S3; import sys; "
        "print([name for name in sys.modules if name.startswith('cloudwright.provider')])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
