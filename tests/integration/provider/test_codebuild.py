"""CodeBuild's projects: a create that is sent again knows its own project by the token in a tag."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from cloudwright import App
from cloudwright.control.model import Reply
from cloudwright.errors import NotAnswered
from cloudwright.lazy_dataclass import replace
from cloudwright.providers.codebuild import Project, ProjectEnvironment, Projects, ProjectSource
from cloudwright.testing import DeployFailed, check_provider

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudwright.control.model import Call
    from cloudwright.provider import Context, Made
    from cloudwright.services.port import Guard
    from cloudwright.testing import AppRunner

T = TypeVar("T")


@dataclass
class CodeBuild:
    """The service, in its wire form.

    Attributes:
        projects: By name.
        lose: How many answers of CreateProject to lose.
    """

    projects: dict[str, dict[str, Any]] = field(default_factory=dict)
    lose: int = 0

    async def ask(self, call: Call, parse: Callable[[Reply], T]) -> T:
        return await self.send(call, parse)

    async def send(self, call: Call, parse: Callable[[Reply], T], guard: Guard | None = None) -> T:
        reply = self.serve(call.action, json.loads(call.body))
        if call.action == "CreateProject" and self.lose:
            self.lose -= 1
            raise NotAnswered("the connection closed")
        return parse(reply)

    def serve(self, action: str, members: dict[str, Any]) -> Reply:
        name = members.get("name", "")
        match action:
            case "CreateProject" if name in self.projects:
                return answer({"__type": "ResourceAlreadyExistsException", "message": f"{name} exists"}, 400)
            case "CreateProject" if not members["serviceRole"]:
                return answer({"__type": "InvalidInputException", "message": "no role"}, 400)
            case "CreateProject" | "UpdateProject":
                arn = f"arn:aws:codebuild:us-east-1:000000000000:project/{name}"
                self.projects[name] = {**self.projects.get(name, {}), **members, "arn": arn}
            case "DeleteProject":
                self.projects.pop(name, None)
            case "BatchGetProjects":
                return answer({"projects": [self.projects[one] for one in members["names"] if one in self.projects]})
        return answer({})


def answer(document: dict[str, Any], status: int = 200) -> Reply:
    return Reply(status, {}, json.dumps(document).encode())


class OverCodeBuild(Projects):
    """The shipped provider, over the fake."""

    runs_locally = True

    def __init__(self, service: CodeBuild) -> None:
        self.service = service

    def _over(self, context: Context) -> Context:
        return replace(context, services=self.service)

    async def create(self, new: Project, context: Context) -> Made:
        return await super().create(new, self._over(context))

    async def read(self, identifier: str, context: Context) -> Mapping[str, object] | None:
        return await super().read(identifier, self._over(context))

    async def update(self, identifier: str, old: Project, new: Project, context: Context) -> None:
        await super().update(identifier, old, new, self._over(context))

    async def delete(self, identifier: str, context: Context) -> None:
        await super().delete(identifier, self._over(context))


def project(image: str, role: str = "arn:aws:iam::000000000000:role/build") -> None:
    Project(
        "build",
        Name="build",
        ServiceRole=role,
        Source=ProjectSource("GITHUB", "https://github.com/acme/app.git"),
        Environment=ProjectEnvironment("LINUX_CONTAINER", image, "BUILD_GENERAL1_SMALL"),
    )


def one() -> None:
    project("aws/codebuild/standard:6.0")


def two() -> None:
    project("aws/codebuild/standard:7.0")


def app_of(service: CodeBuild, program: Callable[[], None]) -> App:
    app = App("builds", providers=[OverCodeBuild(service)])
    app.program(program)
    return app


def test_a_project_is_made_changed_in_place_and_deleted(app_runner: AppRunner) -> None:
    service = CodeBuild()

    app_runner.deploy(app_of(service, one))
    assert app_runner.plan(app_of(service, one)).empty
    (step,) = app_runner.plan(app_of(service, two)).steps
    assert ["/Environment/Image"] == [change.path for change in step.changes]
    app_runner.deploy(app_of(service, two))
    assert service.projects["build"]["environment"]["image"] == "aws/codebuild/standard:7.0"
    assert service.projects["build"]["tags"][0]["key"] == "cloudwright:token"
    app_runner.destroy(app_of(service, two))
    assert {} == service.projects


def test_somebody_elses_project_is_not_overwritten(app_runner: AppRunner) -> None:
    service = CodeBuild()
    app_runner.deploy(app_of(service, one), stage="other")

    with pytest.raises(DeployFailed, match="already exists"):
        app_runner.deploy(app_of(service, two))
    assert service.projects["build"]["environment"]["image"] == "aws/codebuild/standard:6.0"


def test_a_lost_answer_is_resolved_by_the_next_deploy(app_runner: AppRunner) -> None:
    service = CodeBuild(lose=1)

    with pytest.raises(DeployFailed, match="sent again with the same token"):
        app_runner.deploy(app_of(service, one))
    app_runner.deploy(app_of(service, one))
    assert ["build"] == [record.identifier for record in app_runner.state(app_of(service, one)).records]


def test_a_refused_project_made_nothing(app_runner: AppRunner) -> None:
    app = app_of(CodeBuild(), lambda: project("i", role=""))

    with pytest.raises(DeployFailed, match="InvalidInput"):
        app_runner.deploy(app)
    assert () == app_runner.state(app).journal


def test_at_every_kill_point_no_project_is_lost_or_made_twice() -> None:
    report = check_provider(CodeBuild, OverCodeBuild, one, two, live=lambda service: service.projects)

    assert not report.doubtful
