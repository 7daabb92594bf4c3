"""Which old images are retired and how, and which are not and why.

An image is kept if it is in use, if something refers to it, or if it is the newest of its line in its place; also if
that can't be determined.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cloudwright.imagebuilder.delivery.matrix import version_of
from cloudwright.imagebuilder.delivery.present import by_age
from cloudwright.imagebuilder.delivery.result import exit_code_of
from cloudwright.imagebuilder.delivery.scope import Place
from cloudwright.imagebuilder.delivery.times import iso_seconds
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cloudwright.services.image_models import Ami, ImageBuild

DAY = 86_400.0
PROTECT_DAYS = 30
"""Default for the days after its last launch during which an AMI is not retired."""


class RetireAction(StrEnum):
    """What happens to an image."""

    DEPRECATE = "deprecate"
    DISABLE = "disable"
    DEREGISTER = "deregister"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireRules:
    """Which images are retired.

    Attributes:
        amis: Only these; empty to select by the rules below.
        older_than: Seconds since its creation.
        keep: Number of the newest images that are kept in each place.
        action: What happens to them.
        protect_days: Days after its last launch during which an AMI is kept.
        role: The role with which Image Builder changes its own images; if empty, each AMI is changed through EC2.
    """

    amis: tuple[str, ...] = ()
    older_than: float | None = None
    keep: int | None = None
    action: RetireAction = RetireAction.DEREGISTER
    protect_days: int = PROTECT_DAYS
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAmi:
    """An AMI of the line, with the reasons to keep it.

    Attributes:
        newest: The newest in its place that can be launched.
        uses: What uses it or refers to it, as text.
        published: A parameter or the default version of a launch template refers to it.
    """

    place: Place
    ami: Ami
    newest: bool = False
    uses: tuple[str, ...] = ()
    published: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireStep:
    """One call that retires one AMI, or an image with all its AMIs.

    Attributes:
        image: The AMI's id; the image's ARN if Image Builder retires all its AMIs at once.
        amis: The AMIs that it retires, each with its place.
        token: The client token, if the call takes one; chosen with the plan.
        size: GB of the snapshots' volumes, the most that they can occupy.
        role: The role with which Image Builder does it.
        done: The step has ended.
    """

    image: str
    place: Place
    action: RetireAction
    amis: tuple[tuple[Place, str], ...]
    version: str = ""
    created: str = ""
    size: int = 0
    snapshots: int = 0
    token: str = ""
    role: str = ""
    done: bool = False

    @property
    def whole_image(self) -> bool:
        """Whether Image Builder retires the image with all its AMIs."""
        return self.image.startswith("arn:")

    @property
    def undo(self) -> str:
        """The command that undoes it; empty without one."""
        if self.action is RetireAction.DEREGISTER:
            return ""
        verb = {"deprecate": "disable-image-deprecation", "disable": "enable-image"}[self.action]
        if self.whole_image:
            return (
                "aws imagebuilder start-resource-state-update --state status=AVAILABLE "
                f"--resource-arn {self.image} --execution-role {self.role} --include-resources amis=true "
                f"--region {self.place.region}"
            )
        return f"aws ec2 {verb} --image-id {self.image} --region {self.place.region}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An AMI that the rules select, but that is kept."""

    place: Place
    image: str
    reason: str
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetirePlan:
    """What a retirement would do.

    Attributes:
        key: The distribution configuration's key.
        steps: The steps, in order.
        refused: AMIs that were selected but are kept.
        unknown: Places that can't be read, with the reason.
        resumed: The rest of an earlier retirement that was interrupted.
        notes: Further notes.
    """

    key: str
    action: RetireAction
    steps: tuple[RetireStep, ...] = ()
    refused: tuple[Refusal, ...] = ()
    unknown: Mapping[Place, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    resumed: bool = False
    notes: tuple[str, ...] = ()

    @property
    def amis(self) -> int:
        """Number of AMIs that are retired."""
        return sum(len(step.amis) for step in self.steps)

    @property
    def size(self) -> int:
        """The most GB that are freed; 0 unless AMIs are deregistered."""
        return sum(step.size for step in self.steps) if self.action is RetireAction.DEREGISTER else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireResult:
    """The result of a retirement.

    Attributes:
        kept: Snapshots that EC2 kept, such as those that another AMI uses.
    """

    plan: RetirePlan
    done: tuple[RetireStep, ...] = ()
    failed: tuple[tuple[RetireStep, str], ...] = ()
    kept: tuple[str, ...] = ()
    declined: bool = False

    @property
    def exit_code(self) -> int:
        """0 all retired, 3 some not, 1 none of them."""
        return exit_code_of(self.done, self.failed, declined=self.declined)


def choose(found: Sequence[FoundAmi], rules: RetireRules, now: float) -> tuple[list[FoundAmi], list[Refusal]]:
    """The AMIs that the rules select: those to retire, and those to keep with the reason.

    An image that is published in one account is the current one of its line, also after a rollback: its copies in other
    accounts are kept.

    Args:
        found: Every AMI of the line that could be read.
        rules: The rules that select.
        now: Seconds since the epoch.
    """
    chosen: list[FoundAmi] = []
    refused: list[Refusal] = []
    published = {one.ami.builder: one for one in found if one.published and one.ami.builder}
    for one in _chosen(found, rules, now):
        reason = _against(one, rules, now) or _current(one, published)
        if reason:
            refused.append(Refusal(place=one.place, image=one.ami.id, reason=reason, version=version_of(one.ami)))
        else:
            chosen.append(one)
    return chosen, refused


def _chosen(found: Sequence[FoundAmi], rules: RetireRules, now: float) -> Iterator[FoundAmi]:
    by_place: dict[Place, list[FoundAmi]] = {}
    for one in found:
        by_place.setdefault(one.place, []).append(one)
    for ones in by_place.values():
        ones.sort(key=lambda one: by_age(one.ami), reverse=True)
        for position, one in enumerate(ones):
            if rules.amis:
                wanted = one.ami.id in rules.amis
            else:
                old = rules.older_than is None or now - iso_seconds(one.ami.created) > rules.older_than
                wanted = old and position >= (rules.keep or 0) and not _already(one.ami, rules.action)
            if wanted:
                yield one


def _already(ami: Ami, action: RetireAction) -> bool:
    if action is RetireAction.DISABLE:
        return ami.state == "disabled"
    return action is RetireAction.DEPRECATE and bool(ami.deprecated)


def _current(one: FoundAmi, published: Mapping[str, FoundAmi]) -> str:
    """Why a copy of the line's current image is kept; empty if it is not such a copy."""
    other = published.get(one.ami.builder)
    return f"image {version_of(one.ami)} is the current one: in {other.place}, {other.uses[0]}" if other else ""


def _against(one: FoundAmi, rules: RetireRules, now: float) -> str:
    """Why an AMI is kept; empty if nothing prevents retiring it."""
    if one.newest:
        return "it is the newest image of its line there"
    if one.uses:
        return "; ".join(one.uses)
    launched = iso_seconds(one.ami.launched)
    days = (now - launched) / DAY
    if launched and days < rules.protect_days:
        ago = "today" if days < 1 else f"{days:.0f} days ago"
        return f"it was last launched {ago}, and --protect-days is {rules.protect_days}"
    if one.ami.protected and rules.action is RetireAction.DEREGISTER:
        return (
            "deregistration protection is on; turn it off with "
            f"`aws ec2 disable-image-deregistration-protection --image-id {one.ami.id} --region {one.place.region}`"
        )
    return ""


def steps_of(
    chosen: Iterable[FoundAmi], builds: Mapping[str, ImageBuild], rules: RetireRules, builder: Place
) -> tuple[RetireStep, ...]:
    """How the chosen AMIs are retired.

    Image Builder retires one of its images with all AMIs at once, so it is used only if all of them were selected and a
    role is known; every other AMI is retired separately.

    Args:
        chosen: From `choose`.
        builds: ARN -> the image that created AMIs of the line.
        rules: The action and the role.
        builder: The build account and Region.
    """
    by_build: dict[str, list[FoundAmi]] = {}
    for one in chosen:
        by_build.setdefault(one.ami.builder, []).append(one)
    steps: list[RetireStep] = []
    for arn, ones in by_build.items():
        build = builds.get(arn)
        outputs = {ami.image for ami in build.amis} if build is not None else set()
        whole = rules.role and outputs and outputs == {one.ami.id for one in ones}
        steps += [_image_step(arn, ones, rules, builder)] if whole else [_ami_step(one, rules) for one in ones]
    return tuple(steps)


def _image_step(arn: str, ones: Sequence[FoundAmi], rules: RetireRules, builder: Place) -> RetireStep:
    return RetireStep(
        image=arn,
        place=builder,
        action=rules.action,
        amis=tuple((one.place, one.ami.id) for one in ones),
        version=version_of(ones[0].ami),
        created=min(one.ami.created for one in ones),
        size=sum(one.ami.size for one in ones),
        snapshots=sum(len(one.ami.snapshots) for one in ones),
        role=rules.role,
    )


def _ami_step(one: FoundAmi, rules: RetireRules) -> RetireStep:
    return RetireStep(
        image=one.ami.id,
        place=one.place,
        action=rules.action,
        amis=((one.place, one.ami.id),),
        version=version_of(one.ami),
        created=one.ami.created,
        size=one.ami.size,
        snapshots=len(one.ami.snapshots),
    )


# -- as the state keeps it


def step_document(step: RetireStep) -> dict[str, Any]:
    """A step as JSON."""
    return {
        "image": step.image,
        "place": str(step.place),
        "action": str(step.action),
        "amis": [[str(place), ami] for place, ami in step.amis],
        "version": step.version,
        "created": step.created,
        "size": step.size,
        "snapshots": step.snapshots,
        "token": step.token,
        "role": step.role,
        "done": step.done,
    }


def step_of(document: Mapping[str, Any]) -> RetireStep:
    """The step that `step_document` wrote."""
    return RetireStep(
        image=document["image"],
        place=_place(document["place"]),
        action=RetireAction(document["action"]),
        amis=tuple((_place(place), ami) for place, ami in document["amis"]),
        version=document["version"],
        created=document["created"],
        size=document["size"],
        snapshots=document["snapshots"],
        token=document["token"],
        role=document["role"],
        done=bool(document["done"]),
    )


def _place(text: str) -> Place:
    account, _, region = text.partition("/")
    return Place(account, region)
