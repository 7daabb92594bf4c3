"""Objects of S3, copied from the bucket for assets, over S3's own protocol on the local cloud."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cloudwright import App, asset
from cloudwright.aws import S3
from cloudwright.aws.session import Sessions
from cloudwright.clock import SystemClock
from cloudwright.control.client import CloudControl
from cloudwright.control.model import Reply
from cloudwright.control.transport import HttpTransport
from cloudwright.errors import CloudwrightError, ServiceError
from cloudwright.lazy_dataclass import replace
from cloudwright.local.api.signatures import SignatureCheck
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.http.server import LocalServer
from cloudwright.local.transport import LocalTransport
from cloudwright.plan.options import PlanOptions
from cloudwright.provider import Context
from cloudwright.providers.s3 import Object, Objects, ObjectSource, _copied, folder
from cloudwright.schema.catalog import Catalog
from cloudwright.services.port import RatedPort
from cloudwright.target import Target
from cloudwright.testing import DeployFailed, check_provider
from cloudwright.testing.loop import SteppingClock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cloudwright.provider import Made
    from cloudwright.testing import AppRunner

ACCOUNT, REGION = "000000000000", "us-east-1"
ASSETS = f"cloudwright-assets-{ACCOUNT}-{REGION}"


def get(cloud: LocalCloud, key: str, bucket: str = "site") -> tuple[int, bytes, Mapping[str, str]]:
    reply = cloud.handle("s3", "GetObject", b"", ACCOUNT, REGION, f"/{bucket}/{key}")
    return reply.status, reply.body, reply.headers


def app(program: Callable[[], object]) -> App:
    made = App("site", providers=[Objects()])
    made.program(program)
    return made


@pytest.fixture
def cloud(local_cloud: LocalCloud) -> LocalCloud:
    local_cloud.put(ACCOUNT, REGION, "AWS::S3::Bucket", {"BucketName": ASSETS})
    return local_cloud


def page(text: str, key: str = "a b/index.html", **more: str) -> Callable[[], object]:
    def program() -> None:
        site = S3.Bucket("site", BucketName="site")
        Object(
            "page",
            Bucket=site.ref,
            Key=key,
            Source=asset.text(text, suffix=".html"),
            ContentType="text/html",
            **more,  # type: ignore[arg-type]
        )

    return program


def test_an_object_lives_from_create_to_delete(app_runner: AppRunner, cloud: LocalCloud) -> None:
    app_runner.deploy(app(page("one", CacheControl="max-age=60")))
    status, body, headers = get(cloud, "a%20b/index.html")
    assert (status, body, headers["content-type"], headers["cache-control"]) == (200, b"one", "text/html", "max-age=60")
    assert app_runner.plan(app(page("one", CacheControl="max-age=60")), PlanOptions(refresh=True)).empty
    assert not app_runner.drift(app(page("one", CacheControl="max-age=60"))).drifted

    app_runner.deploy(app(page("two")))
    assert (get(cloud, "a%20b/index.html")[1], "cache-control" in get(cloud, "a%20b/index.html")[2]) == (b"two", False)
    app_runner.deploy(app(page("two", key="other.html")), PlanOptions(allow_replace=("page",)))
    assert (get(cloud, "a%20b/index.html")[0], get(cloud, "other.html")[1]) == (404, b"two")
    app_runner.destroy(app(page("two", key="other.html")))
    assert not [one for one in cloud.resources() if one.identifier == "site"]


def test_an_object_that_somebody_changed_is_drift(app_runner: AppRunner, cloud: LocalCloud) -> None:
    app_runner.deploy(app(page("one", key="k")))
    cloud.handle("s3", "PutObject", b"theirs", ACCOUNT, REGION, "/site/k")
    (found,) = app_runner.drift(app(page("one", key="k"))).drifted
    assert {"/Source/S3Bucket", "/Source/S3Key", "/ContentType"} == {str(one.path) for one in found.paths}


def test_what_is_there_already_is_not_overwritten(app_runner: AppRunner, cloud: LocalCloud) -> None:
    cloud.put(ACCOUNT, REGION, "AWS::S3::Bucket", {"BucketName": "theirs"})
    cloud.handle("s3", "PutObject", b"theirs", ACCOUNT, REGION, "/theirs/k")

    def program() -> None:
        Object("page", Bucket="theirs", Key="k", Source=asset.text("ours"))

    with pytest.raises(DeployFailed, match="--adopt page"):
        app_runner.deploy(app(program))
    assert get(cloud, "k", "theirs")[1] == b"theirs"
    app_runner.deploy(app(program), PlanOptions(adopt=("page",)))
    assert get(cloud, "k", "theirs")[1] == b"ours"


def test_a_folder_is_an_object_for_each_file(app_runner: AppRunner, cloud: LocalCloud, tmp_path: Path) -> None:
    files = {"index.html": "<p>", "css/site.css": "p {}", "notes.tmp": "-", "data": "x"}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")

    def program() -> None:
        site = S3.Bucket("site", BucketName="site")
        folder("www", str(tmp_path), bucket=site.ref, prefix="v1/", exclude=["*.tmp", "key"])

    app_runner.deploy(app(program))
    found = {name: (get(cloud, f"v1/{name}")[1], get(cloud, f"v1/{name}")[2].get("content-type")) for name in files}
    assert found["index.html"] == (b"<p>", "text/html")
    assert found["css/site.css"] == (b"p {}", "text/css")
    assert found["data"] == (b"x", "binary/octet-stream")
    assert get(cloud, "v1/notes.tmp")[0] == 404

    (tmp_path / "css" / "site.css").unlink()
    (tmp_path / "index.html").write_text("<b>", "utf-8")
    plan = app_runner.plan(app(program))
    assert {(step.key, step.action.value) for step in plan.changes} == {
        ("www/index.html", "update"),
        ("www/css/site.css", "delete"),
    }
    app_runner.deploy(app(program))
    assert (get(cloud, "v1/css/site.css")[0], get(cloud, "v1/index.html")[1]) == (404, b"<b>")


def test_a_refusal_makes_nothing(app_runner: AppRunner, cloud: LocalCloud) -> None:
    def nowhere() -> None:
        Object("page", Bucket="none", Key="k", Source=asset.text("x"))

    with pytest.raises(DeployFailed, match="NoSuchBucket: The specified bucket does not exist"):
        app_runner.deploy(app(nowhere))
    with pytest.raises(DeployFailed, match="separates the parts of the identifier"):
        app_runner.deploy(app(page("x", key="a|b")))
    assert app_runner.state(app(nowhere)).journal == ()


def test_a_copy_that_fails_behind_its_status_has_failed() -> None:
    with pytest.raises(ServiceError, match="SlowDown"):
        _copied(Reply(200, {}, b"<Error><Code>SlowDown</Code><Message>later</Message></Error>"))


def test_the_permissions_are_those_of_the_calls() -> None:
    assert "s3:PutObject" in json.dumps(Objects.schema()["handlers"])


async def test_the_calls_are_signed_as_s3_wants_it() -> None:
    cloud = service()
    server = LocalServer(cloud, signatures=SignatureCheck("right"))
    async with server:
        endpoint = await server.start()
        assert await signed_copy(endpoint, "right") == ObjectSource("site", "one")
        with pytest.raises(CloudwrightError, match="signature"):
            await signed_copy(endpoint, "wrong")
    assert get(cloud, "a%20b/%C3%BC%2B~.txt")[1] == b"one"


async def signed_copy(endpoint: str, secret: str) -> object:
    environ = {"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": secret}
    control = CloudControl(HttpTransport(Sessions(environ), environ=environ), clock=SystemClock())
    context = Context("token", Target(ACCOUNT, REGION), RatedPort(control))
    values = {"Bucket": "site", "Key": "a b/ü+~.txt", "Source": ObjectSource("site", "one"), "ContentType": "a/b"}
    try:
        made = await Objects().create(Object.of({**values, "CacheControl": None}), context)
        live = await Objects().read(made.identifier, context)
    finally:
        await control.close()
    return (live or {}).get("Source")


class OverS3(Objects):
    """The shipped provider, over its own cloud."""

    def __init__(self, cloud: LocalCloud) -> None:
        control = CloudControl(LocalTransport(cloud), clock=cloud.clock)
        self._services = RatedPort(control)

    def _over(self, context: Context) -> Context:
        return replace(context, services=self._services)

    async def create(self, new: Object, context: Context) -> Made:
        return await super().create(new, self._over(context))

    async def read(self, identifier: str, context: Context) -> Mapping[str, object] | None:
        return await super().read(identifier, self._over(context))

    async def update(self, identifier: str, old: Object, new: Object, context: Context) -> None:
        await super().update(identifier, old, new, self._over(context))

    async def delete(self, identifier: str, context: Context) -> None:
        await super().delete(identifier, self._over(context))


def service() -> LocalCloud:
    cloud = LocalCloud(Catalog.bundled(), clock=SteppingClock())
    cloud.put(ACCOUNT, REGION, "AWS::S3::Bucket", {"BucketName": "site"})
    for key in ("one", "two"):
        cloud.handle("s3", "PutObject", key.encode(), ACCOUNT, REGION, f"/site/{key}")
    return cloud


def from_source(name: str, *keys: str) -> Callable[[], None]:
    def program() -> None:
        for key in keys:
            Object(key, Bucket="site", Key=f"made/{key}", Source=ObjectSource("site", name))

    return program


def made(cloud: LocalCloud) -> list[str]:
    rows = cloud._context.store._db.execute("SELECT bucket || '|' || key FROM objects WHERE key LIKE 'made/%'")
    return [row[0] for row in rows]


def test_no_object_is_lost_or_made_twice_at_any_kill_point() -> None:
    report = check_provider(service, OverS3, from_source("one", "a"), from_source("two", "a", "b"), live=made)
    assert not report.doubtful
    assert len(report.strikes) > 30
