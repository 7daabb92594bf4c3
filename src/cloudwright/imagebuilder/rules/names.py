"""Rules about the names of AMIs and of the configuration."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.imagebuilder.graph import (
    COMPONENT,
    CONTAINER_RECIPE,
    DISTRIBUTION,
    IMAGE_RECIPE,
    INFRASTRUCTURE,
    LIFECYCLE,
    PIPELINE,
    WORKFLOW,
    root,
    slug,
)
from cloudwright.imagebuilder.rules.rule import Note, distribution, listed, neighbour, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.imagebuilder.configuration import Configuration, RuleSubject
    from cloudwright.plan.model import Declared

BUILD_DATE = "{{ imagebuilder:buildDate }}"

_BUILD_DATE = re.compile(r"\{\{\s*imagebuilder:buildDate\s*\}\}")
_ALMOST_BUILD_DATE = re.compile(r"\$?\{*\{\s*imagebuilder\s*[:._-]?\s*build[_-]?date\s*\}\}*", re.IGNORECASE)
"""The placeholder with other braces, as an f-string leaves it, another separator or other case."""

_AMI_NAME = re.compile(r"[-_A-Za-z0-9{][-_A-Za-z0-9\s:{}.]+[-_A-Za-z0-9}]", re.ASCII)
_NAME = re.compile(r"[-_A-Za-z0-9][-_A-Za-z0-9 ]{1,126}[-_A-Za-z0-9]")
_LONGEST_AMI_NAME = 127
_NAMED = (
    COMPONENT,
    CONTAINER_RECIPE,
    DISTRIBUTION,
    IMAGE_RECIPE,
    INFRASTRUCTURE,
    LIFECYCLE,
    PIPELINE,
    WORKFLOW,
)


@distribution("IB103", "warning", "Service error in terraform-provider-aws#36610 and aws-samples/cdk-image-pipeline#70")
def ami_name_has_build_date(configuration: Configuration) -> Iterator[Note]:
    """An AMI name contains the build date."""
    for entry in configuration.images:
        name = entry.ami["Name"].text
        if name is not None and not _BUILD_DATE.search(name):
            yield Note(
                entry.ami["Name"],
                f'Image Builder has refused such names: "The EC2 AMI name must contain {BUILD_DATE}"; another '
                "placeholder, such as buildVersion, does not replace it.",
                f"Write {quote(dated(name))}{_in_f_strings(name)}.",
            )


def _in_f_strings(name: str) -> str:
    """How to write the placeholder where Python itself reads braces, if the name looks as if it came from there."""
    found = _ALMOST_BUILD_DATE.search(name)
    single = found is not None and not found[0].startswith(("{{", "${{"))
    return "; in an f-string, write each of its braces twice: {{{{ imagebuilder:buildDate }}}}" if single else ""


@distribution("IB104", "error", "Image Builder API model, AmiNameString; not in the registry schema")
def ami_name_form(configuration: Configuration) -> Iterator[Note]:
    """An AMI name has 3 to 127 allowed characters."""
    for entry in configuration.images:
        name = entry.ami["Name"].text
        if name is None or (len(name) <= _LONGEST_AMI_NAME and _AMI_NAME.fullmatch(name)):
            continue
        yield Note(
            entry.ami["Name"],
            f"Image Builder does not accept this AMI name of {len(name)} characters: use 3 to {_LONGEST_AMI_NAME} "
            f"letters, digits, blanks and -_:{{}}. with no blank or dot at either end. EC2 itself allows more.",
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
        f"Image Builder does not accept this name of {len(name)} characters: use 3 to 128 letters, digits, -, _ and "
        f"blanks, with no blank at either end.",
        f"Write {quote(_plain(name))}.",
    )


@neighbour("IB106", "error", "Image Builder API model, the names of Create requests: the ARN is made of them", *_NAMED)
def name_clashes(subject: RuleSubject) -> Iterator[Note]:
    """No other resource of the type has a name that differs in case, blanks or underscores alone."""
    name = subject.root["Name"]
    if name.text is None:
        return
    one = subject.declared
    alike = subject.graph.namesakes(one.type, one.target.place, slug(name.text))
    others = [other.key for other in alike if _same_arn(one, other)]
    if others:
        yield Note(
            name,
            f"{quote(name.text)} clashes with the name of {listed(others)}: Image Builder derives the ARN from the "
            f"name in "
            "lower case, with hyphens for blanks and underscores, so names that differ only in these get the same ARN.",
            f"Write {quote(_another(slug(name.text), subject))}; renaming an existing resource replaces it.",
        )


def _same_arn(one: Declared, other: Declared) -> bool:
    """Whether two resources with the same name would get the same ARN, which includes the version."""
    version = root(one)["Version"]
    if one is other or "x" in (version.text or "") or root(other)["Name"].text is None:
        return False
    return version.known and version.value == root(other)["Version"].value if version.present else True


def _another(name: str, subject: RuleSubject) -> str:
    """A name that no other resource of the type has."""
    taken = {slug(root(other)["Name"].text or "") for other in subject.graph.of_type(subject.declared.type)}
    return next(f"{name}-{number}" for number in range(2, len(taken) + 3) if f"{name}-{number}" not in taken)


def dated(name: str) -> str:
    """A valid name, as close as possible to the given one."""
    rest = name if _BUILD_DATE.search(name) else _ALMOST_BUILD_DATE.sub(BUILD_DATE, name, count=1)
    rest = _BUILD_DATE.sub("", rest) if len(rest) > _LONGEST_AMI_NAME else rest
    found = _BUILD_DATE.search(rest)
    clean = re.sub(r"[^-_A-Za-z0-9\s:{}.]+", "-", rest, flags=re.ASCII).strip(" .\t\r\n")
    if found:
        return clean
    longest = _LONGEST_AMI_NAME - len(BUILD_DATE) - 1
    return f"{clean[:longest].rstrip(' .-') or 'image'}-{BUILD_DATE}"


def _plain(name: str) -> str:
    clean = re.sub(r"[^-_A-Za-z0-9 ]+", "-", name, flags=re.ASCII).strip()[:128].strip()
    return clean if len(clean) >= 3 else f"{clean or 'image'}-distribution"
