"""CloudFormation's stacks: templates, resources, parameters, outputs and exports. It only reads.

Source: botocore's service model `cloudformation/2010-05-15`; a test holds every operation and member to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.errors import ServiceError
from cloudwright.lazy_dataclass import dataclass
from cloudwright.services.protocols import form_call, listed, parse_xml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.services.port import ServicePort
    from cloudwright.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A stack.

    Attributes:
        name: Its name.
        id: Its ARN.
        status: Such as `UPDATE_COMPLETE`.
        parameters: Parameter -> value, as it was given; `****` for one with `NoEcho`.
        resolved: Parameter -> what its key in Parameter Store held.
        outputs: Output -> value.
        exports: Exported name -> value.
        tags: The stack's tags.
    """

    name: str
    id: str
    status: str
    parameters: Mapping[str, str]
    resolved: Mapping[str, str]
    outputs: Mapping[str, str]
    exports: Mapping[str, str]
    tags: Mapping[str, str]

    @property
    def busy(self) -> bool:
        """Whether CloudFormation is working on it."""
        return self.status.endswith("_IN_PROGRESS")

    @property
    def deleted(self) -> bool:
        """Whether it is gone."""
        return self.status == "DELETE_COMPLETE"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackMember:
    """A resource of a stack.

    Attributes:
        logical_id: Its name in the template.
        physical_id: What CloudFormation calls it; empty if it was never made.
        type: Its type.
        status: Such as `CREATE_COMPLETE`.
    """

    logical_id: str
    physical_id: str
    type: str
    status: str

    @property
    def exists(self) -> bool:
        """Whether the stack has it now, as far as CloudFormation knows."""
        return bool(self.physical_id) and self.status not in {"DELETE_COMPLETE", "DELETE_SKIPPED", "EXPORT_COMPLETE"}


class Stacks:
    """A typed client of CloudFormation's reads."""

    def __init__(self, port: ServicePort) -> None:
        """Send nothing yet."""
        self._port = port

    async def describe(self, target: Target, name: str) -> Stack | None:
        """A stack; `None` if there is none of that name.

        Args:
            target: Account and Region.
            name: Its name or ARN; a deleted stack has only an ARN.
        """
        try:
            result = await self._ask(target, "DescribeStacks", {"StackName": name})
        except ServiceError as error:
            # the API has no error of its own for it: "Stack with id NAME does not exist"
            if error.name == "ValidationError" and "does not exist" in error.message:
                return None
            raise
        found = listed(result.get("Stacks"))
        return _stack(found[0]) if found else None

    async def template(self, target: Target, name: str, *, processed: bool) -> str:
        """A stack's template.

        Args:
            target: Account and Region.
            name: The stack's name or ARN.
            processed: As its macros left it, instead of as it was written.
        """
        members = {"StackName": name, "TemplateStage": "Processed" if processed else "Original"}
        return str((await self._ask(target, "GetTemplate", members)).get("TemplateBody", ""))

    async def members(self, target: Target, name: str) -> tuple[StackMember, ...]:
        """The resources of a stack, deleted ones too.

        Args:
            target: Account and Region.
            name: The stack's name or ARN.
        """
        rows = await self._all(target, "ListStackResources", "StackResourceSummaries", {"StackName": name})
        return tuple(
            StackMember(
                logical_id=str(one.get("LogicalResourceId", "")),
                physical_id=str(one.get("PhysicalResourceId", "")),
                type=str(one.get("ResourceType", "")),
                status=str(one.get("ResourceStatus", "")),
            )
            for one in rows
        )

    async def exports(self, target: Target) -> dict[str, str]:
        """Exported name -> value, of all stacks of an account and Region."""
        rows = await self._all(target, "ListExports", "Exports", {})
        return {str(one.get("Name", "")): str(one.get("Value", "")) for one in rows}

    async def _all(self, target: Target, action: str, name: str, members: Mapping[str, str]) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        token = ""
        while True:
            result = await self._ask(target, action, {**members, **({"NextToken": token} if token else {})})
            found += listed(result.get(name))
            token = str(result.get("NextToken") or "")
            if not token:
                return found

    async def _ask(self, target: Target, action: str, members: Mapping[str, str]) -> Mapping[str, Any]:
        answer = await self._port.ask(form_call(target, "cloudformation", action, members), parse_xml)
        found = answer.get(f"{action}Result")
        return found if isinstance(found, dict) else {}


def _stack(found: Mapping[str, Any]) -> Stack:
    parameters, outputs = listed(found.get("Parameters")), listed(found.get("Outputs"))
    return Stack(
        name=str(found.get("StackName", "")),
        id=str(found.get("StackId", "")),
        status=str(found.get("StackStatus", "")),
        parameters=_pairs(parameters, "ParameterKey", "ParameterValue"),
        resolved=_pairs(parameters, "ParameterKey", "ResolvedValue"),
        outputs=_pairs(outputs, "OutputKey", "OutputValue"),
        exports=_pairs(outputs, "ExportName", "OutputValue"),
        tags=_pairs(listed(found.get("Tags")), "Key", "Value"),
    )


def _pairs(rows: list[Any], name: str, value: str) -> dict[str, str]:
    return {str(one[name]): str(one[value]) for one in rows if name in one and value in one}
