"""Whether the tool that resources were taken over from has released them. It reads, and clears the state's claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.app.doctor import Check
from cloudwright.app.source_files import read_source
from cloudwright.control.error_classes import is_missing
from cloudwright.convert.cloudformation.nodes import read_text
from cloudwright.convert.cloudformation.template import scalar_text
from cloudwright.convert.problem import SourceError
from cloudwright.convert.terraform.state import read_state
from cloudwright.errors import ServiceError
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.plan.claims import Claim, claim_of
from cloudwright.plan.owner_tag import tags_of
from cloudwright.services.port import RatedPort
from cloudwright.services.stacks import Stacks
from cloudwright.state.changes import PutRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from cloudwright.app.runtime import Runtime
    from cloudwright.state.records import Record
    from cloudwright.state.snapshot import Snapshot
    from cloudwright.target import Target

_STACK_ID, _LOGICAL_ID = "aws:cloudformation:stack-id", "aws:cloudformation:logical-id"
_KEPT = frozenset({"Retain", "RetainExceptOnCreate"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolEvidence:
    """What the user shows of a tool that AWS knows nothing of.

    Attributes:
        addresses: The addresses in Terraform's state; `None` if it was not shown.
        folder: Where paths of Alchemy's state files begin.
    """

    addresses: frozenset[str] | None
    folder: Path


@dataclass(frozen=True, slots=True)
class StackView:
    """What CloudFormation says about a stack.

    Attributes:
        name: Its name.
        gone: Whether it is deleted.
        busy: Its status while CloudFormation works on it; empty otherwise.
        members: The logical ids of what it has.
        kept: Those whose DeletionPolicy keeps the resource.
    """

    name: str
    gone: bool = False
    busy: str = ""
    members: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()


async def check_handover(runtime: Runtime, snapshot: Snapshot, evidence: ToolEvidence) -> list[tuple[Record, Check]]:
    """One check for each resource that another tool managed when it was adopted."""
    claimed = [record for record in snapshot.records if record.claim]
    found: list[tuple[Record, Check]] = []
    views: dict[tuple[Target, str], StackView] = {}
    for record in claimed:
        tags = await _tags(runtime, record)
        found.append((record, await _checked(runtime, record, tags, evidence, views)))
    return found


def released(snapshot: Snapshot, checks: Iterable[tuple[Record, Check]]) -> list[PutRecord]:
    """The changes that end the claims which passed.

    Args:
        snapshot: The current state.
        checks: From `check_handover`.
    """
    passed = {record.id for record, check in checks if check.ok}
    return [PutRecord(replace(record, claim="")) for record in snapshot.records if record.id in passed]


async def _tags(runtime: Runtime, record: Record) -> Mapping[str, object] | None:
    """The live resource's tags; `None` if it is gone."""
    kind = runtime.services.catalog.get(record.type)
    try:
        found = await runtime.services.control.get(record.target, record.type, record.identifier)
    except ServiceError as error:
        if is_missing(error):
            return None
        raise
    return tags_of(kind, found.properties)


async def _checked(
    runtime: Runtime,
    record: Record,
    tags: Mapping[str, object] | None,
    evidence: ToolEvidence,
    views: dict[tuple[Target, str], StackView],
) -> Check:
    claim = claim_of(record.claim)
    if tags is None:
        return _failed(
            record, f"{record.identifier} no longer exists", "forget it (`state rm`), or let a deploy create it again"
        )
    if claim.tool == "terraform":
        return _terraform(record, claim, evidence)
    if claim.tool == "alchemy":
        return _alchemy(record, claim, evidence)
    if claim.tool != "stack" and _STACK_ID in tags:
        claim = Claim("stack", str(tags[_STACK_ID]), str(tags.get(_LOGICAL_ID, "")))
    if claim.tool != "stack":
        return Check(record.key, ok=True, text="no tool's tag claims it")
    place = (record.target, claim.where)
    if place not in views:
        views[place] = await stack_view(runtime, *place)
    return _stack(record, claim, views[place])


async def stack_view(runtime: Runtime, target: Target, arn: str) -> StackView:
    """What CloudFormation says about a stack.

    Raises:
        ServiceError: AWS refuses the read.
    """
    stacks = Stacks(RatedPort(runtime.services.control))
    found = await stacks.describe(target, arn)
    name = arn.partition("/")[2].partition("/")[0] or arn
    if found is None or found.deleted:
        return StackView(name, gone=True)
    if found.busy:
        return StackView(found.name, busy=found.status)
    members = await stacks.members(target, arn)
    template = await stacks.template(target, arn, processed=True)
    return StackView(
        found.name, members=frozenset(one.logical_id for one in members if one.exists), kept=retained(template)
    )


