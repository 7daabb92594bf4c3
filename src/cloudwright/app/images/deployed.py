"""Images that a deploy builds: their phases, workflow steps and cells are shown while their creates run.

Nothing here decides anything: the deploy ends as Cloud Control says, whether a build could be followed or not.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from cloudwright.app.images.build_polls import poll_delay, read_build
from cloudwright.app.images.phase_times import expected_phases, learned_times
from cloudwright.errors import CredentialsError, ServiceError, TransportError
from cloudwright.imagebuilder.delivery.build_events import changes
from cloudwright.imagebuilder.delivery.progress import progress_of
from cloudwright.imagebuilder.delivery.result import result_of
from cloudwright.imagebuilder.delivery.scope import Place
from cloudwright.imagebuilder.delivery.times import iso_seconds
from cloudwright.imagebuilder.graph import IMAGE
from cloudwright.imagebuilder.model import account_names
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.services.image_builds import ImageBuilds
from cloudwright.services.port import RatedPort

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from cloudwright.app.runtime import Runtime
    from cloudwright.imagebuilder.delivery.build_events import BuildEvent
    from cloudwright.imagebuilder.delivery.progress import BuildProgress
    from cloudwright.imagebuilder.delivery.result import DeliveryResult
    from cloudwright.plan.model import Plan
    from cloudwright.services.image_models import ImageBuild
    from cloudwright.state.journal import JournalEntry

LAST_LOOK = 20.0
"""Seconds that a create which has ended waits for the last picture of its build."""


class BuildObserver(Protocol):
    """Is shown the images that a deploy builds; must not block and must not raise."""

    def building(self, progress: BuildProgress, build_events: Sequence[BuildEvent]) -> None:
        """How far an image is, and what changed since the last poll."""
        ...

    def built(self, result: DeliveryResult) -> None:
        """How a build ended."""
        ...


@dataclass(slots=True)
class DeployedImages:
    """Accompanies the creates of images in one deploy.

    Attributes:
        runtime: The clients and the clock.
        observer: Is shown everything.
        notice: Takes a sentence about a build that can't be followed.
        known: The figures that the state has learned.
        names: Account -> what the program calls it.
        learned: How long the phases took this time, for the state.
    """

    runtime: Runtime
    observer: BuildObserver
    notice: Callable[[str], None]
    known: Mapping[str, object]
    names: Mapping[str, str]
    learned: dict[str, object] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        plan: Plan,
        known: Mapping[str, object],
        runtime: Runtime,
        observer: BuildObserver,
        notice: Callable[[str], None],
    ) -> DeployedImages:
        """The companion of one plan.

        Args:
            plan: Names the accounts.
            known: The figures that the state has learned.
            runtime: The clients and the clock.
            observer: Is shown everything.
            notice: Takes a sentence about a build that can't be followed.
        """
        return cls(runtime=runtime, observer=observer, notice=notice, known=known, names=account_names(plan))

    @property
    def types(self) -> frozenset[str]:
        """The type of images."""
        return frozenset({IMAGE})

    @contextlib.asynccontextmanager
    async def accompany(self, entry: JournalEntry) -> AsyncIterator[Callable[[str], None]]:
        """Follow the build of an image for as long as its create runs.

        Args:
            entry: The create.
        """
        over = asyncio.Event()
        tasks: list[asyncio.Task[None]] = []

        def named(arn: str) -> None:
            tasks.append(asyncio.create_task(self._followed(entry, arn, over)))

        try:
            yield named
            over.set()
            await asyncio.wait(tasks or [asyncio.create_task(asyncio.sleep(0))], timeout=LAST_LOOK)
        finally:
            for task in tasks:
                task.cancel()

    async def _followed(self, entry: JournalEntry, arn: str, over: asyncio.Event) -> None:
        try:
            await self._follow(entry, arn, over)
        except (ServiceError, TransportError, CredentialsError) as error:
            self.notice(f"{entry.key}: its build can't be followed ({error.message}); the deploy continues")

    async def _follow(self, entry: JournalEntry, arn: str, over: asyncio.Event) -> None:
        builds = ImageBuilds(RatedPort(self.runtime.services.control))
        before: BuildProgress | None = None
        delay = 0.0
        while True:
            last = over.is_set()
            build, workflows = await read_build(builds, entry.target, arn)
            progress = progress_of(
                build,
                workflows,
                [Place(account, region) for account, region in build.places],
                expected=expected_phases(self.known, entry.key),
                names=self.names,
                key=entry.key,
            )
            build_events = tuple(changes(before, progress))
            self.observer.building(progress, build_events)
            if build.ended:
                return self._ended(entry, build, progress)
            if last:
                return None
            before, delay = progress, poll_delay(0.0 if build_events else delay, local=self.runtime.local)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), delay)

    def _ended(self, entry: JournalEntry, build: ImageBuild, progress: BuildProgress) -> None:
        self.learned |= learned_times(self.known, entry.key, progress)
        if self.runtime.tracing is not None:
            self.runtime.tracing.built(progress)
        began = iso_seconds(build.created)
        seconds = max((progress.ended or self.runtime.services.clock.now()) - began, 0.0) if began else 0.0
        ended = result_of(build, progress, verb="deploy", key=entry.key)
        self.observer.built(replace(ended, seconds=seconds, names=self.names))
