"""Assets: content decides about an upload, the property about its form, and the bytes are sent before anything else."""

from __future__ import annotations

import io
import itertools
import os
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright import asset
from cloudwright.app.bootstrap import bootstrap_app
from cloudwright.app.runtime import RunSettings
from cloudwright.assets.local import LocalUploads
from cloudwright.assets.packing import opened, pack
from cloudwright.assets.s3 import S3Uploads
from cloudwright.assets.uploads import LARGEST, MOST_PARTS, PART, parts_of
from cloudwright.aws import ImageBuilder, Lambda
from cloudwright.aws.session import Sessions
from cloudwright.errors import AssetError, InvalidProperties, ProgramError
from cloudwright.plan.asset_places import assets_in
from cloudwright.plan.model import Action
from cloudwright.plan.saved import Saved, from_json, to_json
from cloudwright.target import Target
from conformance.s3_server import client, running

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cloudwright.testing import ServedCloud

BUCKET = "cloudwright-assets-000000000000-us-east-1"
ROLE = "arn:aws:iam::000000000000:role/function"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "lambda"
    (folder / "lib").mkdir(parents=True)
    (folder / "index.py").write_text("print(1)\n", "utf-8")
    (folder / "lib" / "more.py").write_text("print(2)\n", "utf-8")
    (folder / "lib" / "run.sh").write_text("#!/bin/sh\n", "utf-8")
    (folder / "lib" / "run.sh").chmod(0o755)
    return folder


@pytest.fixture
def program(folder: Path) -> Callable[[], None]:
    def program() -> None:
        Lambda.Function("function", Runtime="python3.13", Handler="index.handler", Role=ROLE, Code=asset(folder))

    return program


async def bootstrapped(world: World) -> None:
    result = await bootstrap_app("us-east-1").configure(runtime=world.runtime).deploy()
    assert result.ok, result.failed
    assert result.outputs == {"bucket": BUCKET}


def uploads(world: World) -> list[str]:
    return [call.action for call in world.cloud.calls if call.service == "s3" and call.action == "PutObject"]


def code(world: World) -> dict[str, Any]:
    (function,) = world.live("Lambda::Function")
    found: dict[str, Any] = function["Code"]
    return found


async def test_a_folder_is_uploaded_once_and_again_only_when_it_changed(
    world: World, program: Callable[[], None], folder: Path
) -> None:
    await bootstrapped(world)
    note = (await world.plan(program)).notes[-1]
    assert (await world.deploy(program)).ok
    first = code(world)
    assert note.endswith(f"(28 bytes) is uploaded to s3://{BUCKET}/{first['S3Key']}, unless it is there already")
    assert first["S3Bucket"] == BUCKET
    assert first["S3Key"].startswith("assets/")
    assert first["S3Key"].endswith(".zip")
    assert len(uploads(world)) == 1

    os.utime(folder / "index.py", (1, 1))
    (folder / "index.pyc").write_bytes(b"compiled")
    assert (await world.plan(program)).empty
    assert not (await world.plan(program)).notes
    (folder / "index.py").write_text("print(3)\n", "utf-8")
    plan = await world.plan(program)
    assert [(change.path, change.old) for change in plan.changes[0].changes] == [("/Code/S3Key", first["S3Key"])]
    assert (await world.deploy(program)).ok
    assert len(uploads(world)) == 2

    (folder / "index.py").write_text("print(1)\n", "utf-8")
    assert (await world.deploy(program)).ok
    assert code(world) == first
    assert len(uploads(world)) == 2


async def test_two_resources_share_an_upload(world: World, folder: Path) -> None:
    await bootstrapped(world)

    def program() -> None:
        for name in ("one", "other"):
            Lambda.Function(name, Runtime="python3.13", Handler="index.handler", Role=ROLE, Code=asset(folder))

    assert (await world.deploy(program)).ok
    assert len(uploads(world)) == 1


async def test_a_property_that_takes_a_uri_gets_one(world: World) -> None:
    await bootstrapped(world)

    def program() -> None:
        data = asset.text("name: x\nschemaVersion: 1.0\nphases: []\n", suffix=".yaml")
        ImageBuilder.Component("motd", Name="motd", Platform="Linux", Version="1.0.0", Uri=data)

    plan = await world.plan(program)
    uri = str(plan.steps[0].desired["Uri"])
    assert uri.startswith(f"s3://{BUCKET}/assets/")
    assert uri.endswith(".yaml")


