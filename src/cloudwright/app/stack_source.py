"""A live CloudFormation stack as the source of a conversion. It only reads."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.macros import has_inline_macros
from cloudwright.convert.cloudformation.nodes import read_text
from cloudwright.convert.cloudformation.stack_function import EXPANDED
from cloudwright.convert.cloudformation.template import parse_template
from cloudwright.convert.problem import NOWHERE, Remark, SourceError
from cloudwright.errors import CloudwrightError, ProgramError, ServiceError
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.services.port import RatedPort
from cloudwright.services.stacks import Stacks
from cloudwright.target import DeclaredTarget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.app.convert import ConvertRequest
    from cloudwright.app.runtime import Runtime
    from cloudwright.services.stacks import Stack, StackMember
    from cloudwright.target import Target

PREFIX = "stack:"
"""How a live stack is named on the command line: `stack:NAME[@REGION]`."""

HIDDEN = "****"
"""What CloudFormation shows of a parameter with `NoEcho` (API reference of DescribeStacks)."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
_ARN = re.compile(r"arn:[^:]+:cloudformation:(?P<region>[^:]+):\d{12}:stack/(?P<name>[^/]+)/.+")
_REVIEW = "REVIEW_IN_PROGRESS"
"""A change set would create the stack, and nobody has executed it: it has no template and no resources."""


@dataclass(frozen=True, slots=True)
class StackAddress:
    """Which stack is meant.

    Attributes:
        name: Its name.
        query: What CloudFormation is asked for: the name or the ARN.
        region: Its Region; empty for that of the environment.
    """

    name: str
    query: str
    region: str = ""

    def __str__(self) -> str:
        return f"{PREFIX}{self.name}{'@' if self.region else ''}{self.region}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackSource:
    """What a conversion takes from a live stack.

    Attributes:
        stack: The stack.
        target: Its account and Region.
        text: The template.
        processed: Whether that is the template as its macros left it.
        values: Parameter -> value; without hidden ones and those in Parameter Store.
        stored: Parameter -> the key in Parameter Store that it names.
        ids: Logical id -> physical id of what exists.
        types: Logical id -> the type that the stack gives it.
        exports: Exported name -> value, of all stacks of its account and Region.
        remarks: What a reader should know.
    """

    stack: Stack
    target: Target
    text: str
    processed: bool
    values: Mapping[str, str]
    stored: Mapping[str, str]
    ids: Mapping[str, str]
    types: Mapping[str, str]
    exports: Mapping[str, str]
    remarks: tuple[Remark, ...] = ()


def stack_address(text: str) -> StackAddress:
    """The stack that a source names.

    Args:
        text: `stack:NAME`, `stack:NAME@REGION` or `stack:ARN`.

    Raises:
        ProgramError: It names none.
    """
    wanted = text.removeprefix(PREFIX)
    arn = _ARN.fullmatch(wanted)
    if arn:
        return StackAddress(arn["name"], wanted, arn["region"])
    name, _, region = wanted.partition("@")
    if not _NAME.fullmatch(name) or (not region and "@" in wanted):
        raise ProgramError(f"{text!r} names no stack", hint=f"write {PREFIX}NAME, {PREFIX}NAME@REGION or {PREFIX}ARN")
    return StackAddress(name, name, region)


async def read_stack(runtime: Runtime, address: StackAddress, *, original: bool = False) -> StackSource:
    """Read a stack.

    Args:
        runtime: For the reads.
        address: Which stack.
        original: Take the template as it was written, even if only CloudFormation's macros make resources of it.

    Raises:
        CloudwrightError: There is no such stack, CloudFormation is working on it, or it can't be read.
    """
    target = await runtime.places.resolve(DeclaredTarget(region=address.region or None), ())
    await runtime.services.control.verify(target)
    stacks = Stacks(RatedPort(runtime.services.control))
    try:
        stack = await _settled(stacks, target, address)
        text, members, exports = await asyncio.gather(
            stacks.template(target, stack.id, processed=False),
            stacks.members(target, stack.id),
            stacks.exports(target),
        )
        processed = not original and _needs_macros(text, address)
        if processed:
            text = await stacks.template(target, stack.id, processed=True)
    except ServiceError as error:
        raise CloudwrightError(f"{address} can't be read: {error.message}", hint=error.hint or _ALLOW) from error
    return _source(stack, target, text, members, exports, processed=processed)


