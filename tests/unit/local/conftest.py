from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.local.cloud import LocalCloud
from cloudwright.local.faults import parse
from cloudwright.local.transport import LocalTransport
from local_kit import Api, StillClock, catalog, in_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def make_api() -> Iterator[Callable[..., Api]]:
    clouds: list[LocalCloud] = []

    def make(*faults: str, **options: Any) -> Api:
        clock = options.pop("clock", None) or StillClock()
        cloud = LocalCloud(catalog(), clock=clock, faults=map(parse, faults), **options)
        clouds.append(cloud)
        return Api(cloud, clock, in_process(LocalTransport(cloud)))

    yield make
    for cloud in clouds:
        cloud.close()


@pytest.fixture
def api(make_api: Callable[..., Api]) -> Api:
    return make_api()
