"""Parses the services' times, and formats durations for people."""

from __future__ import annotations

import datetime as dt


def iso_seconds(text: str) -> float:
    """Seconds since the epoch of an ISO time; 0 for a text that is not a time.

    Args:
        text: Such as `2027-01-15T08:00:00.000Z`.
    """
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()


def iso_text(seconds: float) -> str:
    """A time as ISO 8601 in UTC, to the second.

    Args:
        seconds: Since the epoch.
    """
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def duration_text(seconds: float) -> str:
    """A duration such as `45 s`, `12 min` or `1 h 05 min`."""
    if seconds < 100:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def age_text(created: str, now: float) -> str:
    """The age of something, such as `3 d`; empty if its time is unknown.

    Args:
        created: An ISO time.
        now: Seconds since the epoch.
    """
    at = iso_seconds(created)
    if not at:
        return ""
    hours = max(now - at, 0.0) / 3600
    if hours < 1:
        return f"{hours * 60:.0f} min" if hours * 60 >= 1 else "<1 min"
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} d"
