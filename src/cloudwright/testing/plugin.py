"""Fixtures for pytest: a local cloud, and a runner of programs against it.

pytest finds it once cloudwright is installed. Only this module is loaded until a test requests a fixture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from cloudwright.local.cloud import LocalCloud
    from cloudwright.local.faults import Fault
    from cloudwright.schema.catalog import Catalog
    from cloudwright.testing.loop import SteppingClock
    from cloudwright.testing.runner import AppRunner
    from cloudwright.testing.server import ServedCloud

MARKER = "local_cloud"
_KNOWN = {"operation_time", "seed", "faults", "strict_services", "lenient_values"}
_MARKER = (
    f"{MARKER}(operation_time=0.3, seed=0, faults=(), strict_services=False, lenient_values=False): "
    "how the local cloud of this test behaves; faults are texts such as 'CC14' or 'CC72:count=2'."
)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture(scope="session")
def cloudwright_bundled_types() -> Catalog:
    """The bundled resource types, read once for all tests."""
    from cloudwright.schema.catalog import Catalog

    return Catalog.bundled()


@pytest.fixture
def cloudwright_catalog(cloudwright_bundled_types: Catalog) -> Catalog:
    """The resource types of one test; types that its apps add are not visible to other tests."""
    return cloudwright_bundled_types.child()


@pytest.fixture
def cloudwright_clock() -> SteppingClock:
    """The virtual clock of one test."""
    from cloudwright.testing.loop import SteppingClock

    return SteppingClock()


@pytest.fixture
def local_cloud(
    request: pytest.FixtureRequest, cloudwright_catalog: Catalog, cloudwright_clock: SteppingClock
) -> Iterator[LocalCloud]:
    """An empty cloud in process, in virtual time; configured by the marker `local_cloud`."""
    from cloudwright.local.cloud import LocalCloud

    cloud = LocalCloud(cloudwright_catalog, clock=cloudwright_clock, **_options(request))
    yield cloud
    cloud.close()


@pytest.fixture
def local_cloud_server(request: pytest.FixtureRequest, cloudwright_catalog: Catalog) -> Iterator[ServedCloud]:
    """An empty cloud over HTTP on loopback, in real time; operations take no time unless the marker says otherwise."""
    from cloudwright.clock import SystemClock
    from cloudwright.local.cloud import LocalCloud
    from cloudwright.testing.server import ServedCloud

    cloud = LocalCloud(cloudwright_catalog, clock=SystemClock(), **{"operation_time": 0.0, **_options(request)})
    with ServedCloud(cloud) as served:
        yield served
    cloud.close()


@pytest.fixture
def app_runner(
    request: pytest.FixtureRequest,
    local_cloud: LocalCloud,
    cloudwright_catalog: Catalog,
    cloudwright_clock: SteppingClock,
    tmp_path: Path,
) -> AppRunner:
    """Plans, deploys and destroys programs against `local_cloud`; paths are relative to the folder of the test."""
    from cloudwright.testing.runner import AppRunner

    return AppRunner(local_cloud, cloudwright_clock, cloudwright_catalog, request.path.parent, tmp_path / "key")


def _options(request: pytest.FixtureRequest) -> dict[str, Any]:
    marker = request.node.get_closest_marker(MARKER)
    given = dict(marker.kwargs) if marker else {}
    unknown = sorted(given.keys() - _KNOWN)
    if unknown or (marker and marker.args):
        wrong = ", ".join(unknown) or "values without a name"
        pytest.fail(f"the marker {MARKER} takes {', '.join(sorted(_KNOWN))}, not {wrong}", pytrace=False)
    return {**given, **({"faults": _faults(given["faults"])} if "faults" in given else {})}


def _faults(given: Iterable[Any]) -> list[Fault]:
    from cloudwright.local.faults import parse

    try:
        return [parse(one) if isinstance(one, str) else one for one in given]
    except ValueError as error:
        pytest.fail(f"{MARKER}: {error}", pytrace=False)
