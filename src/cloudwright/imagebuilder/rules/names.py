"""Rules about the names of AMIs and of the configuration."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.imagebuilder.graph import DISTRIBUTION, root, slug
from cloudwright.imagebuilder.rules.rule import Note, distribution, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.imagebuilder.configuration import Configuration

BUILD_DATE = "{{ imagebuilder:buildDate }}"

_BUILD_DATE = re.compile(r"\{\{\s*imagebuilder:buildDate\s*\}\}")
_AMI_NAME = re.compile(r"[-_A-Za-z0-9{][-_A-Za-z0-9\s:{}.]+[-_A-Za-z0-9}]", re.ASCII)
_NAME = re.compile(r"[-_A-Za-z0-9][-_A-Za-z0-9 ]{1,126}[-_A-Za-z0-9]")
_LONGEST_AMI_NAME = 127


@distribution("IB103", "error", "Service error in terraform-provider-aws#36610 and aws-samples/cdk-image-pipeline#70")
def ami_name_has_build_date(configuration: Configuration) -> Iterator[Note]:
    """An AMI name contains the build date."""
    for entry in configuration.images:
        name = entry.ami["Name"].text
        if name is not None and not _BUILD_DATE.search(name):
            yield Note(
                entry.ami["Name"],
                f'The service refuses this name: "The EC2 AMI name must contain {BUILD_DATE}"; another placeholder, '
                "such as buildVersion, does not replace it.",
                f"Write {quote(dated(name))}.",
            )


@distribution("IB104", "error", "Image Builder API model, AmiNameString; not in the registry schema")
def ami_name_form(configuration: Configuration) -> Iterator[Note]:
    """An AMI name has 3 to 127 allowed characters."""
    for entry in configuration.images:
        name = entry.ami["Name"].text
        if name is None or (len(name) <= _LONGEST_AMI_NAME and _AMI_NAME.fullmatch(name)):
            continue
        yield Note(
            entry.ami["Name"],
            f"Not an AMI name that Image Builder takes: 3 to {_LONGEST_AMI_NAME} of letters, digits and -_:{{}}. and "
            f"blanks, no blank or dot at either end (this one has {len(name)} characters). EC2 itself allows more.",
            f"Write {quote(dated(name))}.",
        )


@distribution("IB105", "error", "Image Builder API model, ResourceName; not in the registry schema")
def configuration_name_form(configuration: Configuration) -> Iterator[Note]:
    """The configuration's name has 3 to 128 allowed characters."""
    name = configuration.root["Name"].text
    if name is None or _NAME.fullmatch(name):
        return
    yield Note(
        configuration.root["Name"],
        f"Not a name that Image Builder takes: 3 to 128 of letters, digits, -, _ and blanks, no blank at either end "
        f"(this one has {len(name)} characters).",
        f"Write {quote(_plain(name))}.",
    )


@distribution(
    "IB106", "warning", "Pattern of the ARN in the API model; CDK L2 checks MustBeLowercase (collision inferred)"
)
def name_survives_the_arn(configuration: Configuration) -> Iterator[Note]:
    """The name is lower-case and hyphenated, as the ARN will spell it."""
    name = configuration.root["Name"].text
    if name is None or name == slug(name):
        return
    others = [
        other.key
        for other in configuration.graph.of_type(DISTRIBUTION)
        if other is not configuration.declared
        and other.target.place == configuration.declared.target.place
        and slug(root(other)["Name"].text or "") == slug(name)
    ]
    clash = f"; it collides with {', '.join(others)}" if others else ""
    yield Note(
        configuration.root["Name"],
        "The ARN spells names in lower case with hyphens, so names that differ only in case, blanks or underscores "
        f"may collide, and the name can't be read back from the ARN{clash}.",
        f"Write {quote(slug(name))}; on a configuration that exists, a new name is a replacement.",
    )


def dated(name: str) -> str:
    """A name that Image Builder takes, as near as possible to the one given.

    Args:
        name: Any text.
    """
    rest = _BUILD_DATE.sub("", name) if len(name) > _LONGEST_AMI_NAME else name
    found = _BUILD_DATE.search(rest)
    clean = re.sub(r"[^-_A-Za-z0-9\s:{}.]+", "-", rest, flags=re.ASCII).strip(" .\t\r\n")
    if found:
        return clean
    room = _LONGEST_AMI_NAME - len(BUILD_DATE) - 1
    return f"{clean[:room].rstrip(' .-') or 'image'}-{BUILD_DATE}"


def _plain(name: str) -> str:
    clean = re.sub(r"[^-_A-Za-z0-9 ]+", "-", name, flags=re.ASCII).strip()[:128].strip()
    return clean if len(clean) >= 3 else f"{clean or 'image'}-distribution"
