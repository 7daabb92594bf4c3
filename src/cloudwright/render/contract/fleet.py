"""The lines of the fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from cloudwright.lazy_dataclass import dataclass
from cloudwright.render.contract.line import Line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetBegunLine(Line):
    """A run is queued."""

    type: ClassVar[str] = "fleet_begun"
    when: ClassVar[str] = "`fleet deploy`, `destroy`, `drift`: the run is queued"
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetWorkerLine(Line):
    """A worker starts or ends."""

    type: ClassVar[str] = "fleet_worker"
    when: ClassVar[str] = "`fleet worker` starts (`text` is empty), and how it ends"
    worker: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetTargetLine(Line):
    """The state of one target."""

    type: ClassVar[str] = "fleet_target"
    when: ClassVar[str] = "the state of a target, each time it changes"
    run: str
    target: str
    status: str
    attempt: int
    worker: str | None
    changes: int
    digest: str | None
    drifted: Annotated[int, "resources"]
    notes: Sequence[str]
    error: str | None
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRunLine(Line):
    """The state of a run."""

    type: ClassVar[str] = "fleet_run"
    when: ClassVar[str] = "the state of the whole run"
    run: str
    app: str
    verb: str
    made_at: float
    status: str
    counts: Mapping[str, int]
    drifted: Annotated[int, "resources"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetMessageLine(Line):
    """A command to a run was accepted."""

    type: ClassVar[str] = "fleet_said"
    when: ClassVar[str] = "`approve`, `pause`, `resume`, `cancel`, `retry`"
    run: str
    verb: str
    text: str
