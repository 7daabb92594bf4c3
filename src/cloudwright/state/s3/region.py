"""The Region of the services that a state itself uses: its bucket, and the KMS key that seals it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.session import Session


def ambient_region(session: Session) -> str | None:
    """The environment's Region; `None` if none is configured.

    Botocore alone reads `$AWS_DEFAULT_REGION`, but not `$AWS_REGION`, which every other SDK reads
    (https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html).

    Args:
        session: Knows the profile's Region, too.
    """
    return os.environ.get("AWS_REGION") or session.get_config_variable("region")
