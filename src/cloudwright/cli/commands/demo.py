"""`cloudwright demo`: the life of three resources on the local cloud, each step a command that users type."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import common

if TYPE_CHECKING:
    from pathlib import Path

    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View

_EPILOG = """\b
Examples:
  cloudwright demo
  cloudwright demo --keep my-demo
"""

RESOURCES = 3
"""What the demo's program declares."""

UNDER_WAY = 0.15
"""Seconds from the first creates to the kill: half of what an operation of the local cloud takes."""


@click.command("demo", epilog=_EPILOG)
@click.option("--keep", metavar="FOLDER", help="Keep the program and its local cloud in this new folder.")
@common
def command(call: CommandOptions, *, keep: str | None) -> int:
    """Show what cloudwright does, on the local cloud. Takes less than a minute."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from pathlib import Path
        from tempfile import TemporaryDirectory

        if keep is not None:
            return _show(view, _new_folder(Path(keep)))
        with TemporaryDirectory(prefix="cloudwright-demo-") as folder:
            return _show(view, Path(folder))

    return run_command(call, "demo", body)


def _new_folder(folder: Path) -> Path:
    from cloudwright.errors import CloudwrightError
    from cloudwright.os_errors import machine_error

    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise CloudwrightError(f"{folder} already exists", hint="name a folder that does not exist yet") from None
    except OSError as error:
        raise machine_error(error, f"{folder} can't be created", path=folder) from error
    return folder.resolve()


def _show(view: View, folder: Path) -> int:
    from importlib import resources

    text = (resources.files("cloudwright.cli") / "templates" / "demo.py.txt").read_text(encoding="utf-8")
    (folder / "infra.py").write_text(text, encoding="utf-8")
    demo = _Demo(view, folder)
    demo.step("A plan shows what would happen. Nothing is sent.", "plan")
    demo.killed_deploy("A deploy is killed while AWS is processing its requests ...")
    demo.step("... and the next deploy continues each request: nothing is lost, nothing is created twice.", "deploy")
    demo.step("A deploy without a change makes no call at all.", "deploy")
    demo.edit("One line of the program changes. The update sends only that line.", "built every hour")
    demo.outside_change("Somebody removes an account's access in the console. `drift` shows it ...")
    demo.step("... and `drift --fix` restores it.", "drift", "--fix")
    demo.step("Who may launch which image, in which Region:", "images")
    demo.step("Destroy deletes what the program declared.", "destroy")
    view.message(
        f"\nThe program: {folder / 'infra.py'}" if _kept(folder) else "\nYour turn: cloudwright init my-images"
    )
    return 0


def _kept(folder: Path) -> bool:
    return not folder.name.startswith("cloudwright-demo-")


class _Demo:
    """Runs commands in the demo's folder, each in its own process, and prints what they print."""

    def __init__(self, view: View, folder: Path) -> None:
        self._view = view
        self._folder = folder
        self._note: dict[str, str] = {}
        self._number = 0

    def step(self, seen: str, verb: str, *options: str) -> None:
        """Run a command.

        Args:
            seen: What the reader is about to see.
            verb: The command.
            options: Beside `--local` and `--yes`.
        """
        import subprocess

        from cloudwright.errors import CloudwrightError

        self._announce(seen, verb, *options)
        words = self._words(verb, *options)
        done = subprocess.run(words, cwd=self._folder, env=self._environ(), text=True, capture_output=True, check=False)  # noqa: S603 - our own program
        self._view.message(done.stdout.rstrip())
        if done.returncode not in (0, 2):
            raise CloudwrightError(
                f"the step {verb!r} ended with exit code {done.returncode}", hint=done.stderr.strip() or None
            )

    def edit(self, seen: str, note: str) -> None:
        """Change the program, plan and deploy."""
        self._note = {"DEMO_NOTE": note}
        self.step(seen, "deploy")

    def killed_deploy(self, seen: str) -> None:
        """Start a deploy and kill its process once requests are under way."""
        import json
        import subprocess
        import time

        self._announce(seen, "deploy")
        with subprocess.Popen(  # noqa: S603 - our own program
            [*self._words("deploy"), "--json"], cwd=self._folder, env=self._environ(), stdout=subprocess.PIPE, text=True
        ) as running:
            assert running.stdout is not None
            begun = 0
            for line in running.stdout:
                begun += json.loads(line)["type"] == "started"
                if begun == RESOURCES:
                    break
            time.sleep(UNDER_WAY)
            running.kill()
        self._view.message(f"killed with {begun} creates in progress")

    def outside_change(self, seen: str) -> None:
        """Remove a launch permission outside cloudwright, and detect the drift."""
        _take_access_away(self._folder / ".cloudwright" / "local" / "cloud.db")
        self.step(seen, "drift")

    def _announce(self, seen: str, *words: str) -> None:
        self._number += 1
        typed = " ".join(["$ cloudwright", *words, "--local"])
        self._view.message(f"\n{self._number}. {seen}\n\n{typed}\n")

    def _words(self, verb: str, *options: str) -> list[str]:
        import sys

        yes = ["--yes"] if verb in ("deploy", "destroy") or "--fix" in options else []
        main = "from cloudwright.cli import main; main()"
        return [sys.executable, "-c", main, verb, "--local", "--stage", "demo", *yes, *options]

    def _environ(self) -> dict[str, str]:
        import os

        return {**os.environ, **self._note}


def _take_access_away(cloud_file: Path) -> None:
    from cloudwright.clock import SystemClock
    from cloudwright.local.cloud import LocalCloud
    from cloudwright.local.store import CloudStore
    from cloudwright.schema.catalog import Catalog

    cloud = LocalCloud(Catalog.bundled(), clock=SystemClock(), store=CloudStore(cloud_file))
    try:
        found = next(one for one in cloud.resources() if one.properties["Name"] == "web-images")
        changed = [
            {**entry, "AmiDistributionConfiguration": {**entry["AmiDistributionConfiguration"], **taken}}
            for entry, taken in zip(found.properties["Distributions"], _NOBODY_FIRST, strict=True)
        ]
        where = (found.place.account, found.place.region, found.type_name, found.identifier)
        cloud.modify(*where, {"Distributions": changed})
    finally:
        cloud.close()


_NOBODY_FIRST: tuple[dict[str, object], ...] = ({"LaunchPermissionConfiguration": {}}, {})
"""What becomes of the launch permissions in the first and in the second Region."""
