"""The bundled pack: one file with the facts of all types, read one type at a time.

Layout, little endian: `<4sIII` (magic, length of the index, length of the dictionary, 0); the index as JSON `{type:
[offset, length]}`, offsets counted from the end of the dictionary; a deflate dictionary; then one raw deflate stream
for each type, each the canonical JSON of its normalised schema.
"""

from __future__ import annotations

import json
import mmap
import struct
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MAGIC = b"CWF1"
_HEADER = struct.Struct("<4sIII")


class Pack:
    """An open pack. The file is mapped, so only the pages of the types in use are read."""

    def __init__(self, data: mmap.mmap | bytes) -> None:
        """Read the header and the index.

        Args:
            data: The whole pack, mapped or in memory.

        Raises:
            ValueError: It is not a pack.
        """
        if len(data) < _HEADER.size or data[: len(MAGIC)] != MAGIC:
            raise ValueError("not a schema pack: the magic number does not fit")
        _, index_length, dictionary_length, _ = _HEADER.unpack_from(data)
        dictionary_start = _HEADER.size + index_length
        self._data = data
        self._index: dict[str, tuple[int, int]] = json.loads(data[_HEADER.size : dictionary_start])
        self._start = dictionary_start + dictionary_length
        self._dictionary = data[dictionary_start : self._start]

    @classmethod
    def open(cls, path: Path) -> Pack:
        """Map a pack file."""
        with path.open("rb") as file:
            return cls(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

    @property
    def names(self) -> tuple[str, ...]:
        """All types, sorted."""
        return tuple(self._index)

    def __contains__(self, name: object) -> bool:
        return name in self._index

    def text(self, name: str) -> bytes:
        """The canonical JSON of one type.

        Raises:
            KeyError: The pack doesn't hold the type.
        """
        offset, length = self._index[name]
        start = self._start + offset
        inflate = zlib.decompressobj(-zlib.MAX_WBITS, zdict=self._dictionary)
        return inflate.decompress(self._data[start : start + length])

    def read(self, name: str) -> dict[str, Any]:
        """The normalised schema of one type.

        Raises:
            KeyError: The pack doesn't hold the type.
        """
        facts: dict[str, Any] = json.loads(self.text(name))
        return facts


def canonical(document: object) -> bytes:
    """The canonical JSON of a document: sorted keys, no spaces, UTF-8. Builds are compared by its hash."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def write(path: Path, types: Mapping[str, Mapping[str, Any]], dictionary: bytes) -> None:
    """Write a pack.

    Args:
        path: The file to write.
        types: Normalised schemas by type name.
        dictionary: The preset dictionary of deflate, at most 32 KiB; trained on the schemas.
    """
    index: dict[str, tuple[int, int]] = {}
    blobs: list[bytes] = []
    offset = 0
    for name in sorted(types):
        blob = _deflate(canonical(types[name]), dictionary)
        index[name] = (offset, len(blob))
        blobs.append(blob)
        offset += len(blob)
    head = canonical(index)
    path.write_bytes(b"".join([_HEADER.pack(MAGIC, len(head), len(dictionary), 0), head, dictionary, *blobs]))


def _deflate(data: bytes, dictionary: bytes) -> bytes:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, 9, zlib.Z_DEFAULT_STRATEGY, dictionary)
    return squeeze.compress(data) + squeeze.flush()
