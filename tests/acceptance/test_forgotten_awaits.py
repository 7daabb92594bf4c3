"""Every public call that must be awaited, and every handle, in every use that is no `await`."""

from __future__ import annotations

import asyncio
import copy
import functools
import gc
import inspect
import pickle
import re
from typing import TYPE_CHECKING, Any

import pytest

import cloudwright
from app_kit import World
from cloudwright import App, Resource, component, outputs, secret
from cloudwright.app.state_admin import StateAdmin
from cloudwright.errors import CloudwrightError, ForgottenAwait, ReferenceMisuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HERE = re.escape(__file__)


@component
async def network(name: str) -> str:
    Resource(name, type="AWS::SNS::Topic")
    return name


def methods(kind: type) -> list[str]:
    """The public asynchronous methods of a class, and of those it inherits from."""
    public = (name for name in dir(kind) if not name.startswith("_"))
    found = ((name, inspect.unwrap(inspect.getattr_static(kind, name))) for name in public)
    return [name for name, member in found if inspect.iscoroutinefunction(member)]


def functions() -> list[str]:
    """The public asynchronous functions of the package."""
    found = ((name, getattr(cloudwright, name)) for name in cloudwright.__all__)
    return [name for name, member in found if inspect.iscoroutinefunction(inspect.unwrap(member))]


def arguments(function: Callable[..., Any]) -> list[Any]:
    """Something for every argument that must be given; nothing runs, so anything will do."""
    needed = [one for one in inspect.signature(function).parameters.values() if one.default is one.empty]
    return ["x" for one in needed if one.kind is one.POSITIONAL_OR_KEYWORD]


def options(function: Callable[..., Any]) -> dict[str, Any]:
    needed = inspect.signature(function).parameters.values()
    return {one.name: "x" for one in needed if one.kind is one.KEYWORD_ONLY and one.default is one.empty}


def on(holder: Any, name: str) -> Callable[[], Any]:
    def call() -> Any:
        method = getattr(holder(), name)
        return method(*arguments(method), **options(method))

    return call


CALLS: dict[str, Callable[[], Any]] = {
    **{name: on(lambda: cloudwright, name) for name in functions()},
    **{f"app.{name}": on(lambda: App("x"), name) for name in methods(App)},
    **{f"app.state_admin.{name}": on(lambda: App("x").state_admin, name) for name in methods(StateAdmin)},
    "network": lambda: network("net"),
}


def operators() -> Iterator[str]:
    """Every operator that any of Python's own values has, and those of `with`, `for` and calls."""
    values = (str, int, float, bytes, dict, list, tuple, set, type(open), type(pytest.raises(ValueError)))
    names = {name for kind in values for name in dir(kind) if name.startswith("__") and callable(getattr(kind, name))}
    names |= {"__aenter__", "__aexit__", "__aiter__", "__enter__", "__exit__", "__call__", "__complex__"}
    compared = {"__str__", "__format__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"}
    return iter(sorted(names - (set(dir(object)) - compared) - NEVER_WRITTEN))


NEVER_WRITTEN = {
    *("__class_getitem__", "__getnewargs__", "__buffer__", "__release_buffer__", "__getformat__", "__text_signature__"),
    # With it, asyncio would take a call for an iterator.
    "__next__",
}
"""Operators that are not, or must not be, refused."""


def applied(name: str, call: Any) -> Any:
    return getattr(type(call), name)(call, "x")


USES: dict[str, Callable[[Any], Any]] = {
    "a condition": bool,
    "a text": str,
    "an f-string": lambda call: f"{call}",
    "a text with %": lambda call: "%s" % call,  # noqa: UP031 - what a user may write
    "an element": lambda call: call["Vpc"],
    "an attribute": lambda call: call.Vpc,
    "a method": lambda call: call.get("Vpc"),
    "a comparison": lambda call: call == {"Vpc": "x"},
    "a loop": list,
    "unpacking": lambda call: {**call},
    "a search": lambda call: "Vpc" in call,
    "a sum": lambda call: "arn:" + call,
    "a length": len,
    "printing": print,
    "a copy": copy.deepcopy,
    "a pickle": pickle.dumps,
    "with": lambda call: call.__enter__(),
    **{name: functools.partial(applied, name) for name in operators()},
}


