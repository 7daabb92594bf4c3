"""Rules about licence configurations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.imagebuilder.rules.rule import Note, distribution, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.imagebuilder.configuration import Configuration

_ARN = re.compile(r"arn:aws[^:]*:license-manager:([^:]+):[0-9]{12}:license-configuration:lic-[a-z0-9_-]{32}")
_MOST = 50


@distribution("IB141", "error", "Image Builder API model, LicenseConfigurationArn (at most 50)")
def licence_arn(configuration: Configuration) -> Iterator[Note]:
    """A licence is named by its ARN with `lic-` and 32 characters; at most 50."""
    for entry in configuration.entries:
        licences = entry.node["LicenseConfigurationArns"]
        partition = configuration.declared.target.partition
        place = f"{entry.region or 'REGION'}:{configuration.account or 'ACCOUNT'}"
        for node in licences.elements:
            if node.known and not _ARN.fullmatch(str(node.value)):
                yield Note(
                    node,
                    f"{quote(node.value)} is not the ARN of a licence configuration: that ends in lic- and 32 "
                    f"characters.",
                    f'Write "arn:{partition}:license-manager:{place}:license-configuration:lic-...", as '
                    "License Manager shows it.",
                )
        if len(licences.elements) > _MOST:
            text = f"{len(licences.elements)} licences; the service takes at most {_MOST}."
            yield Note(licences, text, "Remove some.")


@distribution("IB142", "warning", "Image Builder API, Distribution.licenseConfigurationArns: of the specified Region")
def licence_region(configuration: Configuration) -> Iterator[Note]:
    """A licence configuration is in the entry's Region."""
    for entry in configuration.entries:
        for node in entry.node["LicenseConfigurationArns"].elements:
            match = _ARN.fullmatch(node.text or "")
            if match and entry.region and match[1] != entry.region:
                yield Note(
                    node,
                    f"The licence configuration is in {match[1]}, but the entry is for {entry.region}.",
                    f"Use a licence configuration in {entry.region}.",
                )
