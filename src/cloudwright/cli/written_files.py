"""Which files a conversion wrote, so that a later one tells them from the user's own.

They are noted beside the program's state, with a digest of what was written, before they are written. So a conversion
that is killed at any moment leaves a note of all that is its own, and the next one completes it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass
from cloudwright.os_errors import machine_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

NOTE = Path(".cloudwright") / "converted.json"
"""Where it is noted, from the folder."""


@dataclass(frozen=True, slots=True)
class ObsoleteFiles:
    """Files of an earlier conversion that the program has no use for any more.

    Attributes:
        removed: Those that were as the conversion had written them.
        kept: Those that somebody has changed since.
    """

    removed: Sequence[Path] = ()
    kept: Sequence[Path] = ()


@dataclass(frozen=True, slots=True)
class WrittenFiles:
    """The files that conversions wrote into a folder.

    Attributes:
        folder: The folder.
        unit: Whose files these are, of the programs in the folder: the name of the main file, or `.` for an assembly.
    """

    folder: Path
    unit: str

    def are_all(self, paths: Iterable[Path]) -> bool:
        """Whether all of some files are as a conversion wrote them.

        Args:
            paths: Files in the folder.

        Raises:
            CloudwrightError: One can't be read.
        """
        noted = self._noted()
        return all(self._is_own(path, noted.get(path.relative_to(self.folder).as_posix(), ())) for path in paths)

    def others(self, names: Iterable[str]) -> list[Path]:
        """What an earlier conversion wrote beside these files.

        Args:
            names: Paths in the folder.
        """
        return [self.folder / name for name in self._noted() if name not in set(names)]

    def write(self, texts: Mapping[str, str]) -> ObsoleteFiles:
        """Write files, and remove what an earlier conversion wrote and this one does not.

        Args:
            texts: Path in the folder -> text, in the order in which they are written: the main file last.

        Raises:
            CloudwrightError: One can't be written.
        """
        from cloudwright.cli.output_files import write_text

        make_folder(self.folder)
        before = self._noted()
        fresh = {name: (_digest(text.encode()),) for name, text in texts.items()}
        self._note({name: (*before.get(name, ()), *fresh.get(name, ())) for name in {**before, **fresh}})
        for name, text in texts.items():
            path = self.folder / name
            make_folder(path.parent)
            write_text(str(path), text)
        found = self._cleared({name: digests for name, digests in before.items() if name not in fresh})
        self._note(fresh)
        return found

    def _cleared(self, stale: Mapping[str, Sequence[str]]) -> ObsoleteFiles:
        paths = {self.folder / name: digests for name, digests in stale.items() if (self.folder / name).is_file()}
        own = [path for path, digests in paths.items() if self._is_own(path, digests)]
        for path in own:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise machine_error(error, f"{path} can't be removed", path=path) from error
        return ObsoleteFiles(own, [path for path in paths if path not in own])

    def _is_own(self, path: Path, digests: Sequence[str]) -> bool:
        try:
            return path.is_file() and _digest(path.read_bytes()) in digests
        except OSError as error:
            raise machine_error(error, f"{path} can't be read", path=path) from error

    def _noted(self) -> dict[str, tuple[str, ...]]:
        return dict(_files(self._document().get(self.unit)))

    def _document(self) -> dict[str, object]:
        try:
            found = json.loads((self.folder / NOTE).read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}  # without a note, nothing is known to be a conversion's
        return found if isinstance(found, dict) else {}

    def _note(self, files: Mapping[str, Sequence[str]]) -> None:
        from cloudwright.cli.output_files import write_text

        make_folder((self.folder / NOTE).parent)
        text = json.dumps({**self._document(), self.unit: files}, indent=2, sort_keys=True)
        write_text(str(self.folder / NOTE), text + "\n", mode=0o600)


def _files(noted: object) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The files of a note that lie in its folder; a note may have been edited."""
    for name, digests in noted.items() if isinstance(noted, dict) else ():
        parts = PurePosixPath(str(name)).parts
        if parts and ".." not in parts and not PurePosixPath(name).is_absolute() and isinstance(digests, list):
            yield name, tuple(map(str, digests))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def make_folder(folder: Path) -> None:
    """Make a folder, unless it is there.

    Args:
        folder: The folder.

    Raises:
        CloudwrightError: It can't be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise machine_error(error, f"{folder} can't be created", path=folder) from error
