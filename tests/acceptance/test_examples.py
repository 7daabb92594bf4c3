"""The examples, as their reader runs them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import commands
from cloudwright.app.bootstrap import bootstrap_app
from cloudwright.app.loading import load
from cloudwright.plan.model import Action
from cloudwright.plan.options import PlanOptions
from json_output import read_lines

if TYPE_CHECKING:
    from app_kit import World

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
DATA = ROOT / "tests" / "data" / "golden-image.json"


def run(*arguments: str, folder: Path) -> list[dict[str, Any]]:
    done = commands.run(*arguments, "--local", "--stage", "test", "--json", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return read_lines(done.stdout)


def edited(folder: Path, old: str, new: str) -> None:
    program = folder / "image_distribution.py"
    text = program.read_text()
    assert old in text
    program.write_text(text.replace(old, new))


def actions(lines: list[dict[str, Any]]) -> list[tuple[str, str]]:
    steps = [line for line in lines if line["type"] == "step"]
    return [(step["key"], step["action"]) for step in steps if step["action"] != "none"]


@pytest.mark.timeout(120)
def test_the_three_distributions_live_from_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "image_distribution.py").write_text((EXAMPLES / "image_distribution.py").read_text())
    keys = ["basicDistributionConfig", "advancedDistributionConfig", "multiRegionDistributionConfig"]

    first = run("deploy", "image_distribution.py", "--yes", folder=tmp_path)
    second = run("deploy", "image_distribution.py", "--yes", folder=tmp_path)
    edited(tmp_path, "A simple distribution", "A plain distribution")
    third = run("deploy", "image_distribution.py", "--yes", folder=tmp_path)
    edited(tmp_path, 'Name="MultiRegionDistributionConfig"', 'Name="EveryRegionDistributionConfig"')
    fourth = run("deploy", "image_distribution.py", "--yes", folder=tmp_path)
    last = run("destroy", "image_distribution.py", "--yes", folder=tmp_path)
    state = run("state", "list", "image_distribution.py", folder=tmp_path)

    assert actions(first) == [(key, "create") for key in keys]
    assert actions(second) == []
    assert second[-1]["calls"] == 0
    assert actions(third) == [("basicDistributionConfig", "update")]
    assert actions(fourth) == [("multiRegionDistributionConfig", "replace")]
    assert sorted(actions(last)) == sorted((key, "delete") for key in keys)
    assert not [line for line in state if line["type"] == "record"]


async def test_the_golden_image_is_what_its_data_says(world: World) -> None:
    app = load(EXAMPLES / "golden_image.py").configure(stage="test", runtime=world.runtime)
    expected = json.loads(DATA.read_text())["resources"]

    plan = await app.plan()
    result = await app.deploy()
    again = await app.deploy()

    assert sorted((r["name"], r["type"], r["account"], r["region"]) for r in expected) == sorted(
        (step.key, step.type, step.target.account, step.target.region) for step in plan.steps
    )
    assert result.ok, result.failed
    assert (again.plans[0].empty, again.calls) == (True, 0)


async def test_the_golden_image_refers_where_its_data_refers(world: World) -> None:
    app = load(EXAMPLES / "golden_image.py").configure(stage="test", runtime=world.runtime)
    data = json.loads(DATA.read_text())
    expected = {(e["target"], e["path"], e["source"]) for e in data["edges"]}

    plan = await app.plan()

    found = {
        (declared.key, path, reference.partition(":")[0])
        for declared in plan.declared
        for path, reference in declared.references.items()
    }
    assert found == expected


async def test_a_new_recipe_of_the_golden_image_replaces_it_and_repoints_the_pipeline(world: World) -> None:
    app = load(EXAMPLES / "golden_image.py").configure(stage="test", runtime=world.runtime)
    await app.deploy()

    result = await app.deploy(options=PlanOptions(replace=("Recipe",)))

    assert result.ok, result.failed
    steps = {step.key: step.action for step in result.plans[0].changes}
    assert steps == {"Recipe": Action.REPLACE, "Pipeline": Action.UPDATE}
    assert (await app.deploy()).calls == 0
    assert (await app.destroy()).ok
    assert list(world.cloud.resources()) == []


def test_a_custom_resource_lives_from_the_command_line(tmp_path: Path) -> None:
    program = tmp_path / "custom_resource.py"
    program.write_text((EXAMPLES / "custom_resource.py").read_text())

    first = run("deploy", "custom_resource.py", "--yes", folder=tmp_path)
    assert actions(first) == [("motto", "create"), ("note", "create")]
    assert (tmp_path / "note.txt").read_text() == "The motto has 32 characters.\n"

    (tmp_path / "motto.txt").write_text("Somebody else's words.")
    program.write_text(program.read_text().replace("plain Python", "plain text"))
    second = run("deploy", "custom_resource.py", "--yes", "--refresh", folder=tmp_path)
    assert actions(second)[0] == ("motto", "update")
    assert (tmp_path / "motto.txt").read_text() == "Infrastructure is plain text.\n"

    run("destroy", "custom_resource.py", "--yes", folder=tmp_path)
    assert not (tmp_path / "motto.txt").exists()
    assert not (tmp_path / "note.txt").exists()


async def test_the_golden_image_passes_its_own_two_roles_and_no_other(world: World) -> None:
    app = load(EXAMPLES / "golden_image.py").configure(stage="test", runtime=world.runtime)

    needed = [one for account in await app.permissions() for one in account.permissions]

    assert {one.resources for one in needed if one.action == "iam:PassRole"} == {
        ("arn:aws:iam::111111111111:role/golden-builder",),
        ("arn:aws:iam::111111111111:role/golden-lifecycle",),
    }


async def test_the_web_service_is_whole_and_follows_its_folder(world: World) -> None:
    await bootstrap_app("us-east-1").configure(runtime=world.runtime).deploy()
    app = load(EXAMPLES / "web_service.py").configure(stage="test", runtime=world.runtime)

    result = await app.deploy()
    again = await app.plan()

    assert result.ok, result.failed
    assert again.empty
    assert [pinned.label for pinned in again.lookups] == ["identity()", "zones"]
    (function,) = world.live("Lambda::Function")
    assert len(function["VpcConfig"]["SubnetIds"]) == len(world.live("EC2::Subnet")) == 3
    assert {"Key": "app", "Value": "notes"} in function["Tags"]
    assert function["Code"]["S3Key"].endswith(".zip")
    assert str(result.outputs["url"]).startswith("https://")
    routes = {route["RouteKey"] for route in world.live("ApiGatewayV2::Route")}
    assert routes == {"GET /notes/{name}", "PUT /notes/{name}"}
    assert (await app.destroy()).ok
    assert {one.type_name for one in world.cloud.resources()} == {"AWS::S3::Bucket", "AWS::S3::BucketPolicy"}
