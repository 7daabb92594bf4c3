"""Build the wheel and the sdist, check them, and walk through the first steps with the installed wheel.

    python tools/dist.py [--python 3.11 --python 3.13]

Each named Python that is on this machine gets an empty environment with the wheel and its dependencies alone, and
runs what a newcomer runs: `init`, `plan`, `deploy`, `drift`, `report`, `destroy`, all on the local cloud.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import zipfile
from email.parser import HeaderParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"
BIN = Path(sys.executable).parent
LARGEST = 6 * 1024 * 1024
"""Bytes of the wheel; the schemas of all types are in it."""

STEPS = (
    ("init",),
    ("plan", "--local"),
    ("deploy", "--local", "--yes"),
    ("drift", "--local"),
    ("report", "--local"),
    ("destroy", "--local", "--yes"),
)


def build() -> Path:
    """Both archives in `dist/`, freshly built; the wheel's path."""
    shutil.rmtree(DIST, ignore_errors=True)
    run([BIN / "python", "-m", "build", "--outdir", DIST, ROOT])
    run([BIN / "twine", "check", "--strict", *sorted(DIST.iterdir())])
    (wheel,) = DIST.glob("*.whl")
    return wheel


def check(wheel: Path) -> None:
    """What a wheel must hold, and what it must not.

    Args:
        wheel: The archive.
    """
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        described = HeaderParser().parsestr(archive.read(metadata).decode())
    strange = [name for name in names if not name.startswith(("cloudwright/", "cloudwright-"))]
    assert not strange, f"the wheel holds other things than the package: {strange[:5]}"
    assert not [name for name in names if "/tests/" in name], "the wheel holds tests"
    assert "cloudwright/py.typed" in names, "the wheel is not marked as typed"
    assert "cloudwright/aws/ImageBuilder.pyi" in names, "the wheel has no type stubs"
    assert wheel.stat().st_size <= LARGEST, f"the wheel has {wheel.stat().st_size:,} bytes"
    for field in ("Requires-Python", "License-Expression", "Summary", "Description-Content-Type"):
        assert described[field], f"the metadata lack {field}"
    print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB, {len(names):,} files")


def walk(wheel: Path, python: str) -> None:
    """Install the wheel for one Python into an empty environment and run the first steps.

    Args:
        wheel: The archive.
        python: Such as `3.13`.
    """
    with tempfile.TemporaryDirectory(prefix="cloudwright-wheel-") as name:
        folder = Path(name)
        run([BIN / "uv", "venv", "--quiet", "--python", interpreter(python) or python, folder / "env"])
        run([BIN / "uv", "pip", "install", "--quiet", "--python", folder / "env" / "bin" / "python", wheel])
        project = folder / "project"
        project.mkdir()
        for step in STEPS:
            run([folder / "env" / "bin" / "cloudwright", *step], project)
    print(f"Python {python}: {len(STEPS)} steps with the installed wheel")


def interpreter(python: str) -> str | None:
    """The path of a Python on this machine, or `None`; none is downloaded.

    Args:
        python: Such as `3.13`.
    """
    words = [BIN / "uv", "python", "find", "--no-python-downloads", python]
    found = subprocess.run(words, capture_output=True, text=True, check=False)
    if found.returncode == 0:
        return found.stdout.strip()
    # uv looks at the path alone; pyenv keeps its Pythons beside it.
    kept = sorted(Path.home().glob(f".pyenv/versions/{python}.*/bin/python{python}"))
    return str(kept[-1]) if kept else None


def run(command: list[str | Path], folder: Path = ROOT) -> None:
    """Run a command; what it printed is shown only if it fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        words = " ".join(map(str, command))
        raise SystemExit(f"{words}\nended with {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")


def main() -> None:
    """Build, check, walk."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", action="append", help="Versions to walk through; default: 3.11 to 3.14.")
    wanted = parser.parse_args().python or ["3.11", "3.12", "3.13", "3.14"]
    wheel = build()
    check(wheel)
    for python in wanted:
        if interpreter(python):
            walk(wheel, python)
        else:
            print(f"Python {python}: not on this machine")


if __name__ == "__main__":
    main()
