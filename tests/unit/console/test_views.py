"""What the console tells of a cloud."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cloudwright.console import views
from cloudwright.console.recent import RecentCalls
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.rows import ResourceSearch
from local_kit import ACCOUNT, FLAGSHIP, REGION, WIDGET, StillClock, catalog

if TYPE_CHECKING:
    from collections.abc import Iterator

OTHER = "444455556666"


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    made = LocalCloud(catalog(), clock=StillClock(), operation_time=10)
    yield made
    made.close()


def widgets(cloud: LocalCloud, number: int, account: str = ACCOUNT) -> None:
    for at in range(number):
        cloud.put(account, REGION, WIDGET, {"Name": f"w-{at:03}"})


def test_resources_are_counted_over_all_places(cloud: LocalCloud) -> None:
    widgets(cloud, 2)
    widgets(cloud, 1, OTHER)

    seen = views.overview(cloud)

    assert seen["total"] == 3
    assert seen["types"] == [{"name": WIDGET, "count": 3}]
    assert (seen["accounts"], seen["regions"]) == (sorted([ACCOUNT, OTHER]), [REGION])


def test_pages_follow_each_other_without_a_gap(cloud: LocalCloud) -> None:
    widgets(cloud, views.PAGE + 5)

    first = views.resources(cloud, ResourceSearch())
    second = views.resources(cloud, ResourceSearch(before=first["before"]))

    assert (len(first["items"]), len(second["items"]), second["before"]) == (views.PAGE, 5, 0)
    assert len({one["identifier"] for one in first["items"] + second["items"]}) == views.PAGE + 5


def test_a_full_last_page_is_the_last(cloud: LocalCloud) -> None:
    widgets(cloud, views.PAGE)

    assert views.resources(cloud, ResourceSearch())["before"] == 0


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (ResourceSearch(account=OTHER), 1),
        (ResourceSearch(region="eu-west-1"), 0),
        (ResourceSearch(type_name=WIDGET), 4),
        (ResourceSearch(type_name="AWS::S3::Bucket"), 0),
        (ResourceSearch(text="W-00"), 4),
        (ResourceSearch(text="w-002"), 1),
        (ResourceSearch(text=WIDGET.lower()), 4),
        (ResourceSearch(text="' OR 1=1 --"), 0),
        (ResourceSearch(text="%"), 0),
    ],
)
def test_resources_are_found_by_place_type_and_text(cloud: LocalCloud, wanted: ResourceSearch, count: int) -> None:
    widgets(cloud, 3)
    widgets(cloud, 1, OTHER)

    assert len(views.resources(cloud, wanted)["items"]) == count


def test_an_operation_shows_when_it_began_and_when_it_ends(cloud: LocalCloud) -> None:
    body = json.dumps({"TypeName": WIDGET, "DesiredState": json.dumps({"Name": "new"})}).encode()
    cloud.handle("cloudcontrolapi", "CreateResource", body, ACCOUNT, REGION)

    seen = views.operations(cloud)

    (one,) = seen["running"]
    assert (one["operation"], one["type"], one["identifier"]) == ("CREATE", WIDGET, "new")
    assert one["ends"] - one["began"] == 10
    assert (seen["ended"], views.overview(cloud)["running"]) == ([], 1)


def test_an_operation_that_ended_shows_its_outcome_and_its_reason() -> None:
    cloud = LocalCloud(catalog(), clock=StillClock(), operation_time=0)
    for _ in range(2):
        body = json.dumps({"TypeName": WIDGET, "DesiredState": json.dumps({"Name": "new"})}).encode()
        cloud.handle("cloudcontrolapi", "CreateResource", body, ACCOUNT, REGION)

    seen = views.operations(cloud)

    assert seen["running"] == []
    assert [(one["status"], one["code"]) for one in seen["ended"]] == [("FAILED", "AlreadyExists"), ("SUCCESS", "")]
    assert "already exists" in seen["ended"][0]["message"]
    cloud.close()


def test_calls_are_listed_without_bodies(cloud: LocalCloud) -> None:
    recent = RecentCalls(cloud)
    cloud.handle("cloudcontrolapi", "ListResources", json.dumps({"TypeName": WIDGET}).encode(), ACCOUNT, REGION)

    (one,) = views.calls(recent.newest_first())["items"]

    assert (one["action"], one["type"], one["status"], one["number"]) == ("ListResources", WIDGET, 200, 1)
    assert "request" not in one


def test_a_live_configuration_becomes_a_matrix(cloud: LocalCloud) -> None:
    share = {"LaunchPermissionConfiguration": {"UserIds": [OTHER]}}
    identifier = cloud.put(
        ACCOUNT,
        REGION,
        FLAGSHIP,
        {"Name": "<b>golden", "Distributions": [{"Region": "eu-west-1", "AmiDistributionConfiguration": share}]},
    )

    picture = views.matrix(cloud, ACCOUNT, REGION, identifier)

    assert OTHER in picture
    assert "eu-west-1" in picture
    assert "<b>" not in picture
