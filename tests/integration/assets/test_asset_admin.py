"""What is in the bucket for assets, who uses it, and what may be deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app_kit import World
from cloudwright import App, asset, secret
from cloudwright.app.bootstrap import bootstrap_app
from cloudwright.aws import IAM, S3, Lambda
from cloudwright.errors import AssetError, StateError
from cloudwright.state.leases.lease import Holder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BUCKET = "cloudwright-assets-000000000000-us-east-1"
ROLE = "arn:aws:iam::000000000000:role/function"


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("CLOUDWRIGHT_KEY_FILE", str(tmp_path / "key"))
    world = World(tmp_path)
    await bootstrap_app("us-east-1").configure(runtime=world.runtime).deploy()
    return world


def app(world: World, program: Callable[[], object], name: str = "test", stage: str = "dev") -> App:
    app = App(name, stage=stage)
    app.program(program)
    return app.configure(runtime=world.runtime)


def function(text: str) -> Callable[[], object]:
    def program() -> None:
        code = asset.text(text, suffix=".zip")
        Lambda.Function("function", Runtime="python3.13", Handler="index.handler", Role=ROLE, Code=code)

    return program


def key(text: str) -> str:
    found: str = asset.text(text, suffix=".zip").key
    return found


async def users(app: App) -> dict[str, tuple[str, ...]]:
    return {one.asset.key: one.used_by for one in (await app.asset_admin.inventory()).assets}


async def test_what_a_state_or_its_history_names_is_used(world: World) -> None:
    ours = app(world, function("1"))
    await ours.deploy()
    await app(world, function("2")).deploy()
    await app(world, function("2"), "other", "prod").deploy()
    assert await users(ours) == {key("1"): ("test/dev",), key("2"): ("other/prod", "test/dev")}

    found = await ours.asset_admin.inventory()
    assert found.unused(0) == ()
    assert await ours.asset_admin.prune(found, 0) == ()


async def test_what_no_state_names_is_pruned_once_it_is_old_enough(world: World) -> None:
    ours = app(world, function("1"))
    await ours.deploy()
    for unused in ("assets/" + "0" * 64 + ".zip", "assets/" + "1" * 64 + ".zip"):
        world.cloud.handle("s3", "PutObject", b"x", "000000000000", "us-east-1", f"/{BUCKET}/{unused}")
    world.cloud.handle("s3", "PutObject", b"x", "000000000000", "us-east-1", f"/{BUCKET}/no-asset")

    found = await ours.asset_admin.inventory()
    assert found.unused(1) == ()
    (first, second) = found.unused(0)
    shown = replace(found, assets=tuple(one for one in found.assets if one != second))
    assert await ours.asset_admin.prune(shown, 0) == (first,), "what was not shown stays"
    assert list(await users(ours)) == [second.asset.key, key("1")]
    assert world.cloud.handle("s3", "GetObject", b"", "000000000000", "us-east-1", f"/{BUCKET}/no-asset").body == b"x"


def masked(text: str) -> Callable[[], object]:
    def program() -> None:
        from cloudwright.aws import AppSync

        AppSync.ChannelNamespace("n", Name="n", ApiId="a", CodeS3Location=asset.text(text, suffix=".zip"))

    return program


async def test_a_name_that_the_state_only_holds_masked_counts(world: World, tmp_path: Path) -> None:
    ours = app(world, masked("1"))
    result = await ours.deploy()
    assert result.ok, result.failed
    assert key("1") not in repr((await ours.snapshot()).records[0].declared)
    assert await users(ours) == {key("1"): ("test/dev",)}

    (tmp_path / "key").unlink()
    with pytest.raises(StateError, match=r"it is not known which assets test/dev uses: .* nothing was deleted"):
        await ours.asset_admin.inventory()


async def test_a_secret_of_another_kind_needs_its_key_too(world: World, tmp_path: Path) -> None:
    def program() -> None:
        IAM.User("user", LoginProfile={"Password": secret("pa55word")})

    await app(world, program).deploy()
    assert await users(app(world, program)) == {}


async def test_a_run_in_progress_stops_it(world: World) -> None:
    ours = app(world, function("1"))
    await ours.deploy()
    other = app(world, function("2"), "other", "prod")
    await other.deploy()
    runtime = await world.runtime(other.settings)
    holder = Holder(user="ada", host="laptop", pid=7, command="cloudwright deploy", since=1.0)
    await runtime.services.store.acquire(holder, ttl=60)
    with pytest.raises(StateError) as failed:
        await ours.asset_admin.inventory()
    assert failed.value.message == (
        "it is not known which assets other/prod uses: ada on laptop is running `cloudwright deploy`; "
        "nothing was deleted"
    )
    await runtime.close()


async def test_without_the_bucket_there_is_nothing_to_list(tmp_path: Path) -> None:
    ours = app(World(tmp_path), function("1"))
    with pytest.raises(AssetError) as failed:
        await ours.asset_admin.inventory()
    assert failed.value.message == f"there is no bucket {BUCKET} for assets"
    assert failed.value.hint == "create it: `cloudwright bootstrap FILE`; or name another one: App(assets=BUCKET)"


async def test_two_regions_and_accounts_have_buckets_of_their_own(world: World) -> None:
    from cloudwright import target

    places = [("000000000000", "us-east-1"), ("000000000000", "eu-west-1"), ("111122223333", "us-east-1")]
    for account, region in places[1:]:
        name = f"cloudwright-assets-{account}-{region}"
        world.cloud.put(account, region, "AWS::S3::Bucket", {"BucketName": name})

    def program() -> None:
        code = asset.text("1", suffix=".zip")
        for account, region in places:
            with target(account=account, region=region):
                Lambda.Function(
                    f"f-{account}-{region}", Runtime="python3.13", Handler="index.handler", Role=ROLE, Code=code
                )

    result = await app(world, program).deploy()
    assert result.ok, result.failed
    for account, region in places:
        name = f"cloudwright-assets-{account}-{region}"
        assert world.cloud.handle("s3", "GetObject", b"", account, region, f"/{name}/{key('1')}").body == b"1"
        functions = [one for one in world.cloud.resources(account, region) if one.type_name == "AWS::Lambda::Function"]
        assert [one.properties["Code"]["S3Bucket"] for one in functions] == [name]


async def test_the_bucket_of_bootstrap_stays_while_it_holds_assets(world: World) -> None:
    await app(world, function("1")).deploy()

    def program() -> None:
        S3.Bucket("assets", BucketName=BUCKET, adopt=True)

    taken = app(world, program, "taken")
    await bootstrap_app("us-east-1").configure(runtime=world.runtime).destroy()
    assert (await taken.deploy()).ok
    result = await taken.destroy()
    assert "The bucket you tried to delete is not empty" in repr(result.failed)
