"""`cloudwright init`."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import common

if TYPE_CHECKING:
    from pathlib import Path

    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View

FILES = {
    "infra.py": "infra.py.txt",
    "test_infra.py": "test_infra.py.txt",
    ".github/workflows/deploy.yml": "deploy.yml.txt",
    ".gitignore": "gitignore.txt",
}
"""What is written, and the template that it is made from."""

_EPILOG = """\b
Examples:
  cloudwright init
  cloudwright init my-images
"""


@click.command("init", epilog=_EPILOG)
@click.argument("folder", default=".", metavar="[FOLDER]")
@common
def command(call: CommandOptions, *, folder: str) -> int:
    """Write a commented program, a test and a CI workflow. Existing files are not changed."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from pathlib import Path

        place = Path(folder)
        from cloudwright.render.contract.answers import FileLine

        for name, template in FILES.items():
            written = _write(place / name, template, _name(place))
            word = "wrote" if written else "kept"
            view.message(f"{word}  {place / name}", FileLine(path=str(place / name), written=written).as_object())
        program = "" if folder == "." else f" {quote(str(place / 'infra.py'))}"
        view.message(f"\nnext: cloudwright deploy{program} --local")
        return 0

    return run_command(call, "init", body)


def _write(path: Path, template: str, name: str) -> bool:
    from importlib import resources

    from cloudwright.os_errors import machine_error

    text = (resources.files("cloudwright.cli") / "templates" / template).read_text(encoding="utf-8")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text.replace("@NAME@", name))
    except FileExistsError:
        return False
    except OSError as error:
        raise machine_error(error, f"{path} can't be written", path=path) from error
    return True


def _name(folder: Path) -> str:
    """An app name made from the folder's: letters, digits and `-`, which Image Builder names allow too."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in folder.resolve().name).strip("-").lower()
    return kept[:40].strip("-") or "infra"
