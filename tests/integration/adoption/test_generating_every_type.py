"""A live resource of any type becomes a program that takes it over without a change; one type in thirty, at random."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from catalog_kit import CATALOG
from cloudwright.app.import_ import generate_program, parent_names
from cloudwright.app.runtime import RunSettings
from cloudwright.plan.model import Action
from cloudwright.target import DeclaredTarget
from type_documents.documents import rich

if TYPE_CHECKING:
    from collections.abc import Callable

    from app_kit import World

ACCOUNT, REGION = "000000000000", "us-east-1"


def usable(name: str) -> bool:
    kind = CATALOG.get(name)
    regions = CATALOG.regions(name)
    return kind.provisionable and kind.listable and "read" in kind.handlers and (not regions or REGION in regions)


TYPES = [name for name in CATALOG.names() if usable(name)]


@pytest.mark.parametrize("type_name", TYPES[::30])
async def test_a_live_resource_is_taken_over_as_it_is(world: World, type_name: str) -> None:
    kind = CATALOG.get(type_name)
    document = rich(kind, seed=3, share=0.4)
    if document is None:
        pytest.skip("no document can be made from this schema")
    try:
        world.cloud.put(ACCOUNT, REGION, type_name, document)
    except ValueError as error:
        pytest.skip(f"the made-up document names no resource: {error}")
    live = world.cloud.resources()[0].properties
    parent = {name: str(live[name]) for name in parent_names(kind)[0] if name in live}
    if set(parent) != set(parent_names(kind)[0]):
        pytest.skip("the parent stands nowhere in the live document")
    if any(isinstance(live[name], dict | list) for name in parent):
        pytest.skip("its parent is a block, which no command line can name")

    runtime = await world.runtime(RunSettings("gen", "import", world.folder))
    found = await generate_program(runtime, "gen", [type_name], DeclaredTarget(region=REGION), parent)
    names: dict[str, Any] = {"__name__": "generated"}
    exec(compile(found.source, "generated.py", "exec"), names)
    program: Callable[[], Any] = names["main"]

    plan = await world.plan(program)
    assert [(Action.IMPORT, ())] == [(step.action, step.changes) for step in plan.steps]
    assert (await world.deploy(program)).ok
    assert [] == world.cloud.requests()
    assert (await world.plan(program, refresh=True)).empty
    assert () == (await world.app(program).drift()).drifted
