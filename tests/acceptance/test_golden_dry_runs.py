"""`plan --ask-service` of the golden image: what it finds, that it finds nothing else, and that it makes nothing."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.app.loading import load
from cloudwright.clock import SystemClock
from cloudwright.local.access.policy import policy_of
from cloudwright.local.cloud import LocalCloud
from cloudwright.schema.catalog import Catalog
from cloudwright.services import imagebuilder

if TYPE_CHECKING:
    from app_kit import World
    from cloudwright.plan.model import Finding

GOLDEN = Path(__file__).parents[2] / "examples" / "golden_image.py"
GONE = "arn:aws:imagebuilder:us-east-1:111111111111:component/gone/1.0.0"

DATED = ('"golden-al2023-{{ imagebuilder:buildDate }}"', '"golden-al2023"')
UNKNOWN = ('"arn:aws:imagebuilder:us-east-1:aws:component/update-linux/x.x.x"', f'"{GONE}"')
SMALLER = ('["m6i.large", "m5.large"]', '["m5.large"]')
DESCRIBED = ("Golden AMI to 3 Regions and 4 accounts", "Golden AMI")


async def answers(world: World, folder: Path, *edits: tuple[str, str]) -> list[Finding]:
    """What the service says about an edited golden image; nothing may change in the cloud meanwhile."""
    text = GOLDEN.read_text()
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    (folder / "edited.py").write_text(text)
    app = load(folder / "edited.py").configure(stage="test", runtime=world.runtime)
    before = (world.cloud.resources(), len(world.cloud.requests()))
    plan = await app.ask_service(await app.plan())
    assert (world.cloud.resources(), len(world.cloud.requests())) == before
    return [one for one in plan.findings if one.id.startswith("aws-")]


async def deployed(world: World) -> None:
    result = await load(GOLDEN).configure(stage="test", runtime=world.runtime).deploy()
    assert result.ok, result.failed


async def test_nothing_is_wrong_with_the_good_program_and_nothing_is_made(world: World, tmp_path: Path) -> None:
    shown = await answers(world, tmp_path)

    assert {one.id for one in shown} == {"aws-confirmed", "aws-not-asked"}
    assert {one.key for one in shown if one.id == "aws-confirmed"} >= {"Hardening"}
    assert world.cloud.resources() == []


async def test_a_good_change_is_confirmed(world: World, tmp_path: Path) -> None:
    await deployed(world)

    assert {(one.key, one.id) for one in await answers(world, tmp_path, DESCRIBED, SMALLER)} == {
        ("Distribution", "aws-confirmed"),
        ("Infra", "aws-confirmed"),
    }


async def test_a_name_without_build_date_and_an_unknown_component_are_found(world: World, tmp_path: Path) -> None:
    await deployed(world)
    refused = {one.key: one for one in await answers(world, tmp_path, DATED, UNKNOWN) if one.id == "aws-refused"}

    assert set(refused) == {"Distribution", "Recipe"}
    assert "The EC2 AMI name must contain" in refused["Distribution"].text
    assert GONE in refused["Recipe"].text
    assert refused["Recipe"].path == "/Components/0/ComponentArn"


async def test_a_missing_permission_is_found(world: World, tmp_path: Path) -> None:
    await deployed(world)
    creating = "imagebuilder:CreateInfrastructureConfiguration"
    policy = policy_of({"Statement": {"Effect": "Allow", "NotAction": creating, "Resource": "*"}})
    world.cloud = LocalCloud(
        Catalog.bundled(), store=world.cloud._context.store, clock=SystemClock(), operation_time=0, policy=policy
    )
    (shown,) = await answers(world, tmp_path, SMALLER)

    assert (shown.id, shown.key) == ("aws-refused", "Infra")
    assert f"is not authorized to perform: {creating}" in shown.text


# -- no other request can leave the module


def calls_of(tree: ast.AST, name: str) -> list[ast.Call]:
    """The calls of a function or class, by its last name."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [one for one in calls if name == getattr(one.func, "id", getattr(one.func, "attr", ""))]


def unguarded(source: str) -> list[str]:
    """The ways in which a module could send something other than a dry run."""
    tree = ast.parse(source)
    found = [
        f"{len(calls_of(tree, name))} calls of {name}" for name in ("Call", "ask") if len(calls_of(tree, name)) != 1
    ]
    for call in calls_of(tree, "Call"):
        text = ast.unparse(call)
        if "json.dumps(body)" not in text:
            found.append(f"sends {text}")
    bodies = [
        node for node in ast.walk(tree) if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "body"
    ]
    for assigned in bodies:
        value: Any = assigned.value
        last = isinstance(value, ast.Dict) and (value.keys[-1], value.values[-1])
        if not last or ast.unparse(last[0] or assigned) != "'dryRun'" or ast.unparse(last[1]) != "True":
            found.append(f"makes {ast.unparse(assigned)}")
    changed = [node for node in ast.walk(tree) if isinstance(node, ast.Subscript | ast.AugAssign | ast.Delete)]
    found += [f"changes {ast.unparse(one)}" for one in changed if "body" in ast.unparse(one)]
    found += [] if len(bodies) == 1 else [f"{len(bodies)} bodies"]
    return found


def test_the_module_of_the_dry_runs_can_send_nothing_else() -> None:
    assert unguarded(inspect.getsource(imagebuilder)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"dryRun": True}', '"dryRun": True, **more}'),
        ('"dryRun": True}', '"dryRun": False}'),
        (', "dryRun": True}', "}"),
        ("json.dumps(body)", "json.dumps(form)"),
        ("        call = Call(", '        body["dryRun"] = False\n        call = Call('),
        (
            "            await self._port.ask(call",
            "            await self._port.ask(other)\n            await self._port.ask(call",
        ),
    ],
)
def test_the_scan_finds_every_way_around(old: str, new: str) -> None:
    source = inspect.getsource(imagebuilder)
    assert old in source
    assert unguarded(source.replace(old, new)) != []
