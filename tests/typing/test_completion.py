"""What an editor offers at the cursor, to the last item.

Each text has the closing quote and brackets, which an editor inserts by itself when the opening one is typed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from typing_editor import editing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_editor import Editor

IMPORTS = "from cloudwright import lookup\nfrom cloudwright.aws import ImageBuilder\n"
DISTRIBUTION = {
    "AmiDistributionConfiguration",
    "ContainerDistributionConfiguration",
    "FastLaunchConfigurations",
    "LaunchTemplateConfigurations",
    "LicenseConfigurationArns",
    "Region",
    "SsmParameterConfigurations",
}
AMI = {
    "AmiTags",
    "Description",
    "KmsKeyId",
    "LaunchPermission",
    "LaunchPermissionConfiguration",
    "Name",
    "TargetAccountIds",
}
RECORD = """\
from dataclasses import dataclass

from cloudwright.provider import CustomResource, attribute


@dataclass(frozen=True)
class Target:
    host: str
    weight: int = 1


class Record(CustomResource, type="Acme::Dns::Record"):
    zone: str
    targets: list[Target]
    fqdn: str = attribute()


"""
OPTIONS = {
    "adopt",
    "aliases",
    "delete_before_replace",
    "depends_on",
    "exclusive",
    "ignore_changes",
    "protect",
    "region",
    "replace_on",
    "retain",
    "silence",
    "target",
    "timeout",
}


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    server = Path(sys.executable).parent / "basedpyright-langserver"
    with editing(server, tmp_path_factory.mktemp("editor") / "infra.py", sys.executable) as it:
        yield it


def keys(editor: Editor, text: str) -> list[str]:
    return sorted(label.strip("'\"") for label in editor.complete(IMPORTS + text))


def arguments(editor: Editor, text: str) -> set[str]:
    """Keyword arguments only: variables and functions may stand in a call as well."""
    return {label.removesuffix("=") for label in editor.complete(text) if label.endswith("=")}


def public(editor: Editor, text: str) -> set[str]:
    return {label for label in editor.complete(text) if not label.startswith("_")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('ImageBuilder.DistributionConfiguration("a", Distributions=[{"|"}])', DISTRIBUTION),
        ('ImageBuilder.DistributionConfiguration("a", {"Distributions": [{"|"}]})', DISTRIBUTION),
        (
            'ImageBuilder.DistributionConfiguration("a", Distributions=[{"Region": "x", "|"}])',
            DISTRIBUTION - {"Region"},
        ),
        ('ImageBuilder.DistributionConfiguration("a", Distributions=[{"AmiDistributionConfiguration": {"|"}}])', AMI),
        ('a: ImageBuilder.DistributionConfiguration_Distribution = {"|"}', DISTRIBUTION),
        ('a: list[ImageBuilder.DistributionConfiguration_Distribution] = [{"|"}]', DISTRIBUTION),
        ('a: ImageBuilder.DistributionConfiguration_AmiDistributionConfiguration = {"|"}', AMI),
    ],
)
def test_nested_properties_are_completed(editor: Editor, text: str, expected: set[str]) -> None:
    assert sorted(expected) == keys(editor, text)


def test_a_custom_type_completes_its_properties_and_the_options(editor: Editor) -> None:
    assert arguments(editor, RECORD + 'Record("www", |)') == {"id", "zone", "targets"} | OPTIONS
    assert arguments(editor, RECORD + "Target(|)") == {"host", "weight"}
    assert public(editor, RECORD + 'Record("www", zone="a", targets=[Target("b")]).targets[0].|') == {"host", "weight"}
    assert {"zone", "targets", "fqdn"} <= public(editor, RECORD + 'Record("www").|')


def test_a_lookup_completes_its_name_its_arguments_and_its_answer(editor: Editor) -> None:
    lookups = {"accounts", "ami", "identity", "resource", "secret", "secret_value", "ssm", "subnets", "vpc", "zones"}
    answer = "async def main() -> None:\n    (await lookup.identity()).|"

    assert public(editor, IMPORTS + "lookup.|") == lookups
    assert arguments(editor, IMPORTS + "lookup.vpc(|)") == {"default", "id", "tags", "label", "region"}
    assert public(editor, IMPORTS + answer) == {"account", "arn", "partition", "region"}
