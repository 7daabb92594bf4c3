"""`app.images`: run a pipeline, follow the image, know what is where, promote, roll back, retire.

Plain async methods that never prompt and never print.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from cloudwright.errors import ProgramError
from cloudwright.program.awaitable import awaitable

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Awaitable, Callable, Sized

    from cloudwright.app.images.following import FollowedBuild, Watch
    from cloudwright.app.images.session import ImageSession
    from cloudwright.imagebuilder.delivery.matrix import LiveReport
    from cloudwright.imagebuilder.delivery.promotion import PromotionPlan
    from cloudwright.imagebuilder.delivery.result import DeliveryResult
    from cloudwright.imagebuilder.delivery.retirement import RetirePlan, RetireResult, RetireRules
    from cloudwright.imagebuilder.delivery.rollback import RollbackPlan, RollbackResult
    from cloudwright.imagebuilder.delivery.usage import UsageReport
    from cloudwright.services.image_models import WaitingStep

    Open = Callable[[str], contextlib.AbstractAsyncContextManager[ImageSession]]

R = TypeVar("R")


def _nobody(*_: object) -> None:
    """Watch nothing."""


async def _always(_: object) -> bool:
    return True


class Images:
    """The images that an app delivers."""

    def __init__(self, opened: Open) -> None:
        """Read nothing yet.

        Args:
            opened: Plans the program and opens what a command works with; takes the command's name.
        """
        self._opened = opened
        self._following: FollowedBuild | None = None

    # -- building

    @awaitable
    async def run(
        self, pipeline: str | None = None, *, watch: Watch = _nobody, start_over: bool = False
    ) -> DeliveryResult:
        """Start a pipeline and follow its image until it is delivered.

        A run that was cut off is found again: then nothing is started, and its execution is followed.

        Args:
            pipeline: The pipeline's key; needed only if the program has several.
            watch: Is shown every picture of the build, with what changed.
            start_over: Forget an execution that an earlier run left open, and start another one.

        Raises:
            CloudwrightError: There is no such pipeline, it is disabled, or AWS refused.
        """
        from cloudwright.app.images.following import FollowedBuild, follow
        from cloudwright.app.images.running import start_run

        async with self._opened("run") as session:
            line, found, started = await start_run(session, pipeline, start_over=start_over)
            self._following = FollowedBuild(
                verb="run",
                line=line,
                image=started.delivery.image,
                target=line.target,
                delivery=started.delivery,
                pipeline=found.key,
                found=started.found,
            )
            return await follow(session, self._following, watch)

    @awaitable
    async def follow(
        self, pipeline: str | None = None, *, image: str | None = None, cancel: bool = False, watch: Watch = _nobody
    ) -> DeliveryResult:
        """Follow a build to its end: the one that is under way, else the latest one.

        Args:
            pipeline: The pipeline's key; needed only if the program has several.
            image: The full ARN of an image build version, instead of the pipeline's.
            cancel: Cancel it first.
            watch: Is shown every picture of the build, with what changed.

        Raises:
            CloudwrightError: There is no such pipeline or image.
        """
        from cloudwright.app.images.following import follow
        from cloudwright.app.images.running import cancel_build, followed_build

        async with self._opened("follow") as session:
            self._following = await followed_build(session, pipeline, image)
            if cancel:
                await cancel_build(session, self._following)
            return await follow(session, self._following, watch)

    @awaitable
    async def retry(
        self, pipeline: str | None = None, *, image: str | None = None, watch: Watch = _nobody
    ) -> DeliveryResult:
        """Go on with a failed image from the step that failed, without building it again; AMIs only.

        Args:
            pipeline: The pipeline's key; needed only if the program has several.
            image: The full ARN of the image build version; the pipeline's latest by default.
            watch: Is shown every picture of the build, with what changed.

        Raises:
            CloudwrightError: The image has not failed, or AWS refused.
        """
        from cloudwright.app.images.following import follow
        from cloudwright.app.images.running import followed_build, retry_build

        async with self._opened("retry") as session:
            failed = await followed_build(session, pipeline, image)
            self._following = await retry_build(session, failed)
            return await follow(session, self._following, watch)

    @awaitable
    async def leave(self) -> str:
        """Note that nobody waits any longer for what was followed last; the build continues.

        Returns:
            The ARN of the image build version; empty if nothing was followed.
        """
        from cloudwright.app.images.following import leave

        followed = self._following
        if followed is None:
            return ""
        if followed.delivery is not None:
            async with self._opened("leave") as session:
                await leave(session, followed.delivery)
        return followed.image

    @awaitable
    async def waiting(self) -> tuple[WaitingStep, ...]:
        """The workflow steps that wait for a decision, in the build accounts of the program."""
        from cloudwright.app.images.running import waiting_steps

        async with self._opened("waiting") as session:
            return tuple(step for _, step in await waiting_steps(session))

    @awaitable
    async def answer(self, step: str | None = None, *, approve: bool, reason: str = "") -> WaitingStep:
        """Let a waiting workflow step go on, or stop it.

        Args:
            step: Its id or its name; needed only if several wait.
            approve: Shown the plan; returns whether to carry it out.
            reason: What Image Builder records beside the decision.

        Raises:
            CloudwrightError: No such step waits.
        """
        from cloudwright.app.images.running import answer_step

        async with self._opened("answer") as session:
            return await answer_step(session, step, approve=approve, reason=reason)

    # -- knowing what is where

    @awaitable
    async def live(self, key: str | None = None) -> LiveReport:
        """What is declared beside what is there, in every account and Region; reads only.

        Args:
            key: A distribution configuration, or a pipeline that delivers by it; all by default.

        Raises:
            CloudwrightError: There is no such key, or the build account can't be read.
        """
        from cloudwright.app.images.live import read_live

        async with self._opened("live") as session:
            return await read_live(session, key)

    @awaitable
    async def usage(self, key: str | None = None) -> UsageReport:
        """Who still uses the newest image of each cell, and what is not covered; makes usage reports, which expire.

        Args:
            key: A distribution configuration; needed only if the program has several.

        Raises:
            CloudwrightError: There is no such key, or the build account can't be read.
        """
        from cloudwright.app.images.usage import read_usage

        async with self._opened("usage") as session:
            return await read_usage(session, key)

    # -- moving and removing

    @awaitable
    async def promote(
        self,
        source: str,
        to: str,
        *,
        approve: Callable[[PromotionPlan], Awaitable[bool]] = _always,
        watch: Watch = _nobody,
        start_over: bool = False,
        role: str | None = None,
    ) -> DeliveryResult | None:
        """Distribute an image that exists by another configuration, without building it again.

        Args:
            source: An AMI id, `ssm:/path`, an image's ARN, or a distribution configuration's key for its newest image.
            to: The distribution configuration's key.
            approve: Asked for the plan; without it the plan is applied.
            watch: Is shown every picture of the distribution, with what changed.
            start_over: Forget a distribution that an earlier run left open, and start another one.
            role: The ARN of the role that Image Builder works with; its service-linked role by default.

        Returns:
            `None` if it was not approved.

        Raises:
            CloudwrightError: The source or the configuration does not fit, or AWS refused.
        """
        from cloudwright.app.images.following import follow
        from cloudwright.app.images.promoting import Promotion

        async with self._opened("promote") as session:
            promotion = Promotion(session, start_over=start_over, role=role or "")
            self._following = await promotion.start(source, to, approve)
            return await follow(session, self._following, watch) if self._following else None

    @awaitable
    async def rollback(
        self,
        key: str,
        *,
        version: str | None = None,
        permissions: bool = False,
        approve: Callable[[RollbackPlan], Awaitable[bool]] = _always,
    ) -> RollbackResult:
        """Point parameters and launch template defaults back to a former delivery; builds nothing.

        Args:
            key: The distribution configuration's key.
            version: The image version to go back to, such as `1.0.0/3`; the one before by default.
            permissions: Also take the launch permissions of the newer images away.
            approve: Asked for the plan; without it the plan is applied.

        Raises:
            CloudwrightError: There is nothing to go back to, or AWS refused.
        """
        from cloudwright.app.images.rolling_back import roll_back

        async with self._opened("rollback") as session:
            result = await roll_back(session, key, version, permissions=permissions, approve=approve)
            return _traced(session, result, result.failed)

    @awaitable
    async def plan_retire(self, key: str | None, rules: RetireRules) -> RetirePlan:
        """What a retirement would do, with what it refuses and why; reads only.

        Args:
            key: The distribution configuration's key; needed only if the program has several.
            rules: Which images.

        Raises:
            CloudwrightError: There is no such key, or the build account can't be read.
        """
        from cloudwright.app.images.retiring import plan_retirement

        async with self._opened("plan retire") as session:
            return await plan_retirement(session, key, rules)

    @awaitable
    async def retire(
        self,
        key: str | None = None,
        *,
        rules: RetireRules,
        approve: Callable[[RetirePlan], Awaitable[bool]] = _always,
    ) -> RetireResult:
        """Deprecate, disable or deregister old images, in every account and Region of a configuration.

        Args:
            key: The distribution configuration's key; needed only if the program has several.
            rules: Which images, and what happens to them.
            approve: Asked for the plan; without it the plan is applied.

        Raises:
            CloudwrightError: There is no such key, or AWS refused.
        """
        from cloudwright.app.images.retiring import retire

        async with self._opened("retire") as session:
            result = await retire(session, key, rules, approve)
            return _traced(session, result, result.failed)


def _traced(session: ImageSession, result: R, failed: Sized) -> R:
    """A result, once the run's span says how many of its changes failed."""
    if session.runtime.tracing is not None:
        session.runtime.tracing.changed(failed=len(failed))
    return result


def refuse_partial(session: ImageSession) -> ImageSession:
    """Refuse a plan that ends before everything is declared: its delivery lines would be incomplete.

    Args:
        session: With the plan.

    Raises:
        ProgramError: The plan is partial.
    """
    if session.plan.partial is not None:
        raise ProgramError(
            f"the program can't be planned completely ({session.plan.partial.reason}); nothing was sent",
            hint="deploy it first: `cloudwright deploy FILE`",
        )
    return session
