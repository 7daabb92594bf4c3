"""What a deploy costs for each resource, counted in calls: time says nothing on a busy machine.

Each case deploys a program of two sizes. Work that grew with the square of the resources would show in the larger one.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright.aws import SNS, SSM

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SMALL, FACTOR = 20, 4

Program = tuple[Any, dict[str, Any]]
"""What a deploy declares, and its switches."""


def topics(size: int, name: str, **options: Any) -> list[Any]:
    return [SNS.Topic(f"topic{number}", TopicName=f"{name}-{number}", **options) for number in range(size)]


def readers(size: int, all_topics: list[Any]) -> None:
    for number in range(size):
        SSM.Parameter(f"reader{number}", Name=f"reader-{number}", Type="String", Value=all_topics[number].TopicArn)


def without_readers(all_topics: list[Any]) -> None:
    del all_topics


def creates(size: int) -> list[Program]:
    return [(lambda: readers(size, topics(size, "a")), {})]


def same_again(size: int) -> list[Program]:
    return [*creates(size), *creates(size)]


def updates(size: int) -> list[Program]:
    return [*creates(size), (lambda: readers(size, topics(size, "a", DisplayName="b")), {})]


def allowed(size: int) -> dict[str, Any]:
    return {"allow_replace": tuple(f"reader{number}" for number in range(size))}


def replaced(size: int) -> list[Program]:
    return [*creates(size), (lambda: readers(size, topics(size, "b")), allowed(size))]


def replaced_delete_first(size: int) -> list[Program]:
    return [*creates(size), (lambda: without_readers(topics(size, "b", delete_before_replace=True)), allowed(size))]


def deleted_first(size: int) -> list[Program]:
    first = tuple(f"topic{number}" for number in range(size))
    return [*creates(size), (lambda: None, {"delete_first": first})]


def deleted_last(size: int) -> list[Program]:
    return [*creates(size), (lambda: None, {})]


def moved(size: int) -> list[Program]:
    def anew() -> None:
        for number in range(size):
            SNS.Topic(f"new{number}", TopicName=f"a-{number}", aliases=[f"topic{number}"])

    return [(lambda: without_readers(topics(size, "a")), {}), (anew, {})]


def chain(size: int, name: str, **options: Any) -> None:
    before = None
    for number in range(size):
        text = before.TopicArn if before else "the first"
        before = SNS.Topic(f"link{number}", TopicName=f"{name}-{number}", DisplayName=text, **options)


def links(size: int) -> tuple[str, ...]:
    return tuple(f"link{number}" for number in range(size))


def chain_created(size: int) -> list[Program]:
    return [(lambda: chain(size, "a"), {})]


def chain_deleted_last(size: int) -> list[Program]:
    return [*chain_created(size), (lambda: None, {})]


def chain_deleted_first(size: int) -> list[Program]:
    return [*chain_created(size), (lambda: None, {"delete_first": links(size)})]


def chain_deleted_for_its_root(size: int) -> list[Program]:
    return [*chain_created(size), (lambda: None, {"delete_first": ("link0",)})]


def chain_replaced_delete_first(size: int) -> list[Program]:
    switches = {"allow_replace": links(size)}
    return [*chain_created(size), (lambda: chain(size, "b", delete_before_replace=True), switches)]


def chain_deleted_before_others_are_created(size: int) -> list[Program]:
    return [*chain_created(size), (lambda: without_readers(topics(size, "b")), {"delete_first": links(size)})]


def chain_of_readers(size: int, all_topics: list[Any]) -> None:
    before: list[Any] = []
    for number in range(size):
        value = all_topics[number].TopicArn
        before = [SSM.Parameter(f"reader{number}", Name=f"r{number}", Type="String", Value=value, depends_on=before)]


def chain_deleted_beside_replacements(size: int) -> list[Program]:
    switches = {"allow_replace": tuple(f"topic{number}" for number in range(size))}
    replaced_topics = (lambda: without_readers(topics(size, "b", delete_before_replace=True)), switches)
    return [(lambda: chain_of_readers(size, topics(size, "a")), {}), replaced_topics]


KINDS = [
    creates,
    same_again,
    updates,
    replaced,
    replaced_delete_first,
    deleted_first,
    deleted_last,
    moved,
    chain_created,
    chain_deleted_last,
    chain_deleted_first,
    chain_deleted_for_its_root,
    chain_replaced_delete_first,
    chain_deleted_before_others_are_created,
    chain_deleted_beside_replacements,
]


async def cost(folder: Path, programs: list[Program]) -> int:
    """How many functions the last of these deploys calls, C's among them."""
    world, count = World(folder), 0
    for program, options in programs[:-1]:
        assert (await world.deploy(program, **options)).ok

    def counted(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    program, options = programs[-1]
    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        result = await world.deploy(program, **options)
    finally:
        sys.setprofile(before)
    assert result.ok
    return count


@pytest.mark.parametrize("programs", KINDS)
async def test_a_deploy_costs_the_same_for_each_resource(
    programs: Callable[[int], list[Program]], tmp_path: Path
) -> None:
    await cost(tmp_path, programs(3))  # what is loaded and cached once is no part of it
    small, large = [await cost(tmp_path, programs(size)) for size in (SMALL, SMALL * FACTOR)]

    assert large < FACTOR * small * 1.1
