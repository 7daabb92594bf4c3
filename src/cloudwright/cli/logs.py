"""Log records on standard error, as text or as JSON lines."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import time
import traceback
from typing import TYPE_CHECKING

from cloudwright.render.terminal.escaping import visible, visible_lines

if TYPE_CHECKING:
    from collections.abc import Iterator


class TextFormat(logging.Formatter):
    """`12:00:00 WARNING cloudwright.local: message`, with control characters as escapes."""

    def format(self, record: logging.LogRecord) -> str:
        """One record, its traceback below it."""
        moment = time.strftime("%H:%M:%S", time.gmtime(record.created))
        head = f"{moment} {record.levelname} {record.name}: {visible(record.getMessage())}"
        return "\n".join([head, *(f"    {line}" for line in _trace(record))])


class JsonFormat(logging.Formatter):
    """One JSON object a record: `time` (seconds since 1970), `level`, `logger`, `message`, `trace`."""

    def format(self, record: logging.LogRecord) -> str:
        """One record on one line."""
        return json.dumps(
            {
                "time": round(record.created, 3),
                "level": record.levelname.lower(),
                "logger": record.name,
                "message": record.getMessage(),
                "trace": _trace(record),
            }
        )


FORMATS = {"text": TextFormat, "json": JsonFormat}


def _trace(record: logging.LogRecord) -> list[str]:
    if not record.exc_info or record.exc_info[1] is None:
        return []
    return [line for text in traceback.format_exception(record.exc_info[1]) for line in visible_lines(text.rstrip())]


@contextlib.contextmanager
def on_stderr(shape: str) -> Iterator[None]:
    """Send logs to standard error while the block runs.

    Args:
        shape: `text` or `json`. `$CLOUDWRIGHT_LOG` says from which level on (`debug`, `info`, default `warning`).
    """
    wanted = os.environ.get("CLOUDWRIGHT_LOG", "warning").upper()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(FORMATS[shape]())
    logger = logging.getLogger("cloudwright")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.getLevelNamesMapping().get(wanted, logging.WARNING))
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
