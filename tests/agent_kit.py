"""An agent at work with `cloudwright mcp`, and the person who approves its plans."""

from __future__ import annotations

import os
import pty
import subprocess
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import commands

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from mcp import Client

    from shell_kit import Shell


@dataclass
class Agent:
    """A client that is connected to `cloudwright mcp`."""

    client: Client

    async def __call__(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The answer of a tool that succeeds."""
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        assert result.structured_content is not None
        answer: dict[str, Any] = result.structured_content
        return answer

    async def refused(self, tool: str, **arguments: Any) -> str:
        """Why a tool refuses."""
        result = await self.client.call_tool(tool, arguments)
        assert result.is_error
        return "".join(part.text for part in result.content if part.type == "text")


@dataclass
class Desk:
    """A folder, the agent in it, and a person at a terminal."""

    shell: Shell
    folder: Path

    @asynccontextmanager
    async def agent(self, *, mode: str = "auto") -> AsyncIterator[Agent]:
        # Its import takes a second and a half, which every collection of the tests would pay.
        from mcp import Client, StdioServerParameters

        program, *words = commands.program()
        server = StdioServerParameters(
            command=program, args=[*words, "mcp", "--local"], cwd=self.folder, env=self.shell.settings
        )
        async with Client(server, mode=mode) as client:
            yield Agent(client)

    def approve(self, plan: str, answer: str) -> int:
        """Type an answer to `cloudwright approve` on a real terminal."""
        ours, theirs = pty.openpty()
        try:
            pipes = {"stdin": theirs, "stdout": subprocess.DEVNULL, "stderr": theirs}
            with commands.start("approve", plan, cwd=self.folder, env=self.shell.settings, **pipes) as child:
                os.write(ours, f"{answer}\n".encode())
                return child.wait(60)
        finally:
            os.close(ours)
            os.close(theirs)
