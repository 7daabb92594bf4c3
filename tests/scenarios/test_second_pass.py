"""A program that goes well while it is planned, and raises while it is applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.aws import SNS
from cloudwright.engine.outcome import Status

if TYPE_CHECKING:
    from app_kit import World


async def test_what_was_done_is_reported_next_to_the_error_and_its_line(world: World) -> None:
    passes: list[None] = []

    async def program() -> None:
        passes.append(None)
        topic = SNS.Topic("topic", TopicName="topic")
        await topic
        if len(passes) > 1:
            raise LookupError("no such thing")

    def before() -> None:
        SNS.Topic("orphan", TopicName="orphan")

    await world.deploy(before)
    result = await world.deploy(program)

    ended = {one.key: one.status for one in result.outcomes}
    failed = next(one for one in result.outcomes if one.key == "program()")
    assert ended == {"topic": Status.DONE, "program()": Status.FAILED}
    assert failed.message == "the program was planned, but raised while it was applied: LookupError: no such thing"
    assert failed.source.file == __file__
    assert failed.source.line == program.__code__.co_firstlineno + 5
    assert sorted(await world.records()) == ["orphan", "topic"]
