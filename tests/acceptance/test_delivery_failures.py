"""Each reason for which a delivery fails, once, on the local cloud: the text that the user reads.

`pytest -s` prints the texts. What AWS refuses by itself needs no fault; the rest is what the local cloud is asked to
fail, in the words of the service.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.imagebuilder.delivery import reasons
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.faults import Fault
from cloudwright.local.protocols.model import service_models
from cloudwright.render.images.delivery import result_lines
from cloudwright.render.terminal.style import TerminalStyle
from images_kit import ABROAD, BUILD, DEV, HOME, PARAMETER, deployed, until_it_waits

if TYPE_CHECKING:
    from collections.abc import Callable

    from app_kit import World

TEXTS = Path(__file__).parents[1] / "data" / "delivery-failures.txt"
WINDOWS = "windows-server-2025-english-full-base-x86"
FAST = {"parent": WINDOWS, "FastLaunchConfigurations": [{"Enabled": True, "MaxParallelLaunches": 6}]}


def licence(region: str) -> str:
    return f"arn:aws:license-manager:{region}:{BUILD}:license-configuration:lic-{'0' * 32}"


def step_fails(operation: str, place: str = f"{BUILD}.{HOME}", **options: str) -> Fault:
    return Fault("image-delivery", type_name=place, operation=operation, options=options)


def copy_fails(**options: str) -> Fault:
    return step_fails("COPY", f"{DEV}.{HOME}", **options)


def build_fails(message: str) -> Fault:
    return Fault("image-step", type_name="BUILD", operation="ApplyBuildComponents", options={"message": message})


def take_the_parameter(world: World) -> None:
    world.cloud.put(BUILD, HOME, "AWS::SSM::Parameter", {"Name": PARAMETER, "Type": "StringList", "Value": "a,b"})


def delete_the_template(world: World) -> None:
    template = next(one for one in world.cloud.resources() if one.type_name == "AWS::EC2::LaunchTemplate")
    world.cloud.remove(BUILD, HOME, template.type_name, template.identifier)


def be_strict(world: World) -> None:
    world.cloud = LocalCloud(world.catalog(), clock=world.clock, operation_time=0.0, strict_services=True)


def nothing(_: World) -> None:
    """Everything is as it was deployed."""


@dataclass(frozen=True)
class Case:
    """One reason.

    Attributes:
        fault: What the local cloud is asked to fail; `None` where it fails by itself.
        options: Of the program.
        before: What is different before the deploy.
        after: What somebody does after it.
    """

    fault: Fault | None = None
    options: dict[str, Any] = field(default_factory=dict)
    before: Callable[[World], None] = nothing
    after: Callable[[World], None] = nothing


CASES = {
    "the role in a target account is missing": Case(options={"roles": False}, before=be_strict),
    "the AWS-managed key encrypts the AMI": Case(
        copy_fails(message="Snapshots encrypted with the AWS Managed CMK can't be shared")
    ),
    "the key's policy does not let the account use it": Case(copy_fails()),
    "a quota of the account is reached": Case(
        copy_fails(message="You have reached the maximum number of concurrent image copies (ResourceLimitExceeded)")
    ),
    "a copy times out": Case(copy_fails(status="TIMED_OUT", message="The image copy did not end in time.")),
    "a copy is cancelled": Case(copy_fails(status="CANCELLED", message="The distribution was cancelled.")),
    "License Manager may not be called": Case(
        step_fails("ASSOCIATE_LICENSES"), {"LicenseConfigurationArns": [licence(HOME)]}
    ),
    "the licence is in another Region": Case(options={"LicenseConfigurationArns": [licence(ABROAD)]}),
    "no licence is left": Case(
        step_fails(
            "ASSOCIATE_LICENSES",
            message="You do not have enough licenses available to support a new resource launch. (Service: "
            "LicenseManager, Status Code: 412, Error Code: LicenseUsageException)",
        ),
        {"LicenseConfigurationArns": [licence(HOME)]},
    ),
    "the launch template may not be changed": Case(step_fails("UPDATE_LAUNCH_TEMPLATES")),
    "the launch template was deleted": Case(after=delete_the_template),
    "the parameter may not be written": Case(step_fails("PUT_SSM_PARAMETERS")),
    "the parameter has another type": Case(before=take_the_parameter),
    "fast launch may not be enabled": Case(step_fails("UPDATE_FAST_LAUNCH_CONFIGURATIONS"), FAST),
    "fast launch of a Linux image": Case(options={"FastLaunchConfigurations": [{"Enabled": True}]}),
    "too few parallel launches": Case(
        options={"parent": WINDOWS, "FastLaunchConfigurations": [{"Enabled": True, "MaxParallelLaunches": 2}]}
    ),
    "the export to S3 fails": Case(step_fails("EXPORT_AMI")),
    "a build step times out": Case(
        Fault("image-step", type_name="BUILD", operation="ApplyBuildComponents", options={"reason": "timeout"})
    ),
    "EC2 has no capacity": Case(
        build_fails("We currently do not have sufficient m6i.large capacity (InsufficientInstanceCapacity).")
    ),
    "the instance profile is missing": Case(
        build_fails(
            "Value (builder) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"
        )
    ),
    "the instance does not register": Case(build_fails("Instance i-0abc is not connected to Systems Manager.")),
    "a component fails": Case(build_fails("Command exited with status 1.")),
    "a test fails": Case(Fault("image-step", type_name="TEST", operation="ApplyTestComponents")),
    "somebody rejects a step": Case(options={"workflows": True}),
}


async def read(world: World, case: Case) -> str:
    """Deploy, run, and what the user reads at the end."""
    case.before(world)
    app = await deployed(world, **case.options)
    case.after(world)
    if case.fault is not None:
        world.cloud.faults.add(case.fault)
    run = asyncio.ensure_future(app.images.run())
    if case.options.get("workflows"):
        await until_it_waits(app)
        await app.images.answer(approve=False, reason="CVE-2026-1234")
    result = replace(await run, seconds=0.0)
    text = "\n".join(result_lines(result, TerminalStyle(width=100)))
    return _ID.sub(lambda id: re.sub("[0-9a-f]", "0", id[2]).join((id[1], "")), text)


_ID = re.compile(r"\b((?:ami|lt|wf|step)-)([0-9a-f-]{8,})")
"""Ids that nobody chose; they keep their length in the texts."""


def kept() -> dict[str, str]:
    """Name -> the text in the file."""
    parts = re.split(r"^## (.*)\n\n", TEXTS.read_text("utf-8"), flags=re.MULTILINE)
    return {name: text.rstrip("\n") for name, text in zip(parts[1::2], parts[2::2], strict=True)}


@pytest.mark.parametrize("name", CASES)
async def test_a_failed_delivery_says_what_happened_and_what_to_do(world: World, name: str) -> None:
    text = await read(world, CASES[name])
    print(f"\n## {name}\n\n{text}")  # noqa: T201 - for `pytest -s`

    assert text == kept()[name]


def test_every_configuration_step_and_every_known_cause_is_among_them() -> None:
    texts = {name: " ".join(text.split()) for name, text in kept().items()}
    steps = service_models()["imagebuilder"].shapes["ImageConfigurationStep"]["enum"]
    causes = [known.cause.text for known in (*reasons._KNOWN, *reasons._BUILD)]

    assert list(texts) == list(CASES)
    assert not [step for step in steps if not any(f"({step})" in text for text in texts.values())]
    assert not [cause for cause in causes if not any(_about(cause).search(text) for text in texts.values())]


def _about(cause: str) -> re.Pattern[str]:
    words = re.escape(cause).replace(r"\{account\}", r"\d{12}").replace(r"\{region\}", r"[a-z0-9-]+")
    words = words.replace(r"\{role\}", f"(?:{reasons.ROLE}|{reasons._SERVICE_ROLE})")
    return re.compile("most likely: " + words)
