"""One image on its way as data: builds, workflows, pictures and what stands in cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.imagebuilder.delivery.present import PresentCell, TemplateDefault
from cloudwright.imagebuilder.delivery.progress import progress_of
from cloudwright.imagebuilder.delivery.scope import DeclaredCell, ImageLine, Place
from cloudwright.services.image_models import (
    Ami,
    ImageBuild,
    LaunchPermission,
    OutputAmi,
    RegionFailure,
    WorkflowExecution,
    WorkflowStep,
)
from cloudwright.target import Target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.imagebuilder.delivery.progress import BuildProgress

BUILD, DEV, GUEST = "111111111111", "222222222222", "777777777777"
REGION = "us-east-1"
HOME, COPY = Place(BUILD, REGION), Place(DEV, REGION)
ARN = f"arn:aws:imagebuilder:{REGION}:{BUILD}:image/golden/1.0.0/"
BEGAN = 1_800_000_000.0
"""2027-01-15T08:00:00Z."""


def clock(seconds: float) -> str:
    """A time as Image Builder writes it, some seconds after `BEGAN`."""
    return f"2027-01-15T08:{int(seconds) // 60:02d}:{int(seconds) % 60:02d}.000Z"


def build(status: str = "AVAILABLE", number: int = 1, *places: Place, **more: Any) -> ImageBuild:
    amis = tuple(OutputAmi(place.account, place.region, ami_id(place, number)) for place in places)
    return ImageBuild(
        arn=f"{ARN}{number}",
        status=status,
        name="golden",
        version=f"1.0.0/{number}",
        created=clock(0),
        amis=amis,
        **more,
    )


def ami_id(place: Place, number: int) -> str:
    return f"ami-{place.account[0]}{number}"


def ami(place: Place, number: int, **more: Any) -> Ami:
    return Ami(id=ami_id(place, number), owner=place.account, created=clock(number), builder=f"{ARN}{number}", **more)


def step(name: str, status: str, started: float = 0.0, ended: float = 0.0, **more: Any) -> WorkflowStep:
    times = {"started": clock(started) if started else "", "ended": clock(ended) if ended else ""}
    return WorkflowStep(id=f"step-{name}", name=name, action=more.pop("action", name), status=status, **times, **more)


def workflow(type: str, *steps: WorkflowStep, **more: Any) -> WorkflowExecution:
    return WorkflowExecution(id=f"wf-{type}", type=type, status="RUNNING", steps=steps, **more)


def failure(step: str = "", words: str = "AMI Copy Reported Failure", **more: Any) -> RegionFailure:
    return RegionFailure(DEV, REGION, more.get("status", "FAILED"), step, words)


def progress(image: ImageBuild, *workflows: WorkflowExecution, **more: Any) -> BuildProgress:
    expected: Mapping[str, float] = more.pop("expected", {})
    return progress_of(
        image, workflows, more.pop("places", [HOME, COPY]), expected=expected, names={DEV: "dev"}, **more
    )


def declared(place: Place, **more: Any) -> DeclaredCell:
    return DeclaredCell(place=place, copy=place is not HOME, name="golden-*", **more)


def line(*cells: DeclaredCell, **more: Any) -> ImageLine:
    return ImageLine(
        key="images", arn="arn:dist", target=Target(BUILD, REGION), recipes=("golden",), cells=cells, names={}, **more
    )


def present(place: Place, number: int = 0, **more: Any) -> PresentCell:
    """A cell with the AMI of a build, or without one."""
    newest = ami(place, number) if number else None
    permissions = more.pop("permissions", frozenset() if number else None)
    return PresentCell(place=place, newest=newest, count=number, permissions=permissions, **more)


def shared(*accounts: str) -> frozenset[LaunchPermission]:
    return frozenset(LaunchPermission("account", one) for one in accounts)


def default(number: int, image: str) -> TemplateDefault:
    return TemplateDefault(str(number), image)
