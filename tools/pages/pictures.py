"""Draw the pictures of `docs/images`: `make pictures`.

Each shows what a command really printed or wrote: the golden image is deployed to a local cloud, edited, planned again;
and the program of the guide "Deliver an image" delivers one.
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "images"

COMMITTED = {"plan.svg": "plan.svg", "matrix-light.png": "matrix.png"}
"""Pictures of the README, by their names in `docs/assets`: a repository page shows only what is committed."""

if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests")]

from rich._export_format import CONSOLE_SVG_FORMAT  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.text import Text  # noqa: E402

from chromium import PROGRAM, Scheme, opened  # noqa: E402 - found on the path just set
from pages.moment import half_way  # noqa: E402
from pages_kit import DOCS, blocks  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Mapping

PROGRAM_FILE = "golden_image.py"
COLUMNS = 128
"""Of the terminal that is drawn."""

WINDOW = 1180, 640
"""Width and height of a page's picture, in CSS pixels."""

PAGES = ("report", "matrix", "delivery")
TERMINALS = ("moment", "deploy", "plan", "images", "delivery-run", "delivery-live")
NAMES = (*(f"{name}.svg" for name in TERMINALS), *(f"{page}-{s}.png" for page in PAGES for s in get_args(Scheme)))
"""Every picture; a link to one of them is not a broken link."""

EDITS = {
    'Version="1.0.0"': 'Version="1.1.0"',
    "- echo golden > /etc/motd": "- printf 'golden\\\\n' > /etc/motd",
    '"ap-southeast-2": [PROD, DR]': '"ap-southeast-2": [STAGE, PROD, DR]',
}
"""What somebody changes in the golden image after its first deploy."""

_COMMAND = [str(Path(sys.executable).parent / "cloudwright")]
_VERBS = {"moment": "deploy"}
GUIDE = DOCS / "deliver.md"
_ARRIVING = 0.83
"""The share of a build's pictures after which its first cells have the image, and others have not."""

_DRIFTED = 2
"""The exit code of a command that found something not as declared."""

