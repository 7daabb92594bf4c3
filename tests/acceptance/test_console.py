"""The console in a browser: what a person sees of a cloud that others work on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest

from chromium import Scheme, needs_chromium, opened
from cloudwright.clock import SystemClock
from cloudwright.console.pages import Console
from cloudwright.console.views import PAGE
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.faults import parse
from cloudwright.local.http.server import LocalServer
from cloudwright.local.transport import LocalTransport
from cloudwright.schema.catalog import Catalog
from image_kit import Studio, entry
from local_kit import Api, StillClock, in_process

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ARTIFACTS = Path(__file__).parents[2] / "build" / "artifacts"
ACCOUNT, OTHER, REGION = "111122223333", "444455556666", "us-east-1"
FLAGSHIP = "AWS::ImageBuilder::DistributionConfiguration"
MARKUP = "<script>document.title = 'owned'</script>"

pytestmark = needs_chromium


@pytest.fixture
async def cloud() -> AsyncIterator[LocalCloud]:
    made = LocalCloud(Catalog.bundled(), clock=SystemClock(), operation_time=3600)
    share = {"LaunchPermissionConfiguration": {"UserIds": [OTHER]}}
    copy = {"TargetAccountIds": [OTHER, "777788889999"], "KmsKeyId": "alias/golden"}
    made.put(
        ACCOUNT, REGION, FLAGSHIP,
        {
            "Name": "golden",
            "Description": MARKUP,
            "Distributions": [
                {"Region": REGION, "AmiDistributionConfiguration": share},
                {"Region": "eu-west-1", "AmiDistributionConfiguration": copy},
            ],
        },
    )  # fmt: skip
    yield made
    made.close()


@pytest.fixture
async def address(cloud: LocalCloud) -> AsyncIterator[str]:
    console = Console(cloud)
    async with LocalServer(cloud, routes=console.routes()) as server:
        yield await server.start()
        console.close()


def call(cloud: LocalCloud, action: str, **members: str) -> None:
    cloud.handle("cloudcontrolapi", action, json.dumps(members).encode(), ACCOUNT, REGION)


async def test_a_resource_appears_while_somebody_looks(cloud: LocalCloud, address: str) -> None:
    async with opened(address) as browser:
        await browser.page.wait_for_selector("#rows tr")
        assert "1 resource of 1 type in 1 account" in await browser.page.inner_text("#summary")
        await browser.page.focus("#rows button")

        cloud.put(ACCOUNT, REGION, "AWS::SNS::Topic", {"TopicName": "alarms"})
        call(cloud, "ListResources", TypeName="AWS::SNS::Topic")

        await browser.page.wait_for_selector("#rows tr:has-text('alarms')")
        assert await browser.page.evaluate("document.activeElement.textContent.includes('golden')")
        assert browser.errors == []
        assert all(one.startswith(address) for one in browser.requests)


async def test_of_many_resources_a_page_is_shown_and_markup_in_a_property_is_text(
    cloud: LocalCloud, address: str
) -> None:
    for number in range(PAGE):
        cloud.put(ACCOUNT, REGION, "AWS::SNS::Topic", {"TopicName": f"topic-{number}"})

    async with opened(address, width=400) as browser:
        await browser.page.wait_for_selector("#rows tr")
        assert await browser.page.locator("#rows tr").count() == PAGE
        assert await browser.page.evaluate("document.documentElement.scrollWidth") <= 400
        await browser.page.click("#resources .older")
        await browser.page.click("#rows tr:has-text('golden')")
        await browser.page.wait_for_selector("#content pre")
        text = await browser.page.inner_text("#content")

        assert MARKUP in text
        assert await browser.page.title() == "Local cloud"
        assert browser.errors == []


async def test_running_operations_and_requests_are_shown_with_their_bodies(cloud: LocalCloud, address: str) -> None:
    desired = json.dumps({"DBInstanceIdentifier": "db", "MasterUserPassword": "hunter2"})
    call(cloud, "CreateResource", TypeName="AWS::RDS::DBInstance", DesiredState=desired)

    async with opened(f"{address}/#/operations") as browser:
        assert "CREATE" in await browser.page.inner_text("#running tr")
        await browser.page.goto(f"{address}/#/calls")
        await browser.page.click("#requests tr")
        await browser.page.wait_for_selector("#content pre")

        bodies = await browser.page.inner_text("#content")
        assert "DBInstanceIdentifier" in bodies
        assert "hunter2" not in bodies
        assert browser.errors == []


@pytest.mark.parametrize("scheme", get_args(Scheme))
async def test_the_matrix_of_an_image_distribution_is_drawn(address: str, scheme: Scheme) -> None:
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    async with opened(f"{address}/#/images", scheme=scheme) as browser:
        picture = browser.page.locator("#matrices img")
        await picture.wait_for()
        # what waits for an expression would evaluate it in the page, which its policy forbids
        assert await picture.evaluate("async image => { await image.decode(); return image.naturalWidth }") > 200
        for view in ("resources", "operations", "calls", "builds", "images"):
            await browser.page.click(f"nav a[href='#/{view}']")
            await browser.page.wait_for_selector(f"#{view}:not([hidden])")
            await browser.page.screenshot(path=ARTIFACTS / f"console-{view}-{scheme}.png")

        assert browser.errors == []


async def test_a_build_arrives_while_somebody_looks() -> None:
    clock = StillClock()
    cloud = LocalCloud(Catalog.bundled(), clock=clock, faults=[parse("image-delivery:type=222222222222.eu-west-1")])
    studio = Studio(Api(cloud, clock, in_process(LocalTransport(cloud))), [entry("us-west-2"), entry("eu-west-1")])
    arn = await studio.started()
    console = Console(cloud)
    async with (
        LocalServer(cloud, routes=console.routes()) as server,
        opened(f"{await server.start()}/#/builds") as browser,
    ):
        await browser.page.wait_for_selector("#made figure:has-text('PENDING')")
        assert await browser.page.locator("#made td:has-text('waiting')").count() == 4

        clock.advance(6.7)
        await browser.page.wait_for_selector("#made figure:has-text('DISTRIBUTING')")
        await browser.page.screenshot(path=ARTIFACTS / "console-build.png")
        studio.later(arn)
        await browser.page.wait_for_selector("#made figure:has-text('FAILED')")

        assert await browser.page.locator("#made td.good").count() == 3
        assert await browser.page.locator("#made td.bad:has-text('failed')").count() == 1
        assert "AMI Copy Reported Failure" in await browser.page.inner_text("#made .reason")
        await browser.page.screenshot(path=ARTIFACTS / "console-build-failed.png")
        assert browser.errors == []
        console.close()
    cloud.close()


async def test_a_server_that_ends_is_reported_and_does_not_break_the_page(cloud: LocalCloud) -> None:
    console = Console(cloud)
    server = LocalServer(cloud, routes=console.routes())
    async with opened(await server.start()) as browser:
        await browser.page.wait_for_selector("#connection.live")
        console.close()
        await server.close()
        await browser.page.wait_for_selector("#connection.lost")

        assert not [error for error in browser.errors if "ERR_CONNECTION" not in error]