def test_the_generator_finds_what_is_public() -> None:
    assert functions() == ["outputs"]
    assert {"plan", "deploy", "destroy", "outputs", "drift"} <= set(methods(App))
    assert len(methods(StateAdmin)) > 5


@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_is_not_awaited_is_refused_with_its_line_and_the_way_out(name: str) -> None:
    call = re.escape(name) + r"\(.*\)"
    expected = re.compile(rf"{call} at {HERE}:\d+ was not awaited before.*\nwrite `await {call}`")

    assert [] == [(use, text) for use in USES if not expected.fullmatch(text := refusal(CALLS[name](), USES[use]))]


def refusal(call: Any, use: Callable[[Any], Any]) -> str:
    try:
        use(call)
    except ForgottenAwait as refused:
        return str(refused)
    except Exception as error:  # noqa: BLE001 - whatever else a user would see
        return repr(error)
    return "nothing"


@pytest.mark.parametrize("name", CALLS)
def test_a_call_says_what_it_is_where_it_may(name: str) -> None:
    call = CALLS[name]()

    assert re.fullmatch(rf"<{re.escape(name)}\(.*\) at {HERE}:\d+, not awaited yet>", repr(call))
    assert inspect.isawaitable(call)
    assert asyncio.iscoroutine(call), "`asyncio.run` takes it"
    call.close()


@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_nobody_awaits_warns_as_python_does(name: str) -> None:
    expected = rf"{re.escape(name)}\(.*\) at {HERE}:\d+ was never awaited"

    with pytest.warns(RuntimeWarning, match=expected):
        forget(CALLS[name])


def forget(make: Callable[[], Any]) -> None:
    make()
    # It is young: to go through everything that the tests have made so far takes half a second.
    gc.collect(1)


PLACES: dict[str, Callable[[Any], Any]] = {
    "a property": lambda call: Resource("r", type="AWS::SNS::Topic", properties={"TopicName": call}),
    "a list": lambda call: Resource("r", type="AWS::SNS::Topic", properties={"Subscription": [call]}),
    "a secret": lambda call: Resource("r", type="AWS::SNS::Topic", properties={"TopicName": secret(call)}),
    "depends_on": lambda call: Resource("r", type="AWS::SNS::Topic", depends_on=call),
    "depends_on, in a list": lambda call: Resource("r", type="AWS::SNS::Topic", depends_on=[call]),
    "aliases": lambda call: Resource("r", type="AWS::SNS::Topic", aliases=call),
    "ignore_changes": lambda call: Resource("r", type="AWS::SNS::Topic", ignore_changes=call),
    "replace_on": lambda call: Resource("r", type="AWS::SNS::Topic", replace_on=[call]),
    "an identifier": lambda call: Resource.read("r", call, type="AWS::SNS::Topic"),
    "the output": lambda call: {"Vpc": call},
}


async def lookup() -> str:
    return "found"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("made", [lambda: outputs("other"), lambda: network("net"), lookup])
async def test_a_call_in_a_declaration_is_refused(world: World, place: str, made: Callable[[], Any]) -> None:
    with pytest.raises(ForgottenAwait, match=r"(?s)not awaited.*await (outputs\('other'\)|network\('net'\)|lookup\()"):
        await world.plan(lambda: PLACES[place](made()))


