"""Apps that deliver images on the local cloud: a build account, two target accounts, two Regions."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cloudwright.aws.control import AWS
from cloudwright.services.ec2 import Ec2
from cloudwright.services.image_models import LaunchPermission
from cloudwright.services.port import RatedPort
from cloudwright.services.ssm import Parameters
from cloudwright.target import Target, target

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from app_kit import World
    from cloudwright import App
    from cloudwright.app.runtime import RunSettings, Runtime
    from cloudwright.control.model import Call, Reply, Transport

BUILD, DEV, PROD, GUEST = "111111111111", "222222222222", "333333333333", "777777777777"
HOME, ABROAD = "us-east-1", "eu-west-1"
PARAMETER = "/imagebuilder/golden"
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {}}]}


def entry(region: str, accounts: list[str], template: Any = None, **more: Any) -> Any:
    """The distribution to one Region."""
    found: dict[str, Any] = {
        "Region": region,
        "AmiDistributionConfiguration": {
            "Name": "golden-{{ imagebuilder:buildDate }}",
            "TargetAccountIds": accounts,
            "LaunchPermissionConfiguration": {"UserIds": [*accounts, GUEST]},
        },
        "SsmParameterConfigurations": [{"ParameterName": PARAMETER, "DataType": "aws:ec2:image"}],
        **more,
    }
    if template is not None:
        found["LaunchTemplateConfigurations"] = [{"LaunchTemplateId": template, "SetDefaultVersion": True}]
    return found


def program(**options: Any) -> Callable[[], None]:
    """A pipeline whose image goes to DEV and PROD at home, and to PROD abroad; see `pipeline` for the options."""

    def declare() -> None:
        pipeline(**options)

    return declare


def pipeline(
    *,
    status: Any = "ENABLED",
    workflows: bool = False,
    abroad: bool = True,
    schedule: str = "",
    parent: str = "amazon-linux-2023-x86",
    roles: bool = True,
    launch: bool = True,
    **home: Any,
) -> Any:
    """Declare all of it; gives the pipeline.

    Args:
        status: Of the pipeline.
        workflows: Whether a test workflow waits for an approval.
        abroad: Whether images go to the second Region, too.
        schedule: A cron expression.
        parent: The name of Amazon's image that it builds on.
        roles: Whether the cross-account roles are declared.
        launch: Whether a launch template gets a version with the image.
        home: More settings of the entry for the build Region.
    """
    for account in (DEV, PROD) if roles else ():
        with target(account=account, region=HOME):
            AWS.IAM.Role(
                f"cross-{account}",
                RoleName="EC2ImageBuilderDistributionCrossAccountRole",
                AssumeRolePolicyDocument=TRUST,
            )
    with target(account=BUILD, region=HOME):
        template: Any = None
        if launch:
            data: Any = {"InstanceType": "m6i.large"}
            template = AWS.EC2.LaunchTemplate("template", LaunchTemplateName="web", LaunchTemplateData=data)
        entries: list[Any] = [entry(HOME, [DEV, PROD], template, **home), *([entry(ABROAD, [PROD])] if abroad else [])]
        images = AWS.ImageBuilder.DistributionConfiguration("images", Name="golden", Distributions=entries)
        recipe = AWS.ImageBuilder.ImageRecipe(
            "recipe",
            Name="golden",
            Version="1.0.0",
            ParentImage=f"arn:aws:imagebuilder:{HOME}:aws:image/{parent}/x.x.x",
            Components=[{"ComponentArn": f"arn:aws:imagebuilder:{HOME}:aws:component/update-linux/x.x.x"}],
        )
        infra = AWS.ImageBuilder.InfrastructureConfiguration("infra", Name="golden", InstanceProfileName="builder")
        more: dict[str, Any] = _waiting() if workflows else {}
        if schedule:
            more["Schedule"] = {"ScheduleExpression": schedule}
        return AWS.ImageBuilder.ImagePipeline(
            "pipeline",
            Name="golden",
            ImageRecipeArn=recipe.Arn,
            InfrastructureConfigurationArn=infra.Arn,
            DistributionConfigurationArn=images.Arn,
            Status=status,
            **more,
        )


WORKFLOW = """\
name: gate
schemaVersion: 1.0
steps:
  - name: WaitForApproval
    action: WaitForAction
    onFailure: Abort
