"""The sources of a conversion: what each one converts to, what its resources are called, and how it lets go of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.app.convert import convert_template, convert_text
from cloudwright.app.handover import retained, stack_steps, tool_steps
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.plan.claims import Claim
from cloudwright.plan.physical_ids import PhysicalId

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cloudwright.app.convert import ConvertRequest
    from cloudwright.app.runtime import RunSettings
    from cloudwright.app.stack_source import StackSource
    from cloudwright.convert.cloudformation.program import Converted

    Convert = Callable[[Mapping[str, str]], Converted]
    Steps = Callable[[Sequence[str], str], tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionSource:
    """What is converted.

    Attributes:
        convert: The program, in which the resources of these physical ids are bound to their declarations.
        ids: Logical id -> what the source calls the resource.
        claims: Logical id -> which tool manages it.
        steps: How the tool lets go of the resources of these logical ids, for a program's file.
        region: The Region of the resources; empty for that of the environment.
    """

    convert: Convert
    ids: Mapping[str, PhysicalId]
    claims: Mapping[str, str]
    steps: Steps
    region: str = ""

    @property
    def bound(self) -> dict[str, str]:
        """Logical id -> physical id."""
        return {name: one.text for name, one in self.ids.items()}


def template_source(request: ConvertRequest) -> ConversionSource:
    """A template in a file, with the ids that the user gave.

    Args:
        request: What is converted.
    """
    return ConversionSource(
        convert=lambda ids: convert_template(replace(request, ids=ids)),
        ids={name: PhysicalId(text, request.types.get(name, "")) for name, text in request.ids.items()},
        claims=dict.fromkeys(request.ids, str(Claim("unknown"))),
        steps=lambda _, program: tool_steps(
            ["let the tool that made them go of them; of a stack: DeletionPolicy Retain, then delete the stack"],
            "",
            program,
        ),
    )


async def live_source(
    request: ConvertRequest, settings: RunSettings, origin: str, *, original: bool
) -> ConversionSource:
    """A live stack.

    Args:
        request: What the user gave.
        settings: Which cloud.
        origin: `stack:NAME[@REGION]`.
        original: Take the template as it was written, even if only CloudFormation's macros make resources of it.

    Raises:
        CloudwrightError: There is no such stack, or CloudFormation is working on it.
    """
    from cloudwright.app.import_ import open_cloud
    from cloudwright.app.stack_source import read_stack, stack_address, stack_request

    address = stack_address(origin)
    async with open_cloud(settings) as runtime:
        source = await read_stack(runtime, address, original=original)
    found = replace(stack_request(source, request), region=address.region)
    return ConversionSource(
        convert=lambda ids: convert_text(source.text, replace(found, ids=ids)),
        ids={name: PhysicalId(text, source.types.get(name, "")) for name, text in found.ids.items()},
        claims={name: str(Claim("stack", source.stack.id, name)) for name in found.ids},
        steps=lambda keys, program: _stack_steps(source, keys, program),
        region=address.region,
    )


def _stack_steps(source: StackSource, keys: Sequence[str], program: str) -> tuple[str, ...]:
    kept = retained(source.text)
    lacking = [name for name in source.ids if name in keys and name not in kept]
    return stack_steps(source.stack.name, source.target.region, lacking, program)
