"""The tools: each runs one command. All but `deploy` change nothing in any account."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mcp.server.mcpserver.exceptions import ToolError

from cloudwright.errors import CloudwrightError
from cloudwright.lazy_dataclass import dataclass
from cloudwright.mcp import approvals
from cloudwright.mcp.command import ToolAnswer, run
from cloudwright.mcp.explain import explain

if TYPE_CHECKING:
    from cloudwright.mcp.folder import ServedFolder

_LARGEST_PLAN = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Tools:
    """The tools of one server.

    Attributes:
        folder: What they may read.
        approvals: Where approvals of plans are kept.
        options: `--stage` and `--local` of the server, which no tool can change.
    """

    folder: ServedFolder
    approvals: Path
    options: tuple[str, ...]

    async def types(self, word: str) -> ToolAnswer:
        """Find resource types whose name contains a word, such as `ImageBuilder` or `bucket`."""
        return await self._run(("types",), word)

    async def schema(self, type_name: str) -> ToolAnswer:
        """Properties of a resource type, such as `AWS::S3::Bucket`."""
        return await self._run(("schema",), type_name)

    async def validate(self, file: str | None = None) -> ToolAnswer:
        """Check a program against schemas and rules, offline. Runs the program. `file` is relative to the folder."""
        return await self._program("validate", file)

    async def findings(self, file: str | None = None) -> ToolAnswer:
        """Only the findings of rules about a program, offline; `explain` says what the id of each means."""
        answer = await self._program("validate", file)
        kept = [line for line in answer["lines"] if line["type"] in {"finding", "error"}]
        return ToolAnswer(exit_code=answer["exit_code"], lines=kept)

    async def explain(self, name: str) -> ToolAnswer:
        """What the id of a finding (such as `IB103`) or the name of an error (such as `StalePlan`) means."""
        found = explain(name)
        if not found:
            raise ToolError("no rule and no error has this name; ids of your own rules are explained by their finding")
        return ToolAnswer(exit_code=0, lines=[found])

    async def plan(
        self,
        file: str | None = None,
        save_as: str | None = None,
        allow_replace: list[str] | None = None,
        *,
        refresh: bool = False,
    ) -> ToolAnswer:
        """Show what a deploy would do; changes nothing in any account.

        `save_as` (such as `prod.plan`) saves the plan for `deploy`. `refresh` reads the live resources first.
        `allow_replace` names the keys that the saved plan may replace; the user sees them when approving it.
        """
        switches = ["--refresh"] if refresh else []
        switches += [f"--allow-replace={key}" for key in allow_replace or ()]
        if save_as is not None:
            switches.append(f"--out={self._plan_file(save_as)}")
        return await self._program("plan", file, *switches)

    async def graph(self, file: str | None = None) -> ToolAnswer:
        """The dependency graph of a program, with what a deploy would do to each resource."""
        return await self._program("graph", file)

    async def images(self, file: str | None = None) -> ToolAnswer:
        """Matrix of EC2 Image Builder: who gets which image in which Region."""
        return await self._run(("images", "show"), self._program_file(file), *self.options)

    async def state_list(self, file: str | None = None) -> ToolAnswer:
        """List every physical resource in the state."""
        return await self._run(("state", "list"), self._program_file(file), *self.options)

    async def drift(self, file: str | None = None) -> ToolAnswer:
        """Compare the live resources with what was deployed; reads only."""
        return await self._program("drift", file)

    async def permissions(self, file: str | None = None) -> ToolAnswer:
        """IAM permissions that a deploy of the program needs, and why."""
        return await self._program("permissions", file)

    async def deploy(self, plan: str, file: str | None = None) -> ToolAnswer:
        """Apply a saved plan that the user has approved on a terminal with `cloudwright approve PLANFILE`.

        You can't approve a plan yourself. An approval covers exactly this plan file, once, for one hour.
        """
        program = self._program_file(file)
        content = _read(self._plan_file(plan))
        try:
            approvals.use(self.approvals, content, name=plan)
        except CloudwrightError as error:
            raise ToolError(str(error)) from error
        # The approved bytes are applied, even if the file changes meanwhile.
        with tempfile.TemporaryDirectory(prefix="cloudwright-") as folder:
            copy = Path(folder) / "approved.plan"
            with os.fdopen(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                out.write(content)
            return await self._run(("deploy",), program, f"--plan={copy}", "--yes", *self.options)

    async def _program(self, command: str, file: str | None, *switches: str) -> ToolAnswer:
        return await self._run((command,), self._program_file(file), *switches, *self.options)

    async def _run(self, command: tuple[str, ...], word: str, *switches: str) -> ToolAnswer:
        """Run a command on a word, which comes after `--` so that it is never read as an option."""
        return await run(self.folder.root, *command, "--json", *switches, "--", word)

    def _program_file(self, file: str | None) -> str:
        try:
            return str(self.folder.program_file(file))
        except CloudwrightError as error:
            raise ToolError(str(error)) from error

    def _plan_file(self, name: str) -> Path:
        try:
            return self.folder.plan_file(name)
        except CloudwrightError as error:
            raise ToolError(str(error)) from error


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(_LARGEST_PLAN)
    except OSError as error:
        raise ToolError(f"the plan {file.name} can't be read: {error.strerror}") from error
