"""Rules about container images and their repositories."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from cloudwright.imagebuilder.graph import REPOSITORY, root
from cloudwright.imagebuilder.rules.rule import Note, distribution, listed, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.imagebuilder.configuration import Configuration

_AMI_ONLY = (
    "LaunchTemplateConfigurations",
    "FastLaunchConfigurations",
    "LicenseConfigurationArns",
    "SsmParameterConfigurations",
)
_LEVEL = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
_ARN = re.compile(r"arn:[^:]*:ecr:[^:]*:[^:]*:repository/(?P<name>.*)")
_HOST = re.compile(r"(?:https?://)?[^/]*\.dkr[.-]ecr\.[^/]*/(?P<name>.*)")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


@distribution("IB143", "error", "Image Builder API, Distribution: these members are AMI settings")
def ami_settings_on_a_container(configuration: Configuration) -> Iterator[Note]:
    """A container entry has no launch templates, fast launch, licences or SSM parameters."""
    for entry in configuration.entries:
        if not entry.container.present or entry.ami.present:
            continue
        for name in _AMI_ONLY:
            if entry.node[name].present:
                yield Note(
                    entry.node[name],
                    f"{name} is for AMIs; this entry distributes a container image.",
                    "Remove it, or move it to the configuration that distributes the AMI.",
                )


@distribution("IB144", "error", "Image Builder API model, required members; optional in the schema")
def repository_is_required(configuration: Configuration) -> Iterator[Note]:
    """A container block has a TargetRepository with Service and RepositoryName."""
    for entry in configuration.entries:
        if not entry.container.known:
            continue
        target = entry.container["TargetRepository"]
        if target.unknown:
            continue
        missing = [name for name in ("Service", "RepositoryName") if not target[name].present]
        if missing:
            yield Note(
                target if target.present else entry.container,
                f"{' and '.join(missing)} missing from TargetRepository; the service requires both.",
                'Write "TargetRepository": {"Service": "ECR", "RepositoryName": "team/app"}.',
            )


@distribution("IB145", "error", "ECR API model, RepositoryName; Image Builder API, TargetContainerRepository")
def repository_is_a_name(configuration: Configuration) -> Iterator[Note]:
    """RepositoryName is the name alone: no URI, no ARN, no tag."""
    for entry in configuration.entries:
        node = entry.container["TargetRepository"]["RepositoryName"]
        if node.text is not None and not _is_name(node.text):
            name = bare_name(node.text)
            yield Note(
                node,
                f"{quote(node.text)} is not a repository name: use 2 to 256 lower-case characters, with levels "
                "separated by /, without account, host or tag.",
                f"Write {quote(name)}." if _is_name(name) else 'Write a name such as "team/app".',
            )


@distribution("IB146", "warning", "EC2 Image Builder User Guide: cr-upd-container-distribution-settings")
def repository_in_this_region(configuration: Configuration) -> Iterator[Note]:
    """The repository is declared in this Region; repositories are per Region."""
    home = configuration.graph.in_account(REPOSITORY, configuration.account)
    for entry in configuration.entries:
        node = entry.container["TargetRepository"]["RepositoryName"]
        if node.text is None or entry.region is None or not home:
            continue
        here = configuration.graph.texts(REPOSITORY, "RepositoryName", configuration.account, entry.region)
        if bare_name(node.text) in here or None in here:
            continue
        others = sorted({single.target.region for single in home if root(single)["RepositoryName"].text == node.text})
        near = difflib.get_close_matches(node.text, [name for name in here if name], n=1)
        hint = f"Write {quote(near[0])}, or declare" if near else "Declare"
        yield Note(
            node,
            f"The program declares no repository {node.text} in {entry.region}"
            + (f"; it has one in {listed(others)}." if others else "."),
            f"{hint} an AWS::ECR::Repository of that name in {entry.region}. If it already exists, silence IB146 with "
            f"that reason.",
        )


@distribution("IB147", "error", "OCI distribution specification, tags; ECR")
def container_tag(configuration: Configuration) -> Iterator[Note]:
    """A container tag is a valid image tag."""
    for entry in configuration.entries:
        for node in entry.container["ContainerTags"].elements:
            if node.known and not _TAG.fullmatch(str(node.value)):
                clean = re.sub(r"[^A-Za-z0-9_.-]+", "-", str(node.value)).lstrip(".-")[:128]
                yield Note(
                    node,
                    f"{quote(node.value)} is not an image tag: use up to 128 letters, digits and _.-, and start with "
                    "neither a dot nor a hyphen.",
                    f"Write {quote(clean or 'latest')}.",
                )


def bare_name(text: str) -> str:
    """The repository's name out of an ARN or the URI that ECR prints, without a tag or digest."""
    match = _ARN.fullmatch(text) or _HOST.fullmatch(text)
    name = match["name"] if match else text
    return re.split(r"[:@]", name, maxsplit=1)[0].strip("/").lower()


def _is_name(text: str) -> bool:
    return 2 <= len(text) <= 256 and all(_LEVEL.fullmatch(level) for level in text.split("/"))
