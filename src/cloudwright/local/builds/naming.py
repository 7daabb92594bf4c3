"""The names of AMIs, with Image Builder's variables filled in."""

from __future__ import annotations

import datetime as dt
import re

_VARIABLE = re.compile(r"\{\{\s*imagebuilder:(buildDate|buildVersion)\s*\}\}")


def filled(name: str, at: float, build_number: str) -> str:
    """The AMI's name, from the name in a distribution.

    Args:
        name: Such as `golden-{{ imagebuilder:buildDate }}`.
        at: When the build started; seconds since the epoch.
        build_number: The last part of the image's ARN.
    """
    values = {"buildDate": build_date(at), "buildVersion": build_number}
    return _VARIABLE.sub(lambda found: values[found[1]], name)


def build_date(at: float) -> str:
    """The date as Image Builder writes it in names: `2027-01-15T08-00-00.000Z`.

    Args:
        at: Seconds since the epoch.
    """
    return dt.datetime.fromtimestamp(at, tz=dt.UTC).strftime("%Y-%m-%dT%H-%M-%S.%f")[:-3] + "Z"
