"""Copies of AMIs over EC2's own protocol, on the local cloud."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cloudwright import App
from cloudwright.aws import SSM
from cloudwright.control.client import CloudControl
from cloudwright.lazy_dataclass import replace
from cloudwright.local.builds.amis import NewAmi, make_ami
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.rows import AccountRegion
from cloudwright.local.transport import LocalTransport
from cloudwright.plan.options import PlanOptions
from cloudwright.providers.ec2 import ImageCopies, ImageCopy
from cloudwright.schema.catalog import Catalog
from cloudwright.services.port import RatedPort
from cloudwright.testing import DeployFailed, check_provider
from cloudwright.testing.loop import SteppingClock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.provider import Context, Made
    from cloudwright.testing import AppRunner

ACCOUNT = "000000000000"


def golden(cloud: LocalCloud) -> str:
    return make_ami(cloud._context, AccountRegion(ACCOUNT, "eu-west-1"), NewAmi("golden"), 0.0).id


def amis(cloud: LocalCloud) -> dict[str, str]:
    found = cloud._context.store.documents.of_place(AccountRegion(ACCOUNT, "us-east-1"), "ami")
    return {str(one.content["Name"]): one.id for one in found}


def copying(source: str, name: str) -> App:
    app = App("images", providers=[ImageCopies()])

    @app.program
    def program() -> None:
        copy = ImageCopy("copy", SourceImageId=source, SourceRegion="eu-west-1", Name=name, Encrypted=True)
        SSM.Parameter("ami", Name="/ami", Type="String", Value=copy.identifier)

    return app


def test_a_copy_lives_from_create_to_deregistration(app_runner: AppRunner, local_cloud: LocalCloud) -> None:
    source = golden(local_cloud)

    app_runner.deploy(copying(source, "one"))
    assert ["one"] == list(amis(local_cloud))
    (parameter,) = app_runner.live("AWS::SSM::Parameter")
    assert amis(local_cloud)["one"] == parameter["Value"]
    assert app_runner.plan(copying(source, "one"), PlanOptions(refresh=True)).empty

    app_runner.deploy(copying(source, "two"), PlanOptions(allow_replace=("copy",)))
    assert ["two"] == list(amis(local_cloud))
    app_runner.destroy(copying(source, "two"))
    assert {} == amis(local_cloud)


def test_a_source_that_does_not_exist_is_refused_cleanly(app_runner: AppRunner) -> None:
    app = copying("ami-0123456789abcdef0", "one")

    with pytest.raises(DeployFailed, match=r"InvalidAMIID\.NotFound"):
        app_runner.deploy(app)
    assert () == app_runner.state(app).journal


def test_the_permissions_are_those_of_the_calls() -> None:
    schema = ImageCopies.schema()

    assert "ec2:CopyImage" in json.dumps(schema["handlers"])


class Ec2:
    """EC2 alone, on a local cloud that outlives the processes of the deploys."""

    def __init__(self) -> None:
        self.cloud = LocalCloud(Catalog.bundled(), clock=SteppingClock())
        golden(self.cloud)


class OverEc2(ImageCopies):
    """The shipped provider, with its calls sent there."""

    def __init__(self, ec2: Ec2) -> None:
        self.ec2 = ec2

    def _over(self, context: Context) -> Context:
        return replace(context, services=RatedPort(CloudControl(LocalTransport(self.ec2.cloud))))

    async def create(self, new: ImageCopy, context: Context) -> Made:
        return await super().create(new, self._over(context))

    async def read(self, identifier: str, context: Context) -> Mapping[str, object] | None:
        return await super().read(identifier, self._over(context))

    async def delete(self, identifier: str, context: Context) -> None:
        await super().delete(identifier, self._over(context))


SOURCE = golden(LocalCloud(Catalog.bundled(), clock=SteppingClock()))
"""The same id in every new cloud: it is formed from where and how it is made."""


def one() -> None:
    ImageCopy("copy", SourceImageId=SOURCE, SourceRegion="eu-west-1", Name="one")


def two() -> None:
    ImageCopy("copy", SourceImageId=SOURCE, SourceRegion="eu-west-1", Name="one")
    ImageCopy("other", SourceImageId=SOURCE, SourceRegion="eu-west-1", Name="two")


def test_at_every_kill_point_no_copy_is_lost_or_made_twice() -> None:
    report = check_provider(Ec2, OverEc2, one, two, live=lambda ec2: amis(ec2.cloud).values())

    assert not report.doubtful