_ALLOW = "allow cloudformation:DescribeStacks, GetTemplate, ListStackResources and ListExports"


async def _settled(stacks: Stacks, target: Target, address: StackAddress) -> Stack:
    found = await stacks.describe(target, address.query)
    if found is None:
        raise CloudwrightError(
            f"there is no stack {address.name!r} in {target}",
            hint=f"name it as CloudFormation does; another Region: {PREFIX}{address.name}@REGION",
        )
    if found.deleted:
        raise CloudwrightError(
            f"the stack {found.name!r} in {target} is deleted",
            hint="convert its template, and give the list of its resources with --ids",
        )
    if found.status == _REVIEW:
        raise CloudwrightError(
            f"the stack {found.name!r} in {target} is {_REVIEW}: nothing of it was created",
            hint="convert its template instead, or execute its change set first",
        )
    if found.busy:
        raise CloudwrightError(
            f"the stack {found.name!r} in {target} is {found.status}: what it has changes while it is read",
            hint="wait until it is done, and convert again",
        )
    return found


def _needs_macros(text: str, address: StackAddress) -> bool:
    """Whether only CloudFormation can make resources of a template."""
    try:
        root = read_text(text)
        transforms = parse_template(root).transforms
    except SourceError as error:
        raise error.in_file(str(address)) from None
    return not EXPANDED.issuperset(transforms) or has_inline_macros(root)


def _source(
    stack: Stack,
    target: Target,
    text: str,
    members: tuple[StackMember, ...],
    exports: Mapping[str, str],
    *,
    processed: bool,
) -> StackSource:
    stored = {name: stack.parameters[name] for name in stack.resolved if name in stack.parameters}
    given = {name: value for name, value in stack.parameters.items() if name not in stored}
    hidden = sorted(name for name, value in given.items() if value == HIDDEN)
    remarks = [Remark(NOWHERE, name, "its value is hidden (NoEcho): set the environment variable") for name in hidden]
    if processed:
        why = "converted as CloudFormation processed it; --original converts it as it was written"
        remarks.append(Remark(NOWHERE, "Transform", why))
    if stack.status.endswith("_FAILED") or stack.status == "ROLLBACK_COMPLETE":
        remarks.append(Remark(NOWHERE, stack.name, f"the stack is {stack.status}: it may differ from its template"))
    remarks += [_absent(one) for one in members if not one.exists and one.status != "DELETE_COMPLETE"]
    return StackSource(
        stack=stack,
        target=target,
        text=text,
        processed=processed,
        values={name: value for name, value in given.items() if value != HIDDEN},
        stored=stored,
        ids={one.logical_id: one.physical_id for one in members if one.exists},
        types={one.logical_id: one.type for one in members},
        exports={name: value for name, value in exports.items() if name not in stack.exports},
        remarks=tuple(remarks),
    )


def _absent(member: StackMember) -> Remark:
    return Remark(NOWHERE, member.logical_id, f"the stack has no resource for it: it is {member.status}")


def stack_request(source: StackSource, request: ConvertRequest) -> ConvertRequest:
    """What is converted of a live stack: what the user gave takes precedence over the stack.

    Raises:
        SourceError: The template can't be read.
    """
    known = parse_template(read_text(source.text)).resources
    bound = {name: id_ for name, id_ in source.ids.items() if name in known}
    unknown = [name for name in source.ids if name not in known] if source.processed else []
    remarks = [Remark(NOWHERE, name, "the stack has it, but its template does not") for name in unknown]
    return replace(
        request,
        values={**source.values, **request.values},
        tags={**source.stack.tags, **request.tags},
        ids={**bound, **request.ids},
        stack_name=request.stack_name or source.stack.name,
        stored={name: key for name, key in source.stored.items() if name not in request.values},
        exports=source.exports,
        remarks=(*source.remarks, *remarks),
    )
