"""Stack-wide transformations: an app's own, those that packages install, and how both are silenced."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright import App, Resource, component, lookup
from cloudwright.app.doctor import Check, examine
from cloudwright.app.packs import installed_packs
from cloudwright.aws import S3, SNS, SQS
from cloudwright.clock import SystemClock
from cloudwright.errors import NoRegion, ProgramError
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.transport import LocalTransport
from cloudwright.plan.model import Action
from cloudwright.schema.catalog import Catalog

if TYPE_CHECKING:
    from pathlib import Path

    from cloudwright.program.transformation import ResourceDraft


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def program() -> None:
    topic = SNS.Topic("alarms", TopicName="alarms")
    S3.Bucket("logs", BucketName="logs-1", Tags=[{"Key": "team", "Value": "storage"}])
    SQS.Queue("queue", QueueName="queue", Tags=[{"Key": "topic", "Value": topic.TopicArn}])


def company(resource: ResourceDraft) -> None:
    resource.tags["team"] = "platform"
    if resource.type == "AWS::S3::Bucket":
        resource.properties.setdefault("VersioningConfiguration", {"Status": "Enabled"})
        resource.options["protect"] = True


def declared(plan: Any) -> dict[str, Any]:
    return {one.key: one.desired for one in plan.steps}


async def test_every_declaration_is_changed_before_it_is_planned(world: World) -> None:
    app = world.app(program)
    app.each(company)
    documents = declared(await app.plan())
    assert documents["alarms"]["Tags"] == [{"Key": "team", "Value": "platform"}]
    assert documents["logs"]["Tags"] == [{"Key": "team", "Value": "storage"}]
    assert documents["logs"]["VersioningConfiguration"] == {"Status": "Enabled"}
    assert {tag["Key"] for tag in documents["queue"]["Tags"]} == {"topic", "team"}
    assert (await app.deploy()).ok
    assert (await app.plan()).empty
    assert (await world.records())["logs"].protect


async def test_without_it_the_next_plan_takes_everything_back(world: World) -> None:
    app = world.app(program)
    app.each(company)
    await app.deploy()
    assert (await world.app(program).plan()).count(Action.UPDATE) == 3


async def test_transformations_run_in_their_order_and_see_components(world: World) -> None:
    seen: list[str] = []

    @component
    def pair(name: str) -> None:
        Resource("one", type="AWS::SNS::Topic")
        Resource.read("other", "arn:aws:sns:us-east-1:000000000000:gone", type="AWS::SNS::Topic")

    app = App("test", stage="dev").configure(runtime=world.runtime)

    @app.program
    def main() -> None:
        pair("blue")

    @app.each
    def first(resource: ResourceDraft) -> None:
        seen.append(f"first {resource.key}")
        resource.properties["DisplayName"] = "first"

    @app.each
    def second(resource: ResourceDraft) -> None:
        seen.append(f"second {resource.properties['DisplayName']}")

    world.cloud.put("000000000000", "us-east-1", "AWS::SNS::Topic", {"TopicName": "gone"})
    await app.plan()
    assert seen == ["first blue/one", "second first"]


async def test_a_transformation_is_silenced_with_a_reason(world: World) -> None:
    app = world.app(program)
    app.each(company)
    app.silence("company", "this app predates it")
    plan = await app.plan()
    assert "team" not in str(declared(plan)["alarms"])
    assert plan.notes[-1] == "the transformation company is not applied: this app predates it"


async def test_it_is_silenced_for_one_resource(world: World) -> None:
    def one() -> None:
        SNS.Topic("alarms", TopicName="alarms", silence={"company": "shared with the old account"})
        SNS.Topic("news", TopicName="news")

    app = world.app(one)
    app.each(company)
    plan = await app.plan()
    assert "Tags" not in declared(plan)["alarms"]
    assert "Tags" in declared(plan)["news"]
    assert "the transformation company is not applied to alarms: shared with the old account" in plan.notes


async def test_what_a_transformation_may_not_do(world: World) -> None:
    def declares(resource: ResourceDraft) -> None:
        SNS.Topic(f"{resource.key}-copy")

    def returns(resource: ResourceDraft) -> Any:
        return resource

    def renames(resource: ResourceDraft) -> None:
        resource.key = "other"

    def misspells(resource: ResourceDraft) -> None:
        resource.options["protected"] = True

    async def waits(resource: ResourceDraft) -> None:
        await lookup.zones()

    for function, words in [
        (declares, "the transformation declares declares 'alarms-copy'; a transformation only changes declarations"),
        (returns, "the transformation returns returns a ResourceDraft"),
        (renames, "the transformation renames changes the key or type of alarms"),
        (misspells, "'alarms': 'protected' is not an option; did you mean 'protect'?"),
    ]:
        app = world.app(program)
        app.each(function)
        with pytest.raises(ProgramError) as refused:
            await app.plan()
        assert words in refused.value.message
    with pytest.raises(ProgramError, match="the transformation waits is asynchronous"):
        world.app(program).each(waits)


# -- packs


PACK = """
from cloudwright.plan.findings import finding, of_type

