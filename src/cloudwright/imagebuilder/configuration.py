"""A DistributionConfiguration for rules and pictures: its entries, and the resources that it is connected with."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from cloudwright.imagebuilder.graph import root
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from cloudwright.imagebuilder.graph import DeclarationGraph
    from cloudwright.imagebuilder.property_node import PropertyNode
    from cloudwright.plan.model import Declared

CREATED_BY = "EC2 Image Builder"
"""The value of the tag `CreatedBy` that the service-linked role and the documented policies require."""

PERMISSIONS = ("UserIds", "OrganizationArns", "OrganizationalUnitArns", "UserGroups")
"""The four lists of a launch permission."""


@dataclass(frozen=True)
class RuleSubject:
    """What a rule reads: one declaration, and the graph that contains it."""

    declared: Declared
    graph: DeclarationGraph

    @cached_property
    def root(self) -> PropertyNode:
        """The properties."""
        return root(self.declared)

    @property
    def account(self) -> str:
        """Its account; empty if unknown."""
        return self.declared.target.account

    @property
    def region(self) -> str:
        """Its Region; empty if unknown."""
        return self.declared.target.region


@dataclass(frozen=True, slots=True)
class DistributionEntry:
    """One element of `Distributions`: what happens in one Region.

    Attributes:
        node: The element.
        region: The Region's name, if it is known.
        ami: The AMI block.
        container: The container block.
        targets: The accounts that get a copy.
        permission: The launch permission, also under the name that it has in the API.
    """

    node: PropertyNode
    region: str | None
    ami: PropertyNode
    container: PropertyNode
    targets: PropertyNode
    permission: PropertyNode

    @classmethod
    def of(cls, node: PropertyNode) -> DistributionEntry:
        """The entry at a node.

        Args:
            node: The element of `Distributions`.
        """
        ami = node["AmiDistributionConfiguration"]
        return cls(
            node=node,
            region=node["Region"].text,
            ami=ami,
            container=node["ContainerDistributionConfiguration"],
            targets=ami["TargetAccountIds"],
            permission=ami.first("LaunchPermissionConfiguration", "LaunchPermission"),
        )

    @property
    def public(self) -> bool:
        """Whether everybody may launch."""
        return "all" in self.permission["UserGroups"].texts

    @property
    def shared(self) -> bool:
        """Whether anybody else may launch the image; an unknown value counts as yes."""
        return any(self.permission[name].elements for name in PERMISSIONS)

    @property
    def copied(self) -> bool:
        """Whether other accounts get copies."""
        return bool(self.targets.elements)

    def owners(self, build: str) -> frozenset[str] | None:
        """The accounts that own an AMI in this Region; `None` if unknown.

        Args:
            build: The build account; empty if that is not known.
        """
        if not build or not self.targets.whole:
            return None
        return frozenset({build, *self.targets.texts})


@dataclass(frozen=True)
class Configuration(RuleSubject):
    """A DistributionConfiguration in its graph.

    Its account and Region are the build account and Region: a pipeline uses only configurations of its own Region
    (IB202).
    """

    @cached_property
    def entries(self) -> tuple[DistributionEntry, ...]:
        """One for each element of `Distributions`."""
        return tuple(map(DistributionEntry.of, self.root["Distributions"].elements))

    @cached_property
    def images(self) -> tuple[DistributionEntry, ...]:
        """The entries that distribute an AMI."""
        return tuple(entry for entry in self.entries if entry.ami.known)

    @property
    def recipes(self) -> tuple[Declared, ...]:
        """The image recipes of the program whose output it distributes."""
        return self.graph.recipes(self.declared)

    @property
    def encrypted(self) -> bool | None:
        """Whether a recipe of the program encrypts volumes; `None` if no recipe shows it."""
        answers = [encrypts(root(recipe)) for recipe in self.recipes]
        if True in answers:
            return True
        return None if None in answers or not answers else False


def volumes(recipe: PropertyNode) -> tuple[PropertyNode, ...]:
    """The EBS blocks of a recipe."""
    return tuple(node["Ebs"] for node in recipe["BlockDeviceMappings"].elements)


def encrypts(recipe: PropertyNode) -> bool | None:
    """Whether a recipe encrypts a volume; `None` if unknown."""
    found = volumes(recipe)
    if any(volume["Encrypted"].value is True or volume["KmsKeyId"].present for volume in found):
        return True
    vague = recipe["BlockDeviceMappings"].unknown or any(
        volume.unknown or volume["Encrypted"].unknown for volume in found
    )
    return None if vague else False


def managed_by_aws(key: str) -> bool:
    """Whether a key's name is that of an AWS-managed key, such as `alias/aws/ebs` or its ARN."""
    return key.startswith("alias/aws/") or ":alias/aws/" in key


def is_customer_managed(node: PropertyNode) -> bool:
    """Whether a `KmsKeyId` names a customer-managed key; an unknown value counts as one."""
    return node.present and not managed_by_aws(node.text or "")
