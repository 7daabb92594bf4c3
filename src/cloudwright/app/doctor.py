"""Checks what a deploy needs, one thing at a time, and says what to do; changes nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cloudwright.errors import CloudwrightError, ServiceError
from cloudwright.lazy_dataclass import dataclass
from cloudwright.partitions import partition_of
from cloudwright.target import CredentialSource, Target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from cloudwright.clock import Clock
    from cloudwright.control.client import CloudControl
    from cloudwright.control.model import Transport
    from cloudwright.permissions.model import Permission

TOLERATED_SKEW = 60.0
"""Seconds that the machine's clock may be wrong without a warning.

AWS refuses signatures off by more than 5 minutes
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html).
"""


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check.

    Attributes:
        name: What was checked: `schemas`, `packs`, `state`, `region`, `account`, `clock`, `service` or `permissions`.
        ok: Whether it passed.
        text: What was found.
        fix: What to do if it failed.
    """

    name: str
    ok: bool
    text: str
    fix: str = ""


async def examine(
    folder: Path,
    *,
    transport: Transport,
    region: Callable[[], str],
    clock: Clock,
    permissions: Callable[[str], tuple[Permission, ...]] | None = None,
) -> AsyncIterator[Check]:
    """Run all checks, in the order in which a deploy needs them; stops at a failure that prevents the rest.

    Args:
        folder: The folder of the program and its state.
        transport: Reaches AWS or the local cloud.
        region: Returns the Region or raises `NoRegion`.
        clock: The machine's clock.
        permissions: Returns, for a partition, the permissions that IAM simulates for the caller; none by default.
    """
    from cloudwright.control.client import CloudControl
    from cloudwright.schema.catalog import Catalog

    yield Check("schemas", ok=True, text=f"{len(Catalog.bundled().names()):,} resource types")
    yield _packs()
    yield _state(folder)
    try:
        target = Target("", region(), source=CredentialSource())
    except CloudwrightError as error:
        yield _failed("region", error)
        return
    yield Check("region", ok=True, text=target.region)
    control = CloudControl(transport, clock=clock)
    account = await _asked("account", lambda: _account(control, target))
    yield account
    if account.ok:
        yield _clock(control.now(target) - clock.now())
        yield await _asked("service", lambda: _service(control, target))
        if permissions is not None:
            for check in await _permissions(control, target, permissions(partition_of(target.region))):
                yield check


def _packs() -> Check:
    """The rules and transformations that packages install for every app of this environment."""
    from cloudwright.app.packs import installed_packs

    try:
        origins = installed_packs().origins
    except CloudwrightError as error:
        return _failed("packs", error)
    return Check("packs", ok=True, text=", ".join(origins) or "none installed")


def _state(folder: Path) -> Check:
    hidden = folder / ".cloudwright"
    place = hidden if hidden.exists() else folder
    if os.access(place, os.W_OK | os.X_OK):
        return Check("state", ok=True, text=f"{hidden} can be written")
    return Check("state", ok=False, text=f"{place} can't be written", fix="change its owner or its mode")


def _clock(skew: float) -> Check:
    if abs(skew) <= TOLERATED_SKEW:
        return Check("clock", ok=True, text=f"within {TOLERATED_SKEW:.0f} s of AWS")
    ahead = "behind" if skew > 0 else "ahead of"
    return Check("clock", ok=False, text=f"{abs(skew):.0f} s {ahead} AWS", fix="set the machine's clock (NTP)")


async def _account(control: CloudControl, target: Target) -> str:
    caller = await control.caller(target)
    return f"{caller.account} as {caller.arn}"


async def _service(control: CloudControl, target: Target) -> str:
    await control.requests(target)
    return f"Cloud Control answers in {target.region}"


async def _permissions(control: CloudControl, target: Target, wanted: tuple[Permission, ...]) -> list[Check]:
    """One check for each thing that the caller lacks; else one that says what was simulated."""
    from cloudwright.app.permission_check import check_caller
    from cloudwright.permissions.simulation import MISSING, NOT_CHECKED, SimulatedCaller
    from cloudwright.services.iam import Simulator
    from cloudwright.services.port import RatedPort

    found = await check_caller(control, Simulator(RatedPort(control)), (), SimulatedCaller(target, wanted))
    wrong = [one for one in found if one.id in {MISSING, NOT_CHECKED}]
    return [Check("permissions", ok=not wrong, text=one.text, fix=one.fix) for one in wrong or found]


async def _asked(name: str, question: Callable[[], Awaitable[str]]) -> Check:
    try:
        return Check(name, ok=True, text=await question())
    except CloudwrightError as error:
        return _failed(name, error)


def _failed(name: str, error: CloudwrightError) -> Check:
    denied = isinstance(error, ServiceError) and error.name in {"AccessDenied", "UnauthorizedOperation"}
    advice = "allow cloudformation:ListResourceRequests, GetResource, CreateResource, UpdateResource, DeleteResource"
    return Check(name, ok=False, text=error.message, fix=error.hint or (advice if denied else ""))