async def test_without_the_bucket_nothing_is_sent(world: World, program: Callable[[], None]) -> None:
    with pytest.raises(AssetError) as failed:
        await world.deploy(program)
    error = failed.value
    assert error.message == f"there is no bucket {BUCKET} for assets"
    assert "cloudwright bootstrap" in str(error.hint)
    assert not world.cloud.resources()


async def test_a_bucket_of_the_users(world: World, program: Callable[[], None]) -> None:
    world.cloud.put("000000000000", "us-east-1", "AWS::S3::Bucket", {"BucketName": "ours-us-east-1"})
    app = world.app(program, assets="ours-{region}")
    assert (await app.deploy()).ok
    assert code(world)["S3Bucket"] == "ours-us-east-1"


async def test_files_that_change_after_the_plan_make_it_stale(
    world: World, program: Callable[[], None], folder: Path
) -> None:
    await bootstrapped(world)
    saved = from_json(to_json(Saved(await world.plan(program))))
    (folder / "index.py").write_text("print(3)\n", "utf-8")
    with pytest.raises(Exception, match="the program changed since the plan was made"):
        await world.app(program).deploy(saved.plan)
    assert not uploads(world)


async def test_an_update_of_something_else_uploads_nothing(world: World, folder: Path) -> None:
    await bootstrapped(world)
    memory = 128

    def program() -> None:
        Lambda.Function(
            "function",
            Runtime="python3.13",
            Handler="index.handler",
            Role=ROLE,
            Code=asset(folder),
            MemorySize=memory,
        )

    await world.deploy(program)
    memory = 256
    assert (await world.plan(program)).count(Action.UPDATE) == 1
    assert (await world.deploy(program)).ok
    assert len(uploads(world)) == 1


async def test_what_is_no_asset(world: World, folder: Path, tmp_path: Path) -> None:
    def misplaced() -> None:
        Lambda.Function("function", Role=asset(folder), Code={"ZipFile": "x"})

    with pytest.raises(InvalidProperties, match="function: /Role of AWS::Lambda::Function takes no asset"):
        await world.plan(misplaced)
    with pytest.raises(ProgramError, match="there is no file"):
        asset(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ProgramError, match="contains no files"):
        asset(tmp_path / "empty")


# -- content


def test_excludes_are_those_of_the_call_and_of_the_folders_own_file(folder: Path) -> None:
    (folder / "notes.md").write_text("x", "utf-8")
    (folder / "lib" / "notes.md").write_text("x", "utf-8")
    (folder / "tests").mkdir()
    (folder / "tests" / "test.py").write_text("x", "utf-8")
    (folder / ".assetignore").write_text("# not shipped\ntests/\nlib/notes.md\n", "utf-8")
    with opened(asset(folder, exclude=["*.sh"])) as packed:
        assert zipfile.ZipFile(packed).namelist() == ["index.py", "lib/more.py", "notes.md"]


def test_a_zip_is_the_same_for_the_same_content(folder: Path, tmp_path: Path) -> None:
    first, second = io.BytesIO(), io.BytesIO()
    pack(folder, (), first)
    os.utime(folder / "index.py", (1, 1))
    (folder / "lib" / "more.py").chmod(0o600)
    pack(folder, (), second)
    assert first.getvalue() == second.getvalue()
    with zipfile.ZipFile(first) as archive:
        assert archive.testzip() is None
        modes = {one.filename: one.external_attr >> 16 & 0o777 for one in archive.infolist()}
    assert modes == {"index.py": 0o644, "lib/more.py": 0o644, "lib/run.sh": 0o755}


def test_a_digest_tells_names_modes_and_contents_apart(folder: Path) -> None:
    seen = {asset(folder).digest}
    (folder / "index.py").rename(folder / "other.py")
    seen.add(asset(folder).digest)
    (folder / "other.py").chmod(0o755)
    seen.add(asset(folder).digest)
    (folder / "other.py").write_text("print(4)\n", "utf-8")
    seen.add(asset(folder).digest)
    assert len(seen) == 4
    assert not [one for one in assets_in({"a": [asset.text("x")]}) if one[0] != ("a", "0")]


def test_a_text_and_a_file_of_the_same_content_have_one_name(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}", "utf-8")
    assert asset(tmp_path / "x.json").key == asset.text("{}", suffix=".json").key


# -- S3


