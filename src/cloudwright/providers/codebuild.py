"""Build projects of CodeBuild.

Source: the operations CreateProject, BatchGetProjects, UpdateProject and DeleteProject of CodeBuild's service model
`2016-10-06`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from cloudwright.control import wire
from cloudwright.errors import ServiceError
from cloudwright.lazy_dataclass import dataclass
from cloudwright.provider import Context, CustomResource, Exists, Made, Provider, Rejected, attribute, create_only
from cloudwright.services.protocols import json_call

TOKEN_TAG = "cloudwright:token"  # noqa: S105 - the name of a tag
"""The tag by which a repeated create recognises its own project."""

_REFUSALS = frozenset({"InvalidInput", "AccountLimitExceeded", "AccessDenied"})


@dataclass(frozen=True)
class ProjectSource:
    """The source of the code.

    Attributes:
        Type: Such as `GITHUB`, `CODECOMMIT`, `S3` or `NO_SOURCE`.
        Location: The repository or object; `NO_SOURCE` has none.
        BuildSpec: The build specification, or its path in the source.
    """

    Type: str
    Location: str | None = None
    BuildSpec: str | None = None


@dataclass(frozen=True)
class ProjectEnvironment:
    """The environment of a build.

    Attributes:
        Type: Such as `LINUX_CONTAINER` or `ARM_CONTAINER`.
        Image: Such as `aws/codebuild/standard:7.0`.
        ComputeType: Such as `BUILD_GENERAL1_SMALL`.
        PrivilegedMode: Whether the build may run Docker.
    """

    Type: str
    Image: str
    ComputeType: str
    PrivilegedMode: bool = False


class Project(CustomResource, type="Cloudwright::CodeBuild::Project", identifier=("Name",)):
    """A build project without artifacts: the build specification decides what happens to the result.

    Attributes:
        Name: Unique in its account and Region.
        ServiceRole: The ARN of the role that the build assumes.
        Source: The source of the code.
        Environment: The environment of the build.
        Description: The description.
        TimeoutInMinutes: A build is stopped after this time; 5 to 2,160.
        Arn: The project's ARN.
    """

    Name: Annotated[str, create_only]
    ServiceRole: str
    Source: ProjectSource
    Environment: ProjectEnvironment
    Description: str = ""
    TimeoutInMinutes: int = 60
    Arn: str = attribute()


class Projects(Provider[Project]):
    """CodeBuild takes no token, so the create puts it into a tag, by which a repeat recognises its project."""

    idempotent: ClassVar[bool] = True
    permissions: ClassVar[tuple[str, ...]] = (
        "codebuild:CreateProject",
        "codebuild:BatchGetProjects",
        "codebuild:UpdateProject",
        "codebuild:DeleteProject",
        "iam:PassRole",
    )

    async def create(self, new: Project, context: Context) -> Made:
        """Create a project, or find the one that an earlier delivery of this create made."""
        tags = [{"key": TOKEN_TAG, "value": context.token}]
        try:
            await _send(context, "CreateProject", {**_document(new), "tags": tags})
        except ServiceError as error:
            if error.name == "ResourceAlreadyExists":
                return await _own(new.Name, context)
            if error.name in _REFUSALS:
                raise Rejected(f"{error.code}: {error.service_message}") from None
            raise
        return Made(new.Name)

    async def read(self, identifier: str, context: Context) -> Mapping[str, object] | None:
        """The properties of the project that the type has, from BatchGetProjects."""
        found = await _project(identifier, context)
        if found is None:
            return None
        source, environment = found["source"], found["environment"]
        return {
            "ServiceRole": found["serviceRole"],
            "Source": ProjectSource(source["type"], source.get("location"), source.get("buildspec")),
            "Environment": ProjectEnvironment(
                environment["type"],
                environment["image"],
                environment["computeType"],
                bool(environment.get("privilegedMode")),
            ),
            "Description": found.get("description", ""),
            "TimeoutInMinutes": found.get("timeoutInMinutes", 60),
            "Arn": found["arn"],
        }

    async def update(self, identifier: str, old: Project, new: Project, context: Context) -> None:
        """Set all properties again; the tags are kept."""
        await _send(context, "UpdateProject", _document(new))

    async def delete(self, identifier: str, context: Context) -> None:
        """Delete the project; CodeBuild accepts the delete of a missing one."""
        await _send(context, "DeleteProject", {"name": identifier})


def _document(project: Project) -> dict[str, Any]:
    """A project in the names of CodeBuild's API."""
    source, environment = project.Source, project.Environment
    located = {"type": source.Type, "location": source.Location, "buildspec": source.BuildSpec}
    return {
        "name": project.Name,
        "serviceRole": project.ServiceRole,
        "source": {name: value for name, value in located.items() if value is not None},
        "artifacts": {"type": "NO_ARTIFACTS"},
        "environment": {
            "type": environment.Type,
            "image": environment.Image,
            "computeType": environment.ComputeType,
            "privilegedMode": environment.PrivilegedMode,
        },
        "description": project.Description,
        "timeoutInMinutes": project.TimeoutInMinutes,
    }


async def _own(name: str, context: Context) -> Made:
    """The project that an earlier delivery of the same create made.

    Raises:
        Exists: Another create made the project.
    """
    found = await _project(name, context)
    tags = {tag["key"]: tag["value"] for tag in (found or {}).get("tags", ())}
    if tags.get(TOKEN_TAG) != context.token:
        raise Exists(name)
    return Made(name)


async def _project(name: str, context: Context) -> dict[str, Any] | None:
    call = json_call(context.target, "codebuild", "BatchGetProjects", {"names": [name]})
    found: list[dict[str, Any]] = (await context.services.ask(call, wire.parse)).get("projects", [])
    return found[0] if found else None


async def _send(context: Context, action: str, members: Mapping[str, Any]) -> dict[str, Any]:
    return await context.services.send(json_call(context.target, "codebuild", action, members), wire.parse)
