"""Promoting an image: resolve the source, show the plan, distribute, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.app.images.following import FollowedBuild
from cloudwright.app.images.reading import finished_and_running, read_cells
from cloudwright.app.images.session import verify_builder
from cloudwright.app.images.starting import StartRequest, start
from cloudwright.errors import ProgramError, ServiceError
from cloudwright.imagebuilder.delivery.matrix import expected_image
from cloudwright.imagebuilder.delivery.promotion import PromotionPlan, promoted_cells, promoted_moves
from cloudwright.imagebuilder.delivery.scope import chosen_line
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from cloudwright.app.images.session import ImageSession
    from cloudwright.imagebuilder.delivery.scope import ImageLine
    from cloudwright.services.image_models import ImageBuild
    from cloudwright.services.port import Guard

_SSM = "ssm:"
_SERVICE_ROLE = "aws-service-role/imagebuilder.amazonaws.com/AWSServiceRoleForImageBuilder"


@dataclass(frozen=True, slots=True)
class PromotionSource:
    """What is promoted.

    Attributes:
        image: What Image Builder is given: an AMI id or an image's full ARN.
        ami: The AMI in the build Region.
        description: In words.
    """

    image: str
    ami: str
    description: str


@dataclass(frozen=True, slots=True)
class Promotion:
    """One promotion.

    Attributes:
        start_over: Forget a distribution that an earlier run left open.
        role: The role that Image Builder works with; its service-linked role if empty.
    """

    session: ImageSession
    start_over: bool = False
    role: str = ""

    async def start(
        self, source: str, to: str, approve: Callable[[PromotionPlan], Awaitable[bool]]
    ) -> FollowedBuild | None:
        """Show the plan and distribute; a promotion that was cut off is found again without a question.

        Args:
            source: As the user named it.
            to: The distribution configuration's key.
            approve: Asked for the plan.

        Returns:
            What to follow; `None` if it was not approved.

        Raises:
            CloudwrightError: The source or the configuration does not fit, or AWS refused.
        """
        line = chosen_line(self.session.lines, to)
        if line.container:
            raise ProgramError(f"{line.key} distributes container images; `images promote` distributes AMIs")
        await verify_builder(self.session, line)
        members = self._sent_before(line)
        if members is None:
            members = await self._approved(source, line, approve)
        return None if members is None else await self._distribute(line, members)

    async def _approved(
        self, source: str, line: ImageLine, approve: Callable[[PromotionPlan], Awaitable[bool]]
    ) -> dict[str, Any] | None:
        """The request of a new promotion; `None` if its plan was not approved."""
        plan = await self.plan(source, line)
        if not await approve(plan):
            return None
        return {"sourceImage": plan.image, "distributionConfigurationArn": line.arn, "executionRole": plan.role}

    async def _distribute(self, line: ImageLine, members: dict[str, Any]) -> FollowedBuild:
        async def send(given: dict[str, Any], guard: Guard) -> str:
            return await self.session.builds.distribute(line.target, given, guard)

        started = await start(
            self.session, StartRequest(verb="promote", line=line, members=members, send=send, again=self.start_over)
        )
        return FollowedBuild(
            verb="promote",
            line=line,
            image=started.delivery.image,
            target=line.target,
            delivery=started.delivery,
            found=started.found,
        )

    def _sent_before(self, line: ImageLine) -> dict[str, Any] | None:
        """The request of an unfinished promotion, if it is to be continued."""
        found = self.session.deliveries(line.key)
        opened = (one for one in found if one.verb == "promote" and not one.ended_at and not one.left)
        unfinished = None if self.start_over else next(opened, None)
        return dict(unfinished.request) if unfinished else None

    async def plan(self, source: str, line: ImageLine) -> PromotionPlan:
        """What the promotion would do; reads only.

        Args:
            source: As the user named it.
            line: The configuration that applies.

        Raises:
            CloudwrightError: The source does not fit.
        """
        found = await self._resolved(source, line)
        present = await read_cells(self.session, line)
        target = line.target
        return PromotionPlan(
            source=source,
            image=found.image,
            ami=found.ami,
            description=found.description,
            key=line.key,
            builder=line.builder,
            cells=promoted_cells(line, present),
            moves=promoted_moves(line, present),
            names=line.names,
            pending=self.session.pending,
            role=self.role or f"arn:{target.partition}:iam::{target.account}:role/{_SERVICE_ROLE}",
        )

    async def _resolved(self, source: str, line: ImageLine) -> PromotionSource:
        if source.startswith("ami-"):
            return await self._ami(source, line, source)
        if source.startswith(_SSM):
            return await self._parameter(source, line)
        if source.startswith("arn:"):
            return await self._image(source, line)
        return await self._newest(source, line)

    async def _ami(self, ami: str, line: ImageLine, named: str) -> PromotionSource:
        where = str(line.target)
        found = await self.session.ec2.images(line.target, [ami])
        if not found:
            raise ProgramError(
                f"{named}: there is no AMI {ami} in {where}, or this account may not see it; nothing was sent",
                hint="Image Builder distributes only AMIs of its own Region: name the AMI of the build Region",
            )
        if found[0].owner != line.target.account:
            raise ProgramError(
                f"{named}: {ami} belongs to account {found[0].owner}, not to the build account {line.target.account}; "
                "nothing was sent",
                hint="copy it first (`aws ec2 copy-image`), or promote the build account's own AMI",
            )
        if found[0].state != "available":
            raise ProgramError(
                f"{named}: {ami} is {found[0].state}, not available; nothing was sent",
                hint=f"enable it first: `aws ec2 enable-image --image-id {ami} --region {line.target.region}`"
                if found[0].state == "disabled"
                else "wait until it is available",
            )
        words = f"{found[0].name} ({ami})" if found[0].name else ami
        return PromotionSource(ami, ami, words)

    async def _parameter(self, source: str, line: ImageLine) -> PromotionSource:
        name = source.removeprefix(_SSM)
        values = await self.session.parameters.values(line.target, [name])
        if name not in values:
            raise ProgramError(f"{source}: there is no parameter {name} in {line.target}; nothing was sent")
        if not values[name].startswith("ami-"):
            raise ProgramError(
                f"{source}: the value of the parameter is {values[name]!r}, not an AMI; nothing was sent"
            )
        found = await self._ami(values[name], line, source)
        return PromotionSource(found.image, found.ami, f"{found.description}, as {name} says")

    async def _image(self, arn: str, line: ImageLine) -> PromotionSource:
        try:
            build = await self.session.builds.image(line.target, arn)
        except ServiceError as error:
            if error.name not in {"ResourceNotFound", "NotFound"}:
                raise
            raise ProgramError(f"AWS has no image {arn}; nothing was sent") from error
        return self._built(build, line, arn)

    def _built(self, build: ImageBuild, line: ImageLine, named: str) -> PromotionSource:
        if not build.ended:
            raise ProgramError(
                f"{named}: image {build.version} is still being built ({build.status}); nothing was sent",
                hint=f"wait for it: `cloudwright images follow FILE --image {build.arn}`",
            )
        if build.status not in {"AVAILABLE", "DEPRECATED"}:
            raise ProgramError(
                f"{named}: image {build.version} is {build.status}; nothing was sent",
                hint="promote one that is AVAILABLE",
            )
        ami = expected_image(build, line.builder)
        if not ami:
            raise ProgramError(
                f"{named}: image {build.version} has no AMI in {line.builder}, where {line.key} distributes from; "
                "nothing was sent",
                hint="Image Builder distributes only AMIs of its own Region",
            )
        return PromotionSource(build.arn, ami, f"image {build.name} {build.version} ({ami})")

    async def _newest(self, key: str, line: ImageLine) -> PromotionSource:
        origin = chosen_line(self.session.lines, key)
        newest, building, _ = await finished_and_running(self.session, origin)
        if newest is None:
            state = f"; one is still being built ({building[0].status})" if building else ""
            raise ProgramError(
                f"{origin.key} has no finished image to promote{state}; nothing was sent",
                hint="wait for it: `cloudwright images follow FILE`"
                if building
                else "build one: `cloudwright images run FILE`",
            )
        return self._built(newest, line, origin.key)