@pytest.mark.parametrize("made", [lambda: outputs("other"), lambda: network("net")])
async def test_a_program_that_forgets_one_ends_with_an_error_and_deletes_nothing(
    world: World, made: Callable[[], Any]
) -> None:
    async def declares() -> None:
        await network("net")

    await world.deploy(declares)

    def forgets() -> None:
        made()

    with pytest.raises(ForgottenAwait, match="was never awaited"):
        await world.deploy(forgets)
    assert len(world.live("SNS::Topic")) == 1


async def test_awaited_twice_it_gives_the_same_and_runs_once(world: World) -> None:
    async def program() -> dict[str, Any]:
        call = network("net")
        return {"first": await call, "second": await call}

    result = await world.deploy(program)

    assert result.outputs == {"first": "net", "second": "net"}
    assert len(world.live("SNS::Topic")) == 1


async def test_an_error_comes_again_at_the_second_await() -> None:
    call = outputs("other")
    printed = []
    for _ in range(2):
        with pytest.raises(CloudwrightError) as refused:
            await call
        printed.append(str(refused.value))

    assert printed[0] == printed[1]


async def test_tasks_groups_and_time_limits_take_calls_as_coroutines(world: World) -> None:
    async def program() -> dict[str, Any]:
        first = asyncio.create_task(network("a"))
        second, third = await asyncio.gather(network("b"), network("c"))
        async with asyncio.TaskGroup() as group:
            fourth = group.create_task(network("d"))
        return {"all": [await first, second, third, fourth.result(), await asyncio.wait_for(network("e"), 5)]}

    result = await world.deploy(program)

    assert result.outputs == {"all": ["a", "b", "c", "d", "e"]}
    assert len(world.live("SNS::Topic")) == 5


async def test_a_cancelled_task_ends_its_call() -> None:
    ended = []

    @component
    async def slow(name: str) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(name)

    task = asyncio.create_task(slow("one"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert ended == ["one"]


async def test_two_tasks_that_await_one_call_at_once_are_reported() -> None:
    @component
    async def slow(name: str) -> None:
        del name
        await asyncio.sleep(1)

    call = slow("one")

    async def wait() -> None:
        await call

    first = asyncio.create_task(wait())
    await asyncio.sleep(0)
    with pytest.raises(ForgottenAwait, match="awaited twice at the same time"):
        await wait()
    first.cancel()


HANDLE_USES: dict[str, Callable[[Any], Any]] = {
    "an f-string": lambda topic: f"is {topic}",
    "a text": lambda topic: "is " + str(topic),
    "format": "is {}".format,
    "a text with %": lambda topic: "is %s" % topic,  # noqa: UP031
}


@pytest.mark.parametrize("use", HANDLE_USES)
@pytest.mark.parametrize("waits", [False, True])
async def test_a_handle_inside_a_text_stands_for_its_identifier(world: World, use: str, *, waits: bool) -> None:
    async def program() -> None:
        topic = Resource("topic", type="AWS::SNS::Topic", properties={"TopicName": "t"})
        if waits:
            await (await topic)
        document = {"Name": "n", "Type": "String", "Value": HANDLE_USES[use](topic)}
        Resource("shown", type="AWS::SSM::Parameter", properties=document)

    result = await world.deploy(program)

    assert result.ok, result.failed
    assert world.live("SSM::Parameter")[0]["Value"] == f"is {world.live('SNS::Topic')[0]['TopicArn']}"


async def test_a_handle_and_a_reference_say_what_they_are_and_are_no_conditions(world: World) -> None:
    printed = []

    def program() -> None:
        topic = Resource("topic", type="AWS::SNS::Topic")
        printed.extend([repr(topic), repr(topic.TopicArn)])
        printed.append(str(bool(topic)))
        with pytest.raises(ReferenceMisuse, match="await the resource first"):
            bool(topic.TopicArn)

    await world.plan(program)

    assert printed[0] == "<AWS::SNS::Topic topic>"
    assert printed[1].startswith("<Reference topic:/TopicArn")
    assert printed[2] == "True", "a program asks in this way whether it has declared one"