async def test_s3_takes_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "123456789012")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    target = Target("123456789012", "us-east-1")
    with running() as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        s3, uploads, one = client(endpoint), S3Uploads(Sessions()), asset(folder)
        with pytest.raises(AssetError, match="there is no bucket assets-x for assets"):
            await uploads.has(target, "assets-x", one.key)
        s3.create_bucket(Bucket="assets-x")
        assert not await uploads.has(target, "assets-x", one.key)
        with opened(one) as content:
            await uploads.put(target, "assets-x", one.key, content)
        assert await uploads.has(target, "assets-x", one.key)
        body = s3.get_object(Bucket="assets-x", Key=one.key)["Body"].read()
        s3.close()
    assert zipfile.ZipFile(io.BytesIO(body)).namelist() == ["index.py", "lib/more.py", "lib/run.sh"]


async def test_the_served_local_cloud_takes_it(
    folder: Path, tmp_path: Path, local_cloud_server: ServedCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "123456789012")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_ENDPOINT_URL", local_cloud_server.url)
    local_cloud_server.cloud.put("123456789012", "us-east-1", "AWS::S3::Bucket", {"BucketName": "assets-x"})
    target, uploads = Target("123456789012", "us-east-1"), S3Uploads(Sessions())
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(range(256)) * (PART // 128))
    for one in (asset(folder), asset(large)):
        assert not await uploads.has(target, "assets-x", one.key)
        with opened(one) as content:
            await uploads.put(target, "assets-x", one.key, content)
        assert await uploads.has(target, "assets-x", one.key)
    s3 = client(local_cloud_server.url)
    found = s3.get_object(Bucket="assets-x", Key=asset(large).key)
    s3.close()
    assert found["Body"].read() == large.read_bytes()
    assert found["ETag"].endswith('-2"'), "in two parts"
    listed = await uploads.listed(target, "assets-x", "assets/")
    assert {one.key for one in listed} == {asset(folder).key, asset(large).key}
    await uploads.delete(target, "assets-x", [one.key for one in listed])
    assert not await uploads.listed(target, "assets-x", "")


async def test_an_upload_that_breaks_leaves_no_parts(world: World, tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise OSError("the disk is gone")
            return super().read(size)

    await bootstrapped(world)
    runtime = await world.runtime(RunSettings("test", "dev", tmp_path))
    uploads = LocalUploads(runtime.services.control)
    target = Target("000000000000", "us-east-1")
    with pytest.raises(OSError, match="the disk is gone"):
        await uploads.put(target, BUCKET, "assets/x", Broken(b"x" * (PART + 1)))
    with pytest.raises(OSError, match="the disk is gone"):
        await uploads.put(target, BUCKET, "assets/x", Broken(b"x" * (PART + 1)))
    await runtime.close()
    actions = [call.action for call in world.cloud.calls if call.service == "s3"]
    assert actions == ["CreateMultipartUpload", "UploadPart", "AbortMultipartUpload"] * 2
    assert not await uploads.listed(target, BUCKET, "")


def test_a_part_grows_with_the_file() -> None:
    assert [len(data) for _, data in parts_of(io.BytesIO(b"x" * (PART + 1)), PART + 1)] == [PART, 1]
    content = io.BytesIO()
    (first, *_) = itertools.islice(parts_of(content, LARGEST), 1)
    assert first == (1, b"")
    assert -(-LARGEST // MOST_PARTS) * MOST_PARTS >= LARGEST


async def test_an_asset_beyond_the_largest_object_is_refused(
    world: World, program: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    await bootstrapped(world)
    monkeypatch.setattr("cloudwright.app.asset_uploads.LARGEST", 27)
    with pytest.raises(AssetError, match=r"lambda has 28 bytes; an object in S3 has at most 27$"):
        await world.deploy(program)
    assert not uploads(world)


_STREAMS = """
import resource, sys
from pathlib import Path
from cloudwright.assets.packing import opened
from cloudwright.assets.uploads import parts_of, size_of
from cloudwright.program.asset import asset

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
one = asset(Path(sys.argv[1]))
with opened(one) as content:
    for _ in parts_of(content, size_of(content)):
        pass
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_large_folder_is_hashed_and_packed_in_constant_memory(tmp_path: Path) -> None:
    folder = tmp_path / "large"
    folder.mkdir()
    with (folder / "model.bin").open("wb") as file:
        file.truncate(300 * 1024 * 1024)
    done = subprocess.run(
        [sys.executable, "-c", _STREAMS, str(folder)], capture_output=True, text=True, check=True, timeout=60
    )
    assert int(done.stdout) < 60, "megabytes beyond those at the start; a part has 16"
