"""Types that Cloud Control can't manage, but a provider of this package can, with the same properties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudwright.convert.cloudformation.template import Template


@dataclass(frozen=True, slots=True)
class ProvidedType:
    """A class of `cloudwright.providers` that takes the properties of an AWS type.

    Attributes:
        module: The module it is imported from.
        name: Its name.
        provider: The name of its provider's class.
        identifier: The format of its identifier, which differs from CloudFormation's physical id.
        ref: The attribute with the value of CloudFormation's `Ref`.
    """

    module: str
    name: str
    provider: str
    identifier: str
    ref: str = "ref"


PROVIDED_TYPES = {
    "AWS::EC2::NetworkAclEntry": ProvidedType(
        module="cloudwright.providers.network_acls",
        name="NetworkAclEntry",
        provider="NetworkAclEntries",
        identifier="ACL|ingress or egress|RULE NUMBER",
    ),
    "AWS::IAM::AccessKey": ProvidedType(
        module="cloudwright.providers.iam",
        name="AccessKey",
        provider="AccessKeys",
        identifier="USER|ACCESS KEY ID",
        ref="AccessKeyId",
    ),
}


def used(templates: Iterable[Template]) -> list[ProvidedType]:
    """The provided types that a program declares, each once."""
    types = {one.type for template in templates for one in template.resources.values()}
    return [provided for name, provided in PROVIDED_TYPES.items() if name in types]


def provided_names(templates: Iterable[Template]) -> dict[str, set[str]]:
    """Module -> the classes that a program imports from it."""
    return {one.module: {one.name, one.provider} for one in used(templates)}
