"""`asset(path)`: files that a program hands to a resource, named by their content and uploaded when that changes."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudwright.call_errors import checked
from cloudwright.errors import ProgramError
from cloudwright.program.asset_content import Asset, measured
from cloudwright.program.run import caller

if TYPE_CHECKING:
    from collections.abc import Iterable


class _AssetMaker:
    """`asset(path)` and `asset.text(content)`."""

    @checked("asset")
    def __call__(self, path: str | os.PathLike[str], *, exclude: Iterable[str] = ()) -> Any:
        """A file or folder as the value of a property that takes a bucket and a key, or a URI.

        Args:
            path: Relative ones count from the file of the program. A folder is uploaded as a zip.
            exclude: Patterns as in a `.gitignore`. They come behind those of the folder's own `.assetignore`, so that
                `!name` takes in what that leaves out.

        Raises:
            ProgramError: There is no such file, or the folder is empty.
        """
        whole = Path(caller().file or ".").parent / path
        if not whole.exists():
            raise ProgramError(
                f"asset({os.fspath(path)!r}): there is no file {whole}", hint="paths are relative to the program's file"
            )
        patterns = (*_ignored(whole), *exclude)
        digest, size = measured(whole, patterns)
        suffix = ".zip" if whole.is_dir() else whole.suffix
        return Asset(str(whole), digest, size, suffix, exclude=patterns)

    @checked("asset.text")
    def text(self, content: str, *, suffix: str = ".txt") -> Any:
        """A text as the value of a property that takes a bucket and a key, or a URI.

        Args:
            content: Uploaded in UTF-8.
            suffix: The end of the object's name, such as `.json`.
        """
        data = content.encode()
        return Asset("", hashlib.sha256(data).hexdigest(), len(data), suffix, text=content)


asset: _AssetMaker = _AssetMaker()


def _ignored(folder: Path) -> tuple[str, ...]:
    file = folder / ".assetignore"
    if not folder.is_dir() or not file.is_file():
        return ()
    return tuple(file.read_text("utf-8").splitlines())
