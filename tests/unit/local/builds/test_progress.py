"""How builds go on with time, and where they stood when the local cloud was closed in their middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.local.builds.build import KIND
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.documents import Documents
from cloudwright.local.store import CloudStore
from cloudwright.local.transport import LocalTransport
from image_kit import Studio
from local_kit import REGION, Api, StillClock, catalog, in_process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from cloudwright.local.documents import StoredDocument


def opened(path: Path, clock: StillClock) -> Api:
    cloud = LocalCloud(catalog(), clock=clock, store=CloudStore(path))
    return Api(cloud, clock, in_process(LocalTransport(cloud)))


async def test_a_build_survives_a_restart(tmp_path: Path) -> None:
    clock = StillClock()
    first = Studio(opened(tmp_path / "cloud.db", clock))
    arn = await first.started()
    building = first.later(arn, 2)
    first.api.cloud.close()
    second = Studio(opened(tmp_path / "cloud.db", clock), pipeline=first.pipeline)
    image = second.later(arn)

    assert building["state"]["status"] == "BUILDING"
    assert image["state"]["status"] == "AVAILABLE"
    assert len(image["outputResources"]["amis"]) == 4
    second.api.cloud.close()


async def test_the_operation_time_scales_a_build(make_api: Callable[..., Api]) -> None:
    studio = Studio(make_api(operation_time=0.9))
    arn = await studio.started()

    assert studio.later(arn, 15)["state"]["status"] != "AVAILABLE"
    assert studio.later(arn, 15)["state"]["status"] == "AVAILABLE"


async def test_a_build_goes_through_every_phase_and_its_copies_arrive_one_by_one(api: Api) -> None:
    studio = Studio(api)
    arn = await studio.started()
    seen: list[tuple[str, int]] = []
    while not seen or seen[-1][0] != "AVAILABLE":
        image = studio.later(arn, 0.1)
        now = (image["state"]["status"], len(image["outputResources"]["amis"]))
        if now not in seen:
            seen.append(now)

    phases = ["PENDING", "CREATING", "BUILDING", "TESTING", "DISTRIBUTING", "INTEGRATING", "AVAILABLE"]
    assert list(dict.fromkeys(phase for phase, _ in seen)) == phases
    assert [copies for phase, copies in seen if phase == "DISTRIBUTING"] == [0, 1, 2, 3]


async def test_a_build_with_many_copies_is_written_once_for_all_that_is_due(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = [f"{number:012}" for number in range(200)]
    ami = {"Name": "golden-{{ imagebuilder:buildDate }}", "TargetAccountIds": accounts}
    studio = Studio(api, [{"Region": REGION, "AmiDistributionConfiguration": ami}])
    arn = await studio.started()
    written: list[str] = []
    put = Documents.put

    def counted(documents: Documents, document: StoredDocument) -> None:
        if document.kind == KIND:
            written.append(document.id)
        put(documents, document)

    monkeypatch.setattr(Documents, "put", counted)
    image = studio.later(arn)

    assert len(image["outputResources"]["amis"]) == 201
    assert written == [arn]