_FONT_FACE = re.compile(r"@font-face \{\{.*?\}\}\s*", re.DOTALL)
_COLORED = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Terminal:
    """Somebody's terminal, in a folder that holds the golden image.

    Attributes:
        folder: Where the program, the state and the local cloud are.
    """

    folder: Path

    def run(self, *arguments: str, code: int = 0) -> str:
        """What a command prints, with colours.

        Args:
            arguments: Of `cloudwright`.
            code: The exit code that it ends with.

        Raises:
            CalledProcessError: It ended with another one.
        """
        return self._printed([*_COMMAND, *arguments], code)

    def python(self, file: str) -> None:
        """Run a script of the folder.

        Args:
            file: Its name.

        Raises:
            CalledProcessError: It failed.
        """
        self._printed([sys.executable, file], 0)

    def _printed(self, command: list[str], code: int) -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self._environment(),
            check=False,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        if done.returncode != code:
            raise subprocess.CalledProcessError(done.returncode, command, done.stdout)
        return done.stdout

    def watch(self, *arguments: str, share: float = 0.5) -> str:
        """One of the pictures that a command draws over each other, the middle one by default.

        Args:
            arguments: Of `cloudwright`.
            share: How many of all pictures come before it.

        Raises:
            CalledProcessError: The command failed.
        """
        kept = {name: value for name, value in self._environment().items() if name not in {"CI", "NO_COLOR"}}
        return half_way([*_COMMAND, *arguments], self.folder, kept, COLUMNS, share)

    def _environment(self) -> Mapping[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CLOUDWRIGHT_"))}
        home = {"HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder), "XDG_DATA_HOME": str(self.folder)}
        shown = {"COLUMNS": str(COLUMNS), "FORCE_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
        return {**kept, **home, **shown, "CLOUDWRIGHT_STAGE": "prod"}

    def edit(self) -> None:
        """Change the program as its owner would."""
        path = self.folder / PROGRAM_FILE
        text = path.read_text("utf-8")
        for old, new in EDITS.items():
            if old not in text:
                raise ValueError(f"{PROGRAM_FILE} no longer holds {old}; see EDITS")
            text = text.replace(old, new, 1)
        path.write_text(text, "utf-8")


def terminal_svg(command: str, printed: str) -> str:
    """A terminal as SVG that loads nothing.

    Args:
        command: What was typed.
        printed: What it printed, with colour codes.
    """
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text(f"$ {command}\n", style="bold"), soft_wrap=False)
    for line in printed.rstrip().splitlines():
        console.print(Text.from_ansi(line), soft_wrap=False)
    return console.export_svg(title=command, code_format=_FONT_FACE.sub("", CONSOLE_SVG_FORMAT))


def progress(printed: str) -> str:
    """What `deploy` prints once its plan is agreed to."""
    lines = printed.splitlines()
    first = next(n for n, line in enumerate(lines) if _COLORED.sub("", line).startswith("["))
    return "\n".join(lines[first:])


def terminals(folder: Path) -> dict[str, str]:
    """Deploy the golden image, edit it, and look at what that would do.

    Args:
        folder: An empty one; the pages for `photographs` are left there.

    Returns:
        Name of each picture of a terminal and its SVG.
    """
    (folder / PROGRAM_FILE).write_text((ROOT / "examples" / PROGRAM_FILE).read_text("utf-8"), "utf-8")
    terminal, local = Terminal(folder), (PROGRAM_FILE, "--local")
    printed = {"moment": terminal.watch("deploy", *local, "--yes")}
    terminal.run("destroy", *local, "--yes")
    printed["deploy"] = progress(terminal.run("deploy", *local, "--yes"))
    terminal.edit()
    printed |= {name: terminal.run(name, *local) for name in ("plan", "images")}
    terminal.run("images", *local, "-o", "matrix.html")
    terminal.run("report", *local, "-o", "report.html")
    drawn = {
        f"{name}.svg": terminal_svg(f"cloudwright {_VERBS.get(name, name)} {PROGRAM_FILE}", text)
        for name, text in printed.items()
    }
    return drawn | delivery(folder)


def delivery(folder: Path) -> dict[str, str]:
    """Run the pipeline of the guide twice, so that its times are known, take a launch permission away, and compare.

    Args:
        folder: Gets its own folder for it, and the page for `photographs`.

    Returns:
        Name of each picture of a terminal and its SVG.
    """
    terminal = Terminal(folder / "delivery")
    terminal.folder.mkdir()
    for block in blocks(GUIDE.read_text("utf-8")):
        if block.language == "python" and block.title.endswith(".py"):
            (terminal.folder / block.title).write_text(block.text, "utf-8")
    terminal.run("deploy", "--local", "--yes")
    terminal.run("images", "run", "--local")
    run = terminal.watch("images", "run", "--local", share=_ARRIVING)
    terminal.python("by_hand.py")
    live = terminal.run("images", "--live", "--local", "-o", str(folder / "delivery.html"), code=_DRIFTED)
    return {
        "delivery-run.svg": terminal_svg("cloudwright images run", run),
        "delivery-live.svg": terminal_svg("cloudwright images --live", live.partition("\nwritten: ")[0]),
    }


async def photographs(folder: Path) -> dict[str, bytes]:
    """The pages in a browser, light and dark.

    Args:
        folder: Where `terminals` left them.

    Returns:
        Name of each picture and its PNG.
    """
    width, height = WINDOW
    taken = {}
    async with opened("about:blank", width=width, height=height) as browser:
        for page in PAGES:
            await browser.page.goto((folder / f"{page}.html").as_uri())
            for scheme in get_args(Scheme):
                await browser.page.emulate_media(color_scheme=scheme)
                taken[f"{page}-{scheme}.png"] = await browser.page.screenshot()
    return taken


def draw(to: Path) -> list[str]:
    """Draw all pictures that this machine can draw.

    Args:
        to: Folder of the pictures.

    Returns:
        The names of those drawn.
    """
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cloudwright-pictures-") as name:
        drawn = {title: text.encode() for title, text in terminals(Path(name)).items()}
        if PROGRAM:
            drawn |= asyncio.run(photographs(Path(name)))
    for title, content in drawn.items():
        (to / title).write_bytes(content)
        if to == FOLDER and title in COMMITTED:
            committed = ROOT / "docs" / "assets" / COMMITTED[title]
            committed.parent.mkdir(parents=True, exist_ok=True)
            committed.write_bytes(content)
    return list(drawn)


def main() -> None:
    """Draw, and say what could not be drawn."""
    drawn = draw(FOLDER)
    print(f"{len(drawn)} pictures in {FOLDER.relative_to(ROOT)}")
    missing = [name for name in NAMES if name not in drawn]
    if missing:
        print(f"not drawn, for want of the program `chromium`: {', '.join(missing)}", file=sys.stderr)


if __name__ == "__main__":
    main()