"""


def _waiting() -> dict[str, Any]:
    gate = AWS.ImageBuilder.Workflow("gate", Name="gate", Version="1.0.0", Type="TEST", Data=WORKFLOW)
    build = f"arn:aws:imagebuilder:{HOME}:aws:workflow/build/build-image/x.x.x"
    role = f"arn:aws:iam::{BUILD}:role/workflows"
    return {"Workflows": [{"WorkflowArn": build}, {"WorkflowArn": gate.Arn}], "ExecutionRole": role}


async def deployed(world: World, **options: Any) -> App:
    """The app, deployed, whatever the rules say about it."""
    app = world.app(program(**options))
    assert (await app.deploy(allow_findings=True)).outcomes
    return app


async def until_it_waits(app: App) -> None:
    """Wait until a workflow step of the app's build waits for a decision."""
    while True:
        if await app.images.waiting():
            return
        await asyncio.sleep(1)


@dataclass
class Outside:
    """What somebody does to images without cloudwright."""

    world: World

    def _port(self) -> RatedPort:
        from cloudwright.control.client import CloudControl
        from cloudwright.local.transport import LocalTransport

        return RatedPort(CloudControl(LocalTransport(self.world.cloud), clock=self.world.clock))

    @property
    def ec2(self) -> Ec2:
        return Ec2(self._port())

    @property
    def parameters(self) -> Parameters:
        return Parameters(self._port())

    async def amis(self, account: str, region: str) -> list[str]:
        found = [ami async for ami in self.ec2.own_images(Target(account, region), ["*"])]
        return [ami.id for ami in sorted(found, key=lambda ami: ami.created)]

    async def revoke(self, region: str, image: str, account: str) -> None:
        permission = LaunchPermission("account", account)
        await self.ec2.change_permissions(Target(BUILD, region), image, _unguarded, remove=[permission])

    async def share(self, region: str, image: str, account: str) -> None:
        permission = LaunchPermission("account", account)
        await self.ec2.change_permissions(Target(BUILD, region), image, _unguarded, add=[permission])


async def _unguarded() -> None:
    pass


# -- killing


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Gallows:
    """Kills a run at one of its points: a call, or a write of the state; from then on nothing of it reaches either.

    Attributes:
        at: The number of the point, from 1; 0 kills nobody.
        on: In place of the number: the first point of this name.
        answered: Whether the call or the write takes effect; its answer never arrives.
        points: What the run did so far: actions of calls, and writes of the state.
    """

    world: World
    at: int = 0
    on: str = ""
    answered: bool = True
    dead: bool = False
    points: list[str] = field(default_factory=list)

    async def runtime(self, settings: RunSettings) -> Runtime:
        runtime = await self.world.runtime(settings)
        store = _Mortal(runtime.services.store, self)
        control = runtime.services.control
        control.divert(lambda transport: _Deadly(transport, self))
        runtime.services = replace(runtime.services, store=store)
        return runtime

    async def reach(self, point: str, act: Callable[[], Awaitable[Any]]) -> Any:
        """Do what a living run does at a point; a dead one does nothing more."""
        if self.dead:
            raise Killed
        self.points.append(point)
        if point == self.on and not self.at:
            self.at = len(self.points)
        if len(self.points) != self.at:
            return await act()
        if self.answered:
            await act()
        self.dead = True
        raise Killed


@dataclass
class _Deadly:
    inner: Transport
    gallows: Gallows

    async def send(self, call: Call) -> Reply:
        reply: Reply = await self.gallows.reach(call.action, lambda: self.inner.send(call))
        return reply

    async def close(self) -> None:
        await self.inner.close()


class _Mortal:
    """A store that a dead process can't reach: its lease stays on record."""

    def __init__(self, inner: Any, gallows: Gallows) -> None:
        self._inner, self._gallows = inner, gallows

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name == "confirm":
            return self._alive(found)
        if name not in {"commit", "acquire", "release"}:
            return found
        gallows = self._gallows

        async def write(*values: Any, **named: Any) -> Any:
            return await gallows.reach(f"state:{name}", lambda: found(*values, **named))

        return write

    def _alive(self, found: Any) -> Any:
        if self._gallows.dead:
            raise Killed
        return found
