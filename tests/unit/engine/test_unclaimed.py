"""What a search for a resource that nothing names must leave out."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.control.model import Operation
from cloudwright.engine.unclaimed import _parent, find_unclaimed
from cloudwright.errors import Ambiguous, ServiceError
from cloudwright.local.faults import Fault
from cloudwright.state.changes import PutEntry, PutRecord
from dead_runs import VPC, VPC_DOCUMENT, entry_of, put, record, running, sent

if TYPE_CHECKING:
    from app_kit import World


async def test_a_resource_that_a_record_has_is_not_found_for_another_create(world: World) -> None:
    taken = put(world, VPC, VPC_DOCUMENT)
    async with running(world) as run:
        entry = entry_of(Operation.CREATE, record(VPC, key="b", declared=VPC_DOCUMENT), run.services)
        found = await find_unclaimed(entry, run.services)
        assert found is not None
        assert found.identifier == taken

        await run.commit(PutRecord(record(VPC, taken, declared=VPC_DOCUMENT)))
        assert await find_unclaimed(entry, run.services) is None


async def test_of_two_that_fit_none_is_chosen(world: World) -> None:
    for _ in range(2):
        put(world, VPC, VPC_DOCUMENT)
    async with running(world) as run:
        entry = entry_of(Operation.CREATE, record(VPC, declared=VPC_DOCUMENT), run.services)
        with pytest.raises(Ambiguous):
            await find_unclaimed(entry, run.services)


async def test_what_another_open_create_has_made_is_not_found(world: World) -> None:
    async with running(world) as run:
        services = run.services
        entry, rival = (
            entry_of(Operation.CREATE, record(VPC, key=key, declared=VPC_DOCUMENT), services) for key in ("a", "b")
        )
        event = await sent(rival, services)
        await asyncio.sleep(10.0)
        await run.commit(PutEntry(replace(rival, request_token=event.request_token)))
        assert await find_unclaimed(entry, services) is None

        other = put(world, VPC, VPC_DOCUMENT)
        found = await find_unclaimed(entry, services)
        assert found is not None
        assert found.identifier == other


async def test_with_another_open_create_of_which_nothing_is_known_a_match_is_nobodys(world: World) -> None:
    put(world, VPC, VPC_DOCUMENT)
    async with running(world) as run:
        entry, rival = (
            entry_of(Operation.CREATE, record(VPC, key=key, declared=VPC_DOCUMENT), run.services) for key in ("a", "b")
        )
        await run.commit(PutEntry(rival))
        with pytest.raises(Ambiguous):
            await find_unclaimed(entry, run.services)


async def test_another_open_create_does_not_matter_if_nothing_fits(world: World) -> None:
    async with running(world) as run:
        entry, rival = (
            entry_of(Operation.CREATE, record(VPC, key=key, declared=VPC_DOCUMENT), run.services) for key in ("a", "b")
        )
        await run.commit(PutEntry(rival))
        assert await find_unclaimed(entry, run.services) is None


@pytest.mark.parametrize(("type_name", "rivals"), [("AWS::Route53::HostedZone", True), (VPC, False)])
async def test_a_create_of_a_global_resource_has_rivals_in_every_region(
    world: World, type_name: str, *, rivals: bool
) -> None:
    document = {"Name": "example.com"} if rivals else VPC_DOCUMENT
    put(world, type_name, document)
    async with running(world) as run:
        entry = entry_of(Operation.CREATE, record(type_name, key="a", declared=document), run.services)
        rival = replace(entry, id="another", key="b", target=replace(entry.target, region="eu-west-1"))
        await run.commit(PutEntry(rival))
        if rivals:
            with pytest.raises(Ambiguous):
                await find_unclaimed(entry, run.services)
        else:
            assert await find_unclaimed(entry, run.services) is not None


async def test_neither_the_create_itself_nor_one_of_another_type_is_a_rival(world: World) -> None:
    taken = put(world, VPC, VPC_DOCUMENT)
    async with running(world) as run:
        entry = entry_of(Operation.CREATE, record(VPC, declared=VPC_DOCUMENT), run.services)
        await run.commit(PutEntry(entry))
        other = replace(entry, id="another", key="b", type="AWS::SNS::Topic", draft=replace(entry.draft, key="b"))
        await run.commit(PutEntry(other))
        found = await find_unclaimed(entry, run.services)

    assert found is not None
    assert found.identifier == taken


@pytest.mark.parametrize(("code", "raises"), [("ResourceNotFoundException", False), ("AccessDeniedException", True)])
async def test_what_is_listed_and_gone_is_no_match_and_what_cannot_be_read_is_an_error(
    world: World, code: str, *, raises: bool
) -> None:
    put(world, VPC, VPC_DOCUMENT)
    world.cloud.faults.add(Fault("refuse", operation="GetResource", options={"code": code, "message": "no"}))
    async with running(world) as run:
        entry = entry_of(Operation.CREATE, record(VPC, declared=VPC_DOCUMENT), run.services)
        if raises:
            with pytest.raises(ServiceError):
                await find_unclaimed(entry, run.services)
        else:
            assert await find_unclaimed(entry, run.services) is None


@pytest.mark.parametrize(
    ("type_name", "declared", "parent"),
    [
        ("AWS::ApiGateway::Resource", {"RestApiId": "r", "PathPart": "p"}, {"RestApiId": "r"}),
        ("AWS::ApiGateway::Resource", {"PathPart": "p"}, None),
        (VPC, VPC_DOCUMENT, None),
    ],
)
async def test_a_listing_is_narrowed_to_the_parent_that_its_type_needs(
    world: World, type_name: str, declared: dict[str, str], parent: dict[str, str] | None
) -> None:
    async with running(world) as run:
        entry = entry_of(Operation.CREATE, record(type_name, declared=declared), run.services)

        assert _parent(entry, run.services) == parent


@pytest.mark.parametrize(
    ("document", "ours"),
    [
        ({"CidrBlock": "10.9.0.0/16"}, False),
        ({**VPC_DOCUMENT, "Tags": [{"Key": "team", "Value": "x"}]}, True),
        ({**VPC_DOCUMENT, "EnableDnsHostnames": True}, True),
    ],
)
async def test_only_a_resource_with_all_that_was_declared_is_found(
    world: World, document: dict[str, Any], *, ours: bool
) -> None:
    put(world, VPC, document)
    async with running(world) as run:
        entry = entry_of(Operation.CREATE, record(VPC, declared=VPC_DOCUMENT), run.services)

        assert (await find_unclaimed(entry, run.services) is not None) == ours
