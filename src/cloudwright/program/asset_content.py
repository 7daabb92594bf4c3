"""An asset's content: which files it has, and the digest that names it. The bytes are read again when they are sent."""

from __future__ import annotations

import hashlib
import os
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from cloudwright.errors import ProgramError
from cloudwright.lazy_dataclass import dataclass
from cloudwright.program.ignore import IgnoreRules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ALWAYS_OUT = (".git", ".cloudwright", "__pycache__", "*.pyc", ".DS_Store", ".venv", "node_modules/.cache")
"""Files that a folder's asset never contains: they are not meant to be shipped, and some differ from run to run."""

OBJECTS = "assets/"
"""Prefix of the names of all objects."""


@dataclass(frozen=True, slots=True)
class Asset:
    """Content that is uploaded to the bucket for assets.

    Attributes:
        path: The file or folder; empty for a text.
        text: The text.
        exclude: Patterns of what a folder leaves out.
        digest: SHA-256 over names, modes and content, in hexadecimal.
        size: Bytes, before a folder is packed.
        suffix: Such as `.zip`.
    """

    path: str
    digest: str
    size: int
    suffix: str
    text: str = field(default="", repr=False)
    exclude: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The object's name in the bucket."""
        return f"{OBJECTS}{self.digest}{self.suffix}"

    @property
    def title(self) -> str:
        """What messages call it."""
        return self.path or "a text"

    def same_content(self) -> bool:
        """Whether the files still hold what the digest was taken of."""
        if not self.path:
            return True
        return measured(Path(self.path), self.exclude)[0] == self.digest


def files_of(folder: Path, exclude: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """The files of a folder with their names in the zip, sorted; what is excluded is not entered.

    Args:
        folder: Followed through symbolic links to files, not to folders.
        exclude: Patterns besides those that always count.
    """
    yield from _walked(folder, "", (IgnoreRules((*ALWAYS_OUT, ".assetignore")), IgnoreRules(exclude)))


def _walked(folder: Path, prefix: str, rules: tuple[IgnoreRules, ...]) -> Iterator[tuple[str, Path]]:
    for entry in sorted(folder.iterdir()):
        name, is_folder = prefix + entry.name, entry.is_dir() and not entry.is_symlink()
        if any(one.leaves_out(name, folder=is_folder) for one in rules):
            continue
        if is_folder:
            yield from _walked(entry, f"{name}/", rules)
        elif entry.is_file():
            yield name, entry


def measured(path: Path, exclude: Iterable[str]) -> tuple[str, int]:
    """The digest of a file's content, or of a folder's names, modes and contents; and the bytes."""
    if not path.is_dir():
        return _file_digest(path)
    whole, total = hashlib.sha256(), 0
    for name, file in files_of(path, exclude):
        digest, size = _file_digest(file)
        whole.update(f"{name}\0{mode_of(file):o}\0{digest}\n".encode())
        total += size
    if not total:
        raise ProgramError(f"asset: the folder {path} contains no files", hint="check the path and what is excluded")
    return whole.hexdigest(), total


def mode_of(file: Path) -> int:
    """The mode that a file has in a zip: whether it can be run, and nothing else of its own."""
    return 0o755 if os.access(file, os.X_OK) else 0o644


def _file_digest(file: Path) -> tuple[str, int]:
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
    return digest.hexdigest(), file.stat().st_size
