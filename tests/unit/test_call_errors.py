"""Calls of public functions with wrong arguments teach the right ones; the sweep finds those that do not."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

import pytest

import cloudwright
from cloudwright import App, lookup, outputs, scope, secret, target
from cloudwright.call_errors import ELSEWHERE, checked
from cloudwright.errors import ProgramError
from cloudwright.providers.s3 import folder

if TYPE_CHECKING:
    from collections.abc import Callable

OWN = {"CloudwrightError", "Resource", "Secret", "ActionContext", "lookup"}
"""Classes that programs use as types, resources, whose keywords the schemas check, and a holder of methods."""

INNER = {"cli"}
"""Takes nothing, and is called by `python infra.py` alone."""


def public_calls() -> dict[str, Callable[..., Any]]:
    found: dict[str, Any] = {name: getattr(cloudwright, name) for name in cloudwright.__all__ if name not in OWN}
    holders = {"app": App("sweep"), "lookup": lookup, "secret": secret, "asset": cloudwright.asset}
    for holder, value in holders.items():
        for name in set(dir(type(value))) - INNER:
            if not name.startswith("_") and inspect.isfunction(getattr(type(value), name)):
                found[f"{holder}.{name}"] = getattr(value, name)
    return {**found, "folder": folder}


CALLS = public_calls()


def filled(call: Callable[..., Any]) -> list[Any]:
    """What it needs by position, so that only the wrong keyword is wrong."""
    takes = inspect.signature(call).parameters.values()
    return ["x" for one in takes if one.kind is one.POSITIONAL_OR_KEYWORD and one.default is one.empty]


async def _awaited(call: Callable[..., Any], given: list[Any], wrong: dict[str, Any]) -> None:
    made = call(*given, **wrong)
    if inspect.isawaitable(made):
        await made


@pytest.mark.parametrize("name", sorted(CALLS))
def test_every_public_call_teaches_its_keywords(name: str) -> None:
    call = CALLS[name]
    takes = inspect.signature(call).parameters
    free = any(one.kind is one.VAR_KEYWORD for one in takes.values())
    wrong = {} if free else {"zzyzx": 1}
    given = [*filled(call), *["x"] * 20] if free else filled(call)

    with pytest.raises(ProgramError) as caught:
        asyncio.run(_awaited(call, given, wrong))

    assert caught.value.message.startswith(f"{name} takes")
    assert free or "takes no 'zzyzx'" in caught.value.message
    assert f"it is called as {name}(" in (caught.value.hint or "")
    assert all(word in (caught.value.hint or "") for word in takes)


def test_the_sweep_finds_them() -> None:
    assert {"App", "target", "scope", "action", "app.deploy", "app.each", "lookup.ami", "secret.env"} <= set(CALLS)


CASES: list[tuple[Callable[[], Any], str, str]] = [
    (lambda: App("x", region="eu-west-1"), "App takes no 'region'", ELSEWHERE["region"]),  # type: ignore[call-arg]
    (lambda: App("x", profile="p"), "App takes no 'profile'", ELSEWHERE["profile"]),  # type: ignore[call-arg]
    (lambda: App("x", account="1"), "App takes no 'account'", ELSEWHERE["account"]),  # type: ignore[call-arg]
    (lambda: App("x", tag={}), "App takes no 'tag'; did you mean 'tags'?", "tags=..."),  # type: ignore[call-arg]
    (lambda: App("x", strictValues=True), "did you mean 'strict_values'?", ""),  # type: ignore[call-arg]
    (lambda: App(), "App needs 'name'", "App(name, *, stage=..."),  # type: ignore[call-arg]  # noqa: PLW0108 - for its arguments
    (lambda: App("x", "dev"), "App takes name alone without a name", "stage=..."),  # type: ignore[call-arg]
    (lambda: target(acount="1"), "did you mean 'account'?", "it is called as target("),  # type: ignore[call-arg]
    (lambda: scope(), "scope needs 'name'", "scope(name, *, tags=...)"),  # type: ignore[call-arg]  # noqa: PLW0108 - likewise
]


@pytest.mark.parametrize(("call", "message", "hint"), CASES)
def test_what_people_know_from_elsewhere_is_answered(call: Callable[[], Any], message: str, hint: str) -> None:
    with pytest.raises(ProgramError) as caught:
        call()

    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


async def test_an_awaited_call_teaches_where_it_is_awaited() -> None:
    with pytest.raises(ProgramError, match="outputs takes no 'stge'; did you mean 'stage'"):
        await outputs("net", stge="dev")  # type: ignore[call-arg]


def test_an_error_of_the_function_itself_stays_what_it_is() -> None:
    @checked("broken")
    def broken() -> int:
        return int(None)  # type: ignore[call-overload,no-any-return]

    with pytest.raises(TypeError, match="NoneType"):
        broken()
