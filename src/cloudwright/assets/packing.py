"""The bytes of an asset, as a file: the file itself, or a reproducible zip of a folder."""

from __future__ import annotations

import contextlib
import io
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from cloudwright.program.asset_content import files_of, mode_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.program.asset_content import Asset

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can hold; every file gets it."""

_REGULAR = 0o100000
_UNIX = 3


@contextlib.contextmanager
def opened(asset: Asset) -> Iterator[IO[bytes]]:
    """The content to upload; a folder's is packed into a temporary file that only this user may read."""
    if not asset.path:
        yield io.BytesIO(asset.text.encode())
        return
    path = Path(asset.path)
    if path.is_dir():
        with tempfile.TemporaryFile() as packed:
            pack(path, asset.exclude, packed)
            packed.seek(0)
            yield packed
        return
    with path.open("rb") as file:
        yield file


def pack(folder: Path, exclude: tuple[str, ...], to: IO[bytes]) -> None:
    """Write a zip: files in the order of their names, without times and owners.

    Args:
        folder: What to pack.
        exclude: Patterns of files to leave out.
        to: Seekable.
    """
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in files_of(folder, exclude):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, _UNIX
            info.external_attr = (_REGULAR | mode_of(file)) << 16
            info.file_size = file.stat().st_size
            with file.open("rb") as source, archive.open(info, "w") as target:
                shutil.copyfileobj(source, target, 1 << 20)
