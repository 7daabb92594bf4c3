"""The composition root: which store, cloud and keys a run works with."""

from __future__ import annotations

import os
from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.clock import SystemClock
from cloudwright.lazy_dataclass import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cloudwright.app.head_start import HeadStart
    from cloudwright.app.pinned_answers import Fixtures, PinnedAnswers
    from cloudwright.app.targets import TargetResolver
    from cloudwright.assets.uploads import Uploads
    from cloudwright.aws.session import Sessions
    from cloudwright.clock import Clock
    from cloudwright.control.client import CloudControl
    from cloudwright.control.model import Transport
    from cloudwright.control.polling.tracker import Tracker
    from cloudwright.control.transport import HttpTransport
    from cloudwright.engine.run import Services
    from cloudwright.plan.model import Plan
    from cloudwright.schema.catalog import Catalog
    from cloudwright.state.hosted_store import HostedStore
    from cloudwright.state.sealing.sealer import Sealer
    from cloudwright.state.snapshot import Snapshot
    from cloudwright.state.store import StateStore
    from cloudwright.tracing.run import Tracing


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What determines the store and cloud of a run.

    Attributes:
        folder: The folder of the program file and of its default state.
        state: The state's URL; `None` for the file in this folder.
        local: Use the embedded cloud, with a state of its own.
        assets: The name of the bucket for assets; empty for that of `cloudwright bootstrap`.
    """

    app: str
    stage: str
    folder: Path
    state: str | None = None
    local: bool = False
    assets: str = ""

    @property
    def hidden(self) -> Path:
        """The folder for everything that cloudwright writes on its own."""
        return self.folder / ".cloudwright"


@dataclass(slots=True, kw_only=True)
class Runtime:
    """Everything that a run works with; closed at its end.

    Attributes:
        services: The engine's ports.
        places: Resolves accounts and Regions.
        local: Whether the cloud is the embedded one.
        fixtures: Answers of lookups that a test has given.
        saved_answers: The answers of the saved plan that is applied, by key.
        asset_bucket: The name of the bucket for assets; empty for that of `cloudwright bootstrap`.
        uploads: Creates what puts assets into it.
        tracing: The spans of the run; `None` if it is not traced.
        head_start: Begins what requests need before they are sent; `None` if nothing of that takes time.
        empty: Whether the state held no records when the runtime was opened.
        at_once: How many steps of a type may run at the same time, for the types whose providers say so.
    """

    services: Services
    places: TargetResolver
    transport: Transport
    local: bool = False
    fixtures: Fixtures | None = None
    saved_answers: Mapping[str, Any] = field(default_factory=dict)
    asset_bucket: str = ""
    uploads: Callable[[], Uploads] | None = None
    tracing: Tracing | None = None
    head_start: HeadStart | None = None
    empty: bool = False
    at_once: Mapping[str, int] = field(default_factory=dict)
    _lookups: PinnedAnswers | None = None

    def lookups(self, snapshot: Snapshot, *, frozen: bool = False) -> PinnedAnswers:
        """The answers of this run's lookups: the same ones in every plan and every pass.

        Args:
            snapshot: The state, which holds the answers of the last deploy.
            frozen: Whether those are the answers.
        """
        from cloudwright.app.pinned_answers import PinnedAnswers

        if self._lookups is None:
            self._lookups = PinnedAnswers(
                services=self.services,
                resolve=lambda declared: self.places.resolve(declared, snapshot.records),
                recorded=snapshot.lookups,
                frozen=frozen,
                saved=self.saved_answers,
                fixtures=self.fixtures,
            )
        return self._lookups

    async def close(self) -> None:
        """Close connections and files."""
        if self._lookups is not None:
            await self._lookups.close()
        if self.head_start is not None:
            await self.head_start.close()
        await self.services.tracker.close()
        await self.services.control.close()
        await self.services.store.close()


def compose(
    settings: RunSettings,
    snapshot: Snapshot,
    store: StateStore,
    *,
    catalog: Catalog,
    clock: Clock | None = None,
    transport: Transport | None = None,
    sessions: Sessions | None = None,
    environ: Mapping[str, str] | None = None,
    fixtures: Fixtures | None = None,
) -> Runtime:
    """The runtime for these settings; nothing is sent, and only the store is open.

    Args:
        settings: Store and cloud.
        snapshot: The state; holds the learned figures and how the sealing key is found.
        store: The state's store, open.
        catalog: The resource types.
        clock: Wall time; the machine's clock by default.
        transport: Sends the calls; by default to AWS or to the folder's local cloud, depending on the settings.
        sessions: The source of credentials; a new one by default.
        environ: The environment variables that name the sealing key; the process's by default.
        fixtures: Answers of lookups that a test has given.
    """
    from cloudwright.aws.session import Sessions

    clock, sessions = clock or SystemClock(), sessions or Sessions()
    http = None if transport or settings.local else _http(sessions, clock)
    transport = transport or http or _local_transport(settings, catalog, clock)
    services = _services(settings, snapshot, store, catalog, clock, transport, environ)
    places = _places(settings, sessions, services.control)
    return Runtime(
        services=services,
        places=places,
        transport=transport,
        local=settings.local,
        head_start=_head_start(places, services.control, http) if http else None,
        empty=not snapshot.records,
        fixtures=fixtures,
        asset_bucket=settings.assets,
        uploads=lambda: _uploads(settings, sessions, services.control),
    )


def _services(
    settings: RunSettings,
    snapshot: Snapshot,
    store: StateStore,
    catalog: Catalog,
    clock: Clock,
    transport: Transport,
    environ: Mapping[str, str] | None,
) -> Services:
    from cloudwright.control.client import CloudControl
    from cloudwright.control.limiter import Limiter
    from cloudwright.engine.run import Services

    control = CloudControl(transport, Limiter(snapshot.learned), clock)
    return Services(
        store=store,
        control=control,
        tracker=_tracker(settings, snapshot, control),
        catalog=catalog,
        sealing=sealer_of(settings, snapshot, store, environ),
        clock=clock,
        schemas=settings.hidden / "local" / "schemas" if settings.local else None,
    )


def _uploads(settings: RunSettings, sessions: Sessions, control: CloudControl) -> Uploads:
    if settings.local:
        from cloudwright.assets.local import LocalUploads

        return LocalUploads(control)
    from cloudwright.assets.s3 import S3Uploads

    return S3Uploads(sessions)


def sealer_of(
    settings: RunSettings, snapshot: Snapshot, store: StateStore, environ: Mapping[str, str] | None = None
) -> Sealer:
    """What seals and opens the secrets of a state.

    Args:
        settings: Name the app and the stage.
        snapshot: The state; says how its key is found.
        store: The state's store.
        environ: The environment variables that name the key; the process's by default.
    """
    from cloudwright.state.sealing.sealer import open_sealer

    known = _retained(snapshot)
    return open_sealer(
        settings.app, settings.stage, snapshot.sealing, place=store.place, environ=environ, retained=known
    )


def _tracker(settings: RunSettings, snapshot: Snapshot, control: CloudControl) -> Tracker:
    from cloudwright.control.polling.durations import Durations
    from cloudwright.control.polling.tracker import Tracker

    return Tracker(control, Durations(snapshot.learned, usual=_usual_duration(settings)))


def _retained(snapshot: Snapshot) -> frozenset[str]:
    if "former" not in snapshot.sealing:
        return frozenset()
    from cloudwright.app.key_rotation import retained

    return retained(snapshot)


def _usual_duration(settings: RunSettings) -> float | None:
    if not settings.local:
        return None
    from cloudwright.local.context import OPERATION_TIME

    return OPERATION_TIME


def _local_transport(settings: RunSettings, catalog: Catalog, clock: Clock) -> Transport:
    from cloudwright.local.cloud import LocalCloud
    from cloudwright.local.store import CloudStore
    from cloudwright.local.transport import LocalTransport

    folder = settings.hidden / "local"
    return LocalTransport(LocalCloud(catalog, clock=clock, store=CloudStore(folder / "cloud.db")))


def _http(sessions: Sessions, clock: Clock) -> HttpTransport:
    from cloudwright.control.transport import HttpTransport

    return HttpTransport(sessions, clock=clock)


def _head_start(places: TargetResolver, control: CloudControl, http: HttpTransport) -> HeadStart:
    from cloudwright.app.head_start import HeadStart

    return HeadStart(places, control, http.open_early)


def _places(settings: RunSettings, sessions: Sessions, control: CloudControl) -> TargetResolver:
    from cloudwright.app.targets import AwsTargetResolver, LocalTargetResolver

    if settings.local:
        return LocalTargetResolver()
    return AwsTargetResolver(sessions, control)


def open_state(settings: RunSettings, clock: Clock | None = None) -> HostedStore:
    """The store of these settings.

    Args:
        settings: Name the state.
        clock: Wall time; the machine's clock by default.

    Raises:
        StateError: The URL is invalid, or the store can't be used.
    """
    from cloudwright.state.open import open_store

    return open_store(state_address(settings), settings.app, settings.stage, clock=clock)


def state_address(settings: RunSettings, environ: Mapping[str, str] | None = None) -> str:
    """The URL or path of these settings' state. A relative path is relative to the program's folder.

    Args:
        settings: Name the state; the local cloud has one of its own.
        environ: The environment variables; the process's by default.

    Raises:
        StateUnavailable: This is a CI machine, and no address of the state is configured.
    """
    from cloudwright.state.address import anchored, state_url

    if settings.local:
        return str(settings.hidden / "local" / "state.db")
    environ = os.environ if environ is None else environ
    return anchored(state_url(settings.state, folder=settings.folder, environ=environ), settings.folder)


async def open_runtime(settings: RunSettings, sessions: Sessions | None = None) -> Runtime:
    """Open the state and compose the runtime of one run.

    Args:
        settings: Store and cloud.
        sessions: The source of credentials; a new one by default.

    Raises:
        StateError: The state can't be used.
    """
    from cloudwright.schema.catalog import Catalog

    store = open_state(settings)
    try:
        snapshot = await store.read()
        return compose(settings, snapshot, store, catalog=Catalog.bundled(), sessions=sessions)
    except BaseException:
        await store.close()
        raise


async def recall_key(runtime: Runtime, plan: Plan) -> None:
    """Use the key of a saved plan if the state has none yet; otherwise its fingerprints would never match.

    Args:
        runtime: The runtime of the run that applies it.
        plan: The saved plan.
    """
    from cloudwright.state.sealing.sealer import open_sealer

    # A key file is the same in every process; a passphrase's salt and a wrapped key are created for one state.
    made = plan.sealing.get("kind", "file") != "file"
    store = runtime.services.store
    if made and not (await store.read()).sealing:
        sealer = open_sealer(plan.app, plan.stage, plan.sealing, place=store.place)
        runtime.services = replace(runtime.services, sealing=sealer)
