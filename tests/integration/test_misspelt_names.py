"""Misspelt words of a program and of a command line: each error names the word that was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright import Resource, outputs, target
from cloudwright.aws.control import AWS
from cloudwright.errors import CloudwrightError, ProgramError
from cloudwright.program.resource import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def topic(key: str, **keywords: Any) -> Callable[[], None]:
    """A program with one topic."""

    def program() -> None:
        declare: Any = AWS.SNS.Topic
        declare(key, **keywords)

    return program


async def refused(world: World, program: Callable[[], Any], **options: Any) -> str:
    with pytest.raises(CloudwrightError) as raised:
        await world.plan(program, **options)
    return str(raised.value)


def without_a_letter(word: str) -> str:
    return word[:-2] + word[-1]


MISSPELT = sorted(
    (misspell(option), option)
    for option in OPTIONS
    for misspell in (without_a_letter, str.capitalize, lambda word: word.replace("_", ""))
    if misspell(option) != option
)


@pytest.mark.parametrize(("wrong", "option"), MISSPELT)
async def test_an_option(world: World, wrong: str, option: str) -> None:
    keywords: dict[str, Any] = {wrong: True}

    def keyword() -> None:
        declare: Any = AWS.SNS.Topic
        declare("a", **keywords)

    def generic() -> None:
        Resource("a", type="AWS::SNS::Topic", **keywords)

    assert f"did you mean the option {option!r}?" in await refused(world, keyword)
    assert f"did you mean {option!r}?" in await refused(world, generic)


async def test_a_property_is_not_taken_for_an_option(world: World) -> None:
    assert "did you mean 'TopicName'?" in await refused(world, topic("a", topicname="a"))
    assert "did you mean" not in await refused(world, topic("a", Zebra="a"))


@pytest.mark.parametrize(
    ("wrong", "meant"), [("us-east1", "us-east-1"), ("eu-west-33", "eu-west-3"), ("eucentral-1", "eu-central-1")]
)
async def test_a_region(world: World, monkeypatch: pytest.MonkeyPatch, wrong: str, meant: str) -> None:
    def keyword() -> None:
        AWS.SNS.Topic("a", region=wrong)

    def block() -> None:
        with target(region=wrong):
            AWS.SNS.Topic("a")

    for program in (keyword, block):
        shown = await refused(world, program)
        assert f"there is no AWS Region {wrong!r}; did you mean {meant!r}?" in shown
        assert f"CLOUDWRIGHT_REGIONS={wrong}" in shown
    monkeypatch.setenv("AWS_REGION", wrong)
    assert f"did you mean {meant!r}?" in await refused(world, topic("a"))
    monkeypatch.setenv("CLOUDWRIGHT_REGIONS", f"mars-north-1, {wrong}")
    assert [step.target.region for step in (await world.plan(keyword)).changes] == [wrong]


async def test_an_alias_that_matches_nothing(world: World) -> None:
    await world.deploy(topic("images-golden", TopicName="a"))

    def renamed(alias: str) -> Callable[[], Any]:
        return topic("base", aliases=alias)

    assert "aliases='image-golden' matches no key of the state; did you mean 'images-golden'?" in await refused(
        world, renamed("image-golden")
    )
    assert [step.action for step in (await world.plan(renamed("images-golden"))).changes] != []
    await world.deploy(renamed("images-golden"))
    assert (await world.plan(renamed("images-golden"))).empty
    # An alias of long ago does no harm.
    assert (await world.plan(topic("base", aliases=["image-golden", "base2"]))).empty


async def test_the_names_of_stages_and_apps(world: World) -> None:
    await world.deploy(topic("a", TopicName="a"))

    def stage(name: str) -> Any:
        return world.app(topic("b")).configure(stage=name)

    assert (await stage("devv").plan()).notes[0] == "there is no state of test/devv yet; did you mean test/dev?"
    assert (await stage("devv").plan_destroy()).notes[0].endswith("did you mean test/dev?")
    assert (await stage("review-42").plan()).notes == ()
    assert [note for note in (await stage("dev").plan()).notes if "no state of" in note] == []


async def test_no_second_state_has_a_name_that_looks_the_same(world: World) -> None:
    def stage(name: str) -> Any:
        return world.app(topic("a")).configure(stage=name)

    async def agree(_: object) -> bool:
        return True

    async def refuse(_: object) -> bool:
        return False

    async def refusal(name: str) -> str:
        with pytest.raises(ProgramError) as raised:
            await stage(name).plan()
        with pytest.raises(ProgramError):
            await stage(name).plan_destroy()
        with pytest.raises(ProgramError):
            await stage(name).deploy(approve=agree)
        return f"{raised.value.message} {raised.value.hint}"

    await stage("Dev").deploy(approve=refuse)  # nothing is written, so the name is free
    for name in ("caf\u00e9", "dev"):
        await stage(name).deploy(approve=agree)

    assert "there is a state of test/dev already" in await refusal("Dev")
    assert "--stage dev" in await refusal("DEV")
    assert "spelt with other Unicode characters" in await refusal("cafe\u0301")
    assert "stage 'caf\\xe9' in Python's notation" in await refusal("cafe\u0301")
    assert "only in upper and lower case" in await refusal("CAFE\u0301")
    assert not (await stage("dev").plan()).changes
    assert (await stage("devil").plan()).changes


async def test_the_app_whose_outputs_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cloudwright import App

    monkeypatch.chdir(tmp_path)
    network = App("network", stage="dev", local=True)
    network.program(lambda: {"Vpc": "vpc-1"})
    await network.deploy()
    reader = App("reader", stage="dev", local=True)

    @reader.program
    async def read() -> None:
        await outputs("netwrk", stage="dev")

    with pytest.raises(CloudwrightError, match="did you mean network/dev"):
        await reader.plan()