def retained(template: str) -> frozenset[str]:
    """The logical ids of the resources that stay when the stack is deleted."""
    try:
        resources = read_text(template).get("Resources")
    except SourceError:
        return frozenset()
    rows = (resources.members or {}) if resources is not None else {}
    policies = {name: one.get("DeletionPolicy") for name, one in rows.items()}
    return frozenset(
        name for name, one in policies.items() if one is not None and one.is_scalar and scalar_text(one) in _KEPT
    )


def _stack(record: Record, claim: Claim, view: StackView) -> Check:
    if view.busy:
        return _failed(record, f"the stack {view.name} is {view.busy}", "wait until it is done, and check again")
    if view.gone or claim.name not in view.members:
        what = "is deleted" if view.gone else f"no longer has {claim.name}"
        return Check(record.key, ok=True, text=f"the stack {view.name} {what}, and {record.identifier} still exists")
    still = f"the stack {view.name} still manages it as {claim.name}"
    if claim.name in view.kept:
        return _failed(
            record, f"{still}, with DeletionPolicy Retain", f"delete the stack {view.name}; the resource is kept"
        )
    return _failed(
        record,
        f"{still}, and would delete it together with the stack",
        f"set DeletionPolicy: Retain on {claim.name}, and update the stack",
    )


def _terraform(record: Record, claim: Claim, evidence: ToolEvidence) -> Check:
    if evidence.addresses is None:
        return _failed(
            record,
            f"Terraform had it as {claim.where}, but its state was not given",
            "terraform show -json > state.json, then add --terraform state.json",
        )
    if claim.where in evidence.addresses:
        return _failed(record, f"Terraform still manages it as {claim.where}", f"terraform state rm '{claim.where}'")
    return Check(
        record.key, ok=True, text=f"Terraform's state has no {claim.where}, and {record.identifier} still exists"
    )


def _alchemy(record: Record, claim: Claim, evidence: ToolEvidence) -> Check:
    path = evidence.folder / claim.where
    if path.exists():
        return _failed(record, f"Alchemy still manages it: {claim.where} is there", f"remove {claim.where}")
    return Check(record.key, ok=True, text=f"{claim.where} is removed, and {record.identifier} still exists")


def _failed(record: Record, text: str, fix: str) -> Check:
    return Check(record.key, ok=False, text=text, fix=fix)


def stack_steps(name: str, region: str, lacking: Iterable[str], program: str) -> tuple[str, ...]:
    """How a stack releases its resources.

    Args:
        name: The stack's name.
        region: Its Region.
        lacking: The logical ids of adopted resources without DeletionPolicy: Retain.
        program: The program's file.
    """
    missing = ", ".join(lacking)
    retain = (
        f"set `DeletionPolicy: Retain` and `UpdateReplacePolicy: Retain` on {missing} in the stack's template, and "
        "update the stack"
    )
    return (
        *([retain] if missing else []),
        f"aws cloudformation delete-stack --stack-name {name} --region {region}  (resources with Retain are kept)",
        f"cloudwright doctor --handover {program}",
        f"cloudwright deploy {program}",
    )


def tool_steps(removals: Iterable[str], checked: str, program: str) -> tuple[str, ...]:
    """How another tool releases its resources.

    Args:
        removals: A command for each resource.
        checked: Further options of the check.
        program: The program's file.
    """
    return (*removals, f"cloudwright doctor --handover {program}{checked}", f"cloudwright deploy {program}")


def evidence_of(folder: Path, terraform: Path | None) -> ToolEvidence:
    """What the user shows of other tools.

    Args:
        folder: The program's folder.
        terraform: Terraform's state, as `terraform show -json` prints it; `None` if it is not shown.

    Raises:
        SourceError: It is no such state.
        CloudwrightError: It can't be read.
    """
    if terraform is None:
        return ToolEvidence(addresses=None, folder=folder)
    try:
        found = read_state(read_source(terraform, hint="terraform show -json > state.json"))
    except SourceError as error:
        raise error.in_file(str(terraform)) from None
    return ToolEvidence(addresses=frozenset(one.address for one in found), folder=folder)
