"""The frames of a traceback that belong to the user's program."""

from __future__ import annotations

import traceback
from pathlib import Path

import cloudwright
from cloudwright.lazy_dataclass import dataclass
from cloudwright.program.source import short_path


@dataclass(frozen=True, slots=True)
class Frame:
    """A line of the user's program in a traceback."""

    file: str
    line: int
    function: str
    text: str


def user_frames(error: BaseException) -> list[Frame]:
    """The frames of an error's traceback that belong to the user, outermost first."""
    raised = traceback.extract_tb(error.__traceback__, limit=None)
    return [
        Frame(short_path(frame.filename), frame.lineno or 0, frame.name, (frame.line or "").strip())
        for frame in raised
        if _is_users(frame.filename)
    ]


def _is_users(filename: str) -> bool:
    import sysconfig  # only after an error

    if filename.startswith("<"):
        return False
    path = Path(filename)
    if {"site-packages", "dist-packages"} & set(path.parts):
        return False
    ours = (Path(cloudwright.__file__).parent, *(Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")))
    return not any(path.is_relative_to(folder) for folder in ours)
