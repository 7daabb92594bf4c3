"""What counts as a place that reads never return, and what is drift: only a request's own places are ever tested."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.aws.control import AWS
from cloudwright.local.faults import Fault
from cloudwright.state.changes import PutRecord
from cloudwright.state.leases.lease import Holder
from cloudwright.state.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from app_kit import World
    from cloudwright.engine.outcome import Result

ACCOUNT, REGION = "000000000000", "us-east-1"
LOGS, DISTRIBUTION = "AWS::Logs::LogGroup", "AWS::ImageBuilder::DistributionConfiguration"
TAGS = [{"Key": "team", "Value": "a"}]


def logs(days: Any = 7, **more: Any) -> Callable[[], None]:
    def program() -> None:
        AWS.Logs.LogGroup("logs", LogGroupName="/app/logs", RetentionInDays=days, **more)

    return program


def distribution(name: str = "golden-{{ imagebuilder:buildDate }}", **more: Any) -> Callable[[], None]:
    def program() -> None:
        ami: Any = {"Name": name, "Description": "declared", "AmiTags": {"team": "a"}}
        regions: Any = [{"Region": "us-east-1", "AmiDistributionConfiguration": ami}]
        AWS.ImageBuilder.DistributionConfiguration(
            "images", Name="images", Distributions=regions, Tags={"team": "a"}, **more
        )

    return program


async def drifted(world: World, program: Callable[[], Any]) -> list[tuple[str, str]]:
    report = await world.app(program).drift()
    return [(path.path, path.kind) for resource in report.drifted for path in resource.paths]


def notes(result: Result) -> list[str]:
    return [note for outcome in result.outcomes for note in outcome.notes]


def by_hand(world: World, **changes: Any) -> None:
    world.cloud.modify(ACCOUNT, REGION, LOGS, "/app/logs", changes)


async def test_what_was_removed_by_hand_is_drift_before_and_after_an_unrelated_update(world: World) -> None:
    await world.deploy(distribution(Description="one"))
    identifier = (await world.records())["images"].identifier
    regions = [{"Region": "us-east-1", "AmiDistributionConfiguration": {"Name": "golden-{{ imagebuilder:buildDate }}"}}]
    world.cloud.modify(ACCOUNT, REGION, DISTRIBUTION, identifier, {"Tags": None, "Distributions": regions})
    gone = [("/Tags", "missing")] + [
        (f"/Distributions/0/AmiDistributionConfiguration/{name}", "missing") for name in ("Description", "AmiTags")
    ]
    assert sorted(gone) == sorted(await drifted(world, distribution(Description="one")))

    changed = distribution(Description="two")
    result = await world.deploy(changed)
    (note,) = notes(result)
    assert note.startswith("drift that this update left unchanged: ")
    assert sorted(gone) == sorted(await drifted(world, changed))

    assert (await world.deploy(changed, refresh=True)).ok
    assert [] == await drifted(world, changed)


def webhook(action: str) -> Callable[[], None]:
    def program() -> None:
        AWS.CodePipeline.Webhook(
            "hook",
            Authentication="IP",
            AuthenticationConfiguration={"AllowedIPRange": "10.0.0.0/8", "SecretToken": "token"},
            Filters=[{"JsonPath": "$.ref"}],
            TargetAction=action,
            TargetPipeline="pipeline",
        )

    return program


async def test_a_block_of_which_only_write_only_values_were_sent_again_is_not_unseen(world: World) -> None:
    await world.deploy(webhook("one"))
    identifier = (await world.records())["hook"].identifier
    left = {"AuthenticationConfiguration": {"SecretToken": "token"}}
    world.cloud.modify(ACCOUNT, REGION, "AWS::CodePipeline::Webhook", identifier, left)
    gone = [("/AuthenticationConfiguration", "missing")]
    assert gone == [one for one in await drifted(world, webhook("one")) if one[1] != "unobservable"]

    result = await world.deploy(webhook("two"))
    assert result.ok
    assert not any("drift there can't be seen" in note for note in notes(result))
    assert gone == [one for one in await drifted(world, webhook("two")) if one[1] != "unobservable"]

    assert (await world.deploy(webhook("two"), refresh=True)).ok
    assert [] == await drifted(world, webhook("two"))


async def test_a_read_that_lags_makes_no_place_unseen(world: World) -> None:
    world.cloud.faults.add(Fault("CC47", type_name=LOGS, options={"property": "RetentionInDays"}, count=1))
    result = await world.deploy(logs())

    assert [] == notes(result)
    by_hand(world, RetentionInDays=None)
    assert [("/RetentionInDays", "missing")] == await drifted(world, logs())


async def test_an_unseen_place_stays_unseen_over_updates_of_others_and_is_not_read_for_again(world: World) -> None:
    world.cloud.faults.add(Fault("CC47", type_name=LOGS, options={"property": "RetentionInDays"}))
    await world.deploy(logs())
    result = await world.deploy(logs(Tags=TAGS))

    assert [] == notes(result)
    assert [] == await drifted(world, logs(Tags=TAGS))
    assert ("/RetentionInDays",) == (await world.records())["logs"].unreturned


@pytest.mark.parametrize("refresh", [True, False], ids=["by a refresh", "by an update of another property"])
async def test_an_unseen_place_is_seen_again_as_soon_as_a_read_returns_it(world: World, *, refresh: bool) -> None:
    world.cloud.faults.add(Fault("CC47", type_name=LOGS, options={"property": "RetentionInDays"}))
    await world.deploy(logs())
    world.cloud.faults.clear()
    by_hand(world, RetentionInDays=30)
    assert [("/RetentionInDays", "changed")] == await drifted(world, logs())
    by_hand(world, RetentionInDays=7)
    after = logs() if refresh else logs(Tags=TAGS)
    await world.deploy(after, refresh=refresh)

    assert () == (await world.records())["logs"].unreturned
    by_hand(world, RetentionInDays=None)
    assert [("/RetentionInDays", "missing")] == await drifted(world, after)


async def test_a_record_of_a_former_version_that_calls_a_place_unobservable_shows_its_drift_again(world: World) -> None:
    await world.deploy(logs(Tags=TAGS))
    store = MemoryStore("test", "dev", database=world.database)
    lease = await store.acquire(Holder(user="u", host="h", pid=1, command="c", since=0.0), ttl=60)
    record = (await world.records())["logs"]
    await store.commit(lease, [PutRecord(replace(record, unobservable=("/RetentionInDays", "/Tags/0")))])
    await store.release(lease)
    by_hand(world, RetentionInDays=None, Tags=None)

    assert [("/RetentionInDays", "missing"), ("/Tags", "missing")] == await drifted(world, logs(Tags=TAGS))
    assert (await world.deploy(logs(Tags=TAGS), refresh=True)).ok
    assert [] == await drifted(world, logs(Tags=TAGS))


async def test_what_the_program_ignores_is_no_failed_update(world: World) -> None:
    def program(days: int = 7) -> Callable[[], None]:
        return logs(days, Tags=TAGS, ignore_changes="RetentionInDays")

    await world.deploy(program())
    by_hand(world, RetentionInDays=30)
    result = await world.deploy(logs(Tags=[{"Key": "team", "Value": "b"}], ignore_changes="RetentionInDays"))

    assert (True, []) == (result.ok, notes(result))


async def test_a_value_changed_by_hand_elsewhere_is_reported_as_what_it_is(world: World) -> None:
    await world.deploy(logs(Tags=TAGS))
    by_hand(world, RetentionInDays=30)
    result = await world.deploy(logs(Tags=[{"Key": "team", "Value": "b"}]))

    assert ["drift that this update left unchanged: /RetentionInDays"] == notes(result)


async def test_a_property_of_list_elements_that_reads_leave_out_is_kept_as_a_pattern(world: World) -> None:
    fault = Fault("CC47", type_name=DISTRIBUTION, options={"property": "Distributions"})
    world.cloud.faults.add(fault)
    await world.deploy(distribution())

    assert ("/Distributions",) == (await world.records())["images"].unreturned


NOT_READ = Fault("CC47", type_name=LOGS, options={"property": "RetentionInDays"})
"""All reads show what somebody leaves who removes the property right after each write."""


async def test_what_is_removed_right_after_an_update_stays_drift(world: World) -> None:
    await world.deploy(logs())
    world.cloud.faults.add(NOT_READ)
    result = await world.deploy(logs(30))
    world.cloud.faults.clear()
    by_hand(world, RetentionInDays=None)

    assert ["AWS reported success, but /RetentionInDays is missing from the reads after it"] == notes(result)
    assert [("/RetentionInDays", "missing")] == await drifted(world, logs(30))
    assert (await world.deploy(logs(30), refresh=True)).ok
    assert [] == await drifted(world, logs(30))
    by_hand(world, RetentionInDays=None)
    assert [("/RetentionInDays", "missing")] == await drifted(world, logs(30))


async def test_what_is_removed_right_after_a_create_stays_drift_if_reads_of_another_resource_return_it(
    world: World,
) -> None:
    def program(*names: str) -> Callable[[], None]:
        def declare() -> None:
            for name in names:
                AWS.Logs.LogGroup(name, LogGroupName=f"/app/{name}", RetentionInDays=7)

        return declare

    await world.deploy(program("first"))
    world.cloud.faults.add(NOT_READ)
    await world.deploy(program("first", "logs"))
    world.cloud.faults.clear()
    by_hand(world, RetentionInDays=None)

    assert [("/RetentionInDays", "missing")] == await drifted(world, program("first", "logs"))


async def test_a_value_that_two_writes_in_a_row_do_not_show_is_unseen_from_then_on(world: World) -> None:
    await world.deploy(logs())
    world.cloud.faults.add(NOT_READ)
    await world.deploy(logs(30))
    result = await world.deploy(logs(30), refresh=True)

    assert ["AWS does not return /RetentionInDays: drift there can't be seen"] == notes(result)
    assert [] == await drifted(world, logs(30))
