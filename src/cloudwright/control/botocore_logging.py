"""Keeps secrets out of botocore's logs."""

from __future__ import annotations

import logging

_NAMES = ("auth", "awsrequest", "credentials", "endpoint", "hooks", "httpsession", "parsers", "tokens", "utils")


def silence_botocore() -> None:
    """Drop botocore's DEBUG records, which quote bodies, tokens and signatures, whatever the log level (CC98)."""
    for name in _NAMES:
        logger = logging.getLogger(f"botocore.{name}")
        if _above_debug not in logger.filters:
            logger.addFilter(_above_debug)


def _above_debug(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG
