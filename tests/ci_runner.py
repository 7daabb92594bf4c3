"""A runner of GitHub Actions, as far as the recipes of docs/ci.md use one: jobs, steps, artifacts, expressions."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

import commands

EXPRESSIONS = {"github.event.number": "7", "github.token": "a-token", "github.event_name": "pull_request"}
"""What `${{ ... }}` stands for."""

GH = """#!/bin/sh
echo "$@" >> "$RUNNER/gh.log"
while [ $# -gt 0 ]; do [ "$1" = --body-file ] && cat "$2" > "$RUNNER/comment.md"; shift; done
"""
"""GitHub's command line, which keeps the comment it was to write."""

PIP = "#!/bin/sh\nexec true\n"
"""The requirements are installed: cloudwright is what is tested here."""


def workflows(page: str) -> list[dict[str, Any]]:
    """Every YAML block of a page, in order.

    Args:
        page: Markdown.
    """
    return [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]


@dataclass
class Runner:
    """Runs jobs, each in its own folder.

    Attributes:
        home: Where everything is: the repository, the artifacts, what was said on the pull request.
        environ: What the workflow and its provider put into the environment.
    """

    home: Path
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Put the tools of a runner in place."""
        for name in ("repository", "artifacts", "bin"):
            (self.home / name).mkdir()
        ours = f'#!/bin/sh\nexec {shlex.join(commands.program())} "$@"\n'
        for name, script in (("gh", GH), ("pip", PIP), ("cloudwright", ours)):
            tool = self.home / "bin" / name
            tool.write_text(script, "utf-8")
            tool.chmod(0o755)

    @property
    def repository(self) -> Path:
        """What a checkout brings."""
        return self.home / "repository"

    def read(self, name: str) -> str:
        """A file that a job left at home."""
        return (self.home / name).read_text("utf-8")

    def __call__(self, workflow: dict[str, Any], name: str, composite: dict[str, Any] | None = None) -> tuple[int, str]:
        """Run one job.

        Args:
            workflow: With its jobs.
            name: Of the job.
            composite: The action that a step names by a path in the repository.

        Returns:
            The exit code of the first step that failed, or 0; and everything that was printed.
        """
        place = self.home / f"{name}-{len(list(self.home.iterdir()))}"
        place.mkdir()
        code, printed = 0, ""
        for step in _flat(workflow["jobs"][name]["steps"], composite):
            if not _wanted(step.get("if", ""), failed=bool(code)):
                continue
            if "uses" in step:
                self._action(step["uses"].partition("@")[0], step.get("with", {}), place)
            else:
                ran = self._run(step, place)
                code, printed = code or ran.returncode, printed + ran.stdout
        return code, printed

    def _action(self, action: str, given: dict[str, Any], place: Path) -> None:
        match action:
            case "actions/checkout":
                shutil.copytree(self.repository, place, dirs_exist_ok=True)
            case "actions/upload-artifact":
                shutil.copy(place / given["path"], self.home / "artifacts")
            case "actions/download-artifact":
                shutil.copytree(self.home / "artifacts", place, dirs_exist_ok=True)
            case _:
                assert action == "actions/setup-python", action

    def _run(self, step: dict[str, Any], place: Path) -> subprocess.CompletedProcess[str]:
        tools = [str(self.home / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]
        given = {name: _expanded(value) for name, value in step.get("env", {}).items()}
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", _expanded(step["run"])],
            cwd=place / step.get("working-directory", "."),
            env={
                "PATH": os.pathsep.join(tools),
                "HOME": str(self.home),
                "CI": "true",
                "RUNNER": str(self.home),
                "GITHUB_STEP_SUMMARY": str(self.home / "summary.md"),
                **self.environ,
                **given,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


def _flat(steps: list[dict[str, Any]], composite: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The steps of a job, those of a composite action in the place of the step that uses it."""
    flat: list[dict[str, Any]] = []
    for step in steps:
        if composite is None or not step.get("uses", "").startswith("./"):
            flat.append(step)
            continue
        inputs = {key: one.get("default", "") for key, one in composite["inputs"].items()} | step.get("with", {})
        flat.extend(_filled(inner, inputs) for inner in composite["runs"]["steps"])
    return flat


def _filled(value: Any, inputs: dict[str, str]) -> Any:
    """A step with the values of the inputs: as text in expressions, as a word in conditions."""
    if isinstance(value, dict):
        return {
            key: re.sub(r"inputs\.([a-z-]+)", lambda found: f"'{inputs[found[1]]}'", one)
            if key == "if"
            else _filled(one, inputs)
            for key, one in value.items()
        }
    if isinstance(value, str):
        return re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda found: inputs[found[1]], value)
    return value


def _wanted(condition: str, *, failed: bool) -> bool:
    """Whether a step runs; conditions are comparisons joined by `&&`, as the recipes write them."""
    terms = [term.strip() for term in condition.split("&&") if term.strip()]
    if failed and "always()" not in terms:
        return False
    return all(_holds(term) for term in terms if term != "always()")


def _holds(term: str) -> bool:
    left, operator, right = term.split(" ")
    sides = [EXPRESSIONS.get(side, side.strip("'")) for side in (left, right)]
    return (sides[0] == sides[1]) is (operator == "==")


def _expanded(text: str) -> str:
    return re.sub(r"\$\{\{ *(.+?) *\}\}", lambda found: EXPRESSIONS[found[1]], text)
