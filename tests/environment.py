"""The environment of the tests: whatever the machine sets for the product and its libraries is removed.

A CI machine sets `CI`, a developer `AWS_PROFILE` or `NO_COLOR`. A test says itself what it needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_PREFIXES = ("AWS_", "CLOUDWRIGHT_", "OTEL_")
_NAMES = {"CI", "COLUMNS", "FORCE_COLOR", "NO_COLOR"}
_FOR_THE_TESTS = {
    "CLOUDWRIGHT_ALL_TYPES",
    "CLOUDWRIGHT_IMAGE_SEEDS",
    "CLOUDWRIGHT_ORACLE",
    "CLOUDWRIGHT_REQUIRE",
    "CLOUDWRIGHT_WIRE_SEEDS",
}


def clear(environ: MutableMapping[str, str]) -> None:
    """Remove the machine's settings of the product, of AWS's and OpenTelemetry's libraries and of the terminal."""
    for name in list(environ):
        if (name in _NAMES or name.startswith(_PREFIXES)) and name not in _FOR_THE_TESTS:
            del environ[name]
