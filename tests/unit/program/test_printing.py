"""What a program prints names its references; what it sends keeps them."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright.aws import SNS, SQS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_a_printed_reference_is_its_name(world: World) -> None:
    printed = io.StringIO()

    def program() -> None:
        queue = SQS.Queue("jobs")
        print(queue, queue.Arn, f"watch {queue.QueueUrl}!")  # noqa: T201

    with redirect_stdout(printed):
        await world.plan(program)

    assert printed.getvalue() == "<jobs> <jobs.Arn> watch <jobs.QueueUrl>!\n"


async def test_what_is_printed_is_still_a_reference(world: World) -> None:
    def program() -> None:
        queue = SQS.Queue("jobs")
        text = f"watch {queue.QueueName}"
        print(text)  # noqa: T201
        SNS.Topic("alarm", TopicName="alarm", DisplayName=text)

    with redirect_stdout(io.StringIO()):
        plan = await world.plan(program)

    alarm = next(step for step in plan.steps if step.key == "alarm")
    assert alarm.depends_on == ("jobs",)


async def test_an_exception_of_the_program_names_references(world: World) -> None:
    def program() -> None:
        raise ValueError(f"no policy for {SQS.Queue('jobs').Arn}", 7)

    with pytest.raises(ValueError, match=r"no policy for <jobs\.Arn>") as raised:
        await world.plan(program)

    assert raised.value.args == ("no policy for <jobs.Arn>", 7)


async def test_the_stream_is_restored_after_a_run_and_keeps_what_else_it_can_do(world: World) -> None:
    before = sys.stdout
    encodings: list[str] = []

    def program() -> None:
        SQS.Queue("jobs")
        encodings.append(sys.stdout.encoding)

    await world.plan(program)

    assert sys.stdout is before
    assert encodings == [before.encoding]


async def test_a_program_that_replaces_the_stream_is_left_alone(world: World) -> None:
    before, own = sys.stdout, io.StringIO()

    def program() -> None:
        SQS.Queue("jobs")
        sys.stdout = own

    try:
        await world.plan(program)
        assert sys.stdout is own
    finally:
        sys.stdout = before


async def test_an_attribute_that_does_not_exist_is_reported_where_it_is_used(world: World) -> None:
    def program() -> None:
        queue: Any = SQS.Queue("jobs")
        SNS.Topic("alarm", TopicName=queue.QueuName, DisplayName=queue.QueuName)

    with pytest.raises(Exception, match="2 problems") as refused:
        await world.plan(program)

    lines = [line.strip() for line in str(refused.value).splitlines()]
    assert "/TopicName: jobs has no attribute QueuName; did you mean QueueName?" in lines
    assert "/DisplayName: jobs has no attribute QueuName; did you mean QueueName?" in lines


async def test_an_output_that_refers_to_nothing_is_named(world: World) -> None:
    def program() -> dict[str, object]:
        queue: Any = SQS.Queue("jobs")
        return {"good": 1, "bad": queue.Foo}

    with pytest.raises(Exception, match="output 'bad': jobs has no attribute Foo"):
        await world.plan(program)