def tags(resource):
    resource.tags["owner"] = "acme"

def versioned(plan):
    for bucket in of_type(plan, "AWS::S3::Bucket"):
        yield finding(bucket, "no versions", id="ACME1", severity="warning")
"""


def install(folder: Path, points: str, name: str = "acme-cloud", module: str = PACK) -> None:
    (folder / "acme_cloud_pack.py").write_text(module, "utf-8")
    info = folder / f"{name.replace('-', '_')}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n", "utf-8")
    (info / "entry_points.txt").write_text(points, "utf-8")


BOTH = """[cloudwright.rules]
acme = acme_cloud_pack:versioned
[cloudwright.transformations]
acme-tags = acme_cloud_pack:tags
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "acme_cloud_pack", raising=False)
    return folder


async def test_an_installed_pack_takes_part_in_every_plan(world: World, site: Path) -> None:
    install(site, BOTH)
    plan = await world.app(program).plan()
    assert {"Key": "owner", "Value": "acme"} in declared(plan)["alarms"]["Tags"]
    assert [one.id for one in plan.findings if one.key == "logs"] == ["ACME1"]

    app = world.app(program)
    app.silence("acme-tags", "tagged by the platform")
    app.silence("ACME1", "short-lived")
    quiet = await app.plan()
    assert "acme" not in str(declared(quiet)["alarms"])
    assert [one.silenced for one in quiet.findings if one.key == "logs"] == ["short-lived"]
    assert "the transformation acme-tags is not applied: tagged by the platform" in quiet.notes


def test_packs_are_listed_with_their_packages(site: Path) -> None:
    install(site, BOTH)
    assert installed_packs().origins == ("acme (1 rule, acme-cloud 1.2)", "acme-tags (transformation, acme-cloud 1.2)")


async def test_doctor_lists_packs_and_transformations(site: Path) -> None:
    install(site, BOTH)
    assert await pack_check(site) == Check(
        "packs", ok=True, text="acme (1 rule, acme-cloud 1.2), acme-tags (transformation, acme-cloud 1.2)"
    )


async def test_doctor_names_a_broken_pack(site: Path) -> None:
    install(site, "[cloudwright.rules]\nacme = acme_cloud_pack:nothing\n")
    broken = await pack_check(site)
    assert not broken.ok
    assert broken.text.startswith("the pack 'acme' of acme-cloud 1.2 can't be loaded: AttributeError")


async def pack_check(folder: Path) -> Check:
    """Doctor's check of the packs; without a Region, nothing is sent."""

    def region() -> str:
        raise NoRegion("no Region")

    clock = SystemClock()
    transport = LocalTransport(LocalCloud(Catalog.bundled(), clock=clock))
    checks = [check async for check in examine(folder, transport=transport, region=region, clock=clock)]
    return next(check for check in checks if check.name == "packs")


def test_without_a_pack_no_metadata_is_parsed(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(site, "[console_scripts]\nacme = acme_cloud_pack:tags\n")
    monkeypatch.setattr("importlib.metadata.distributions", None)
    assert installed_packs() == installed_packs([])


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ("[cloudwright.rules]\nacme = acme_cloud_pack:nothing\n", "can't be loaded: AttributeError"),
        ("[cloudwright.transformations]\nacme = acme_cloud_none:x\n", "can't be loaded: ModuleNotFoundError"),
        ("[cloudwright.transformations]\nacme = acme_cloud_pack:__doc__\n", "is a NoneType, not a function"),
    ],
)
def test_a_broken_pack_is_named(site: Path, points: str, words: str) -> None:
    install(site, points)
    with pytest.raises(ProgramError) as refused:
        installed_packs()
    assert refused.value.message.startswith("the pack 'acme' of acme-cloud 1.2 ")
    assert words in refused.value.message


def test_two_packs_of_one_name_are_refused(site: Path) -> None:
    install(site, BOTH)
    install(site, BOTH, "other-cloud")
    with pytest.raises(ProgramError, match="two packs are called 'acme'"):
        installed_packs()
