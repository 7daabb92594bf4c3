"""The declarations of a plan as a graph: who refers to whom, by reference or by a literal ARN."""

from __future__ import annotations

import re
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from cloudwright.imagebuilder.property_node import PropertyNode
from cloudwright.lazy_dataclass import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from cloudwright.plan.model import Declared, Plan

V = TypeVar("V")

DISTRIBUTION = "AWS::ImageBuilder::DistributionConfiguration"
PIPELINE = "AWS::ImageBuilder::ImagePipeline"
IMAGE = "AWS::ImageBuilder::Image"
IMAGE_RECIPE = "AWS::ImageBuilder::ImageRecipe"
CONTAINER_RECIPE = "AWS::ImageBuilder::ContainerRecipe"
COMPONENT = "AWS::ImageBuilder::Component"
WORKFLOW = "AWS::ImageBuilder::Workflow"
INFRASTRUCTURE = "AWS::ImageBuilder::InfrastructureConfiguration"
LIFECYCLE = "AWS::ImageBuilder::LifecyclePolicy"
ROLE = "AWS::IAM::Role"
REPOSITORY = "AWS::ECR::Repository"
TEMPLATE = "AWS::EC2::LaunchTemplate"
PARAMETER = "AWS::SSM::Parameter"
KEYS = ("AWS::KMS::Key", "AWS::KMS::ReplicaKey")
ALIAS = "AWS::KMS::Alias"

_KINDS = {
    "distribution-configuration": DISTRIBUTION,
    "infrastructure-configuration": INFRASTRUCTURE,
    "image-recipe": IMAGE_RECIPE,
    "container-recipe": CONTAINER_RECIPE,
    "image-pipeline": PIPELINE,
    "component": COMPONENT,
    "workflow": WORKFLOW,
}
_ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):imagebuilder:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):(?P<rest>.+)")


def slug(name: str) -> str:
    """The lower-case form of a name that Image Builder puts into the ARN.

    The exact rule is not published; folding case, blanks and underscores agrees with the ARN's pattern.
    """
    return re.sub(r"[ _]", "-", name.lower())


def root(declared: Declared) -> PropertyNode:
    """The declaration's properties as a node."""
    return PropertyNode(declared.properties)


@dataclass(frozen=True)
class DeclarationGraph:
    """All declarations of a plan, indexed by key and by what refers to them.

    Attributes:
        declared: The declarations in program order.
        by_key: The declarations by key.
        forced: Key -> the property paths that force its replacement, for steps that are planned already.
    """

    declared: tuple[Declared, ...]
    by_key: Mapping[str, Declared]
    forced: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan) -> DeclarationGraph:
        """The graph of a plan."""
        by_key = {declared.key: declared for declared in plan.declared}
        forced = {
            step.key: tuple(one.path for one in step.changes if one.forces) for step in plan.steps if step.changes
        }
        return cls(plan.declared, by_key, forced)

    @cached_property
    def before(self) -> DeclarationGraph:
        """The graph of the state: every resource with its last declared properties.

        The references are the current ones: if a property moved in a list, a known value is still correct.
        """
        was = (
            replace(declared, properties=declared.previous)
            for declared in self.declared
            if declared.previous is not None
        )
        declared = tuple(was)
        return DeclarationGraph(declared, {single.key: single for single in declared})

    def managed(self, make: Callable[[Declared, DeclarationGraph], V], types: tuple[str, ...]) -> tuple[V, ...]:
        """The declarations that the plan manages, in the form that rules read; computed once for dozens of rules.

        Args:
            make: Such as the class `Configuration`.
            types: Resource types.
        """
        found = self._managed.get((make, types))
        if found is None:
            subjects = (make(declared, self) for declared in self.of_type(*types) if not declared.existing)
            found = self._managed[make, types] = tuple(subjects)
        return found

    @cached_property
    def _managed(self) -> dict[tuple[object, tuple[str, ...]], tuple[Any, ...]]:
        return {}

    def of_type(self, *types: str) -> tuple[Declared, ...]:
        """The declarations of these types, in program order."""
        found = [place for name in types for place in self._places.get(name, ())]
        return tuple(self.declared[place] for place in sorted(found))

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        """Positions in `declared` by type."""
        places: dict[str, list[int]] = {}
        for place, declared in enumerate(self.declared):
            places.setdefault(declared.type, []).append(place)
        return places

    def in_account(self, type: str, account: str) -> tuple[Declared, ...]:
        """The declarations of a type in an account, in program order."""
        return tuple(self._in_account.get((type, account), ()))

    @cached_property
    def _in_account(self) -> dict[tuple[str, str], list[Declared]]:
        found: dict[tuple[str, str], list[Declared]] = {}
        for declared in self.declared:
            found.setdefault((declared.type, declared.target.account), []).append(declared)
        return found

    def texts(self, type: str, name: str, *place: str) -> Collection[str | None]:
        """A property's value in the declarations of a type; `None` if unknown or missing.

        Args:
            type: Such as `AWS::IAM::Role`.
            name: A property of its root.
            place: The account and Region to search; everywhere without.
        """
        if (type, name) not in self._texts:
            found = self._texts[type, name] = {}
            for declared in self.of_type(type):
                text = root(declared)[name].text
                for key in ((), (declared.target.account, declared.target.region)):
                    found.setdefault(key, set()).add(text)
        return self._texts[type, name].get(place, ())

    @cached_property
    def _texts(self) -> dict[tuple[str, str], dict[tuple[str, ...], set[str | None]]]:
        return {}

    @cached_property
    def managed_accounts(self) -> frozenset[str]:
        """The accounts in which the program manages something."""
        return frozenset(declared.target.account for declared in self.declared if not declared.existing)

    def namesakes(self, type: str, place: tuple[str, str, str], name: str) -> tuple[Declared, ...]:
        """The declarations of a type in one place whose names have the same `slug`, in program order.

        Args:
            type: Such as `AWS::ImageBuilder::Component`.
            place: A target's partition, account and Region.
            name: The slug; empty for a name that is missing or unknown.
        """
        return tuple(self._namesakes.get((type, place, name), ()))

    @cached_property
    def _namesakes(self) -> dict[tuple[str, tuple[str, str, str], str], list[Declared]]:
        found: dict[tuple[str, tuple[str, str, str], str], list[Declared]] = {}
        for declared in self.declared:
            name = slug(root(declared)["Name"].text or "")
            found.setdefault((declared.type, declared.target.place, name), []).append(declared)
        return found

    @cached_property
    def _users_by_recipe(self) -> dict[str, list[Declared]]:
        """Pipelines and images by the key of the recipe that they build."""
        users: dict[str, list[Declared]] = {}
        for user in self.of_type(PIPELINE, IMAGE):
            recipe = self.recipe(user)
            if recipe is not None:
                users.setdefault(recipe.key, []).append(user)
        return users

    @cached_property
    def _users(self) -> dict[str, list[Declared]]:
        """Pipelines and images by the key of their distribution configuration."""
        users: dict[str, list[Declared]] = {}
        for user in self.of_type(PIPELINE, IMAGE):
            found = self.referred(user, root(user)["DistributionConfigurationArn"])
            if found is not None:
                users.setdefault(found.key, []).append(user)
        return users

    def referred(self, declared: Declared, node: PropertyNode) -> Declared | None:
        """The resource that a property refers to; `None` if the program does not declare it."""
        reference = declared.references.get(node.path)
        if reference is not None:
            return self.by_key.get(key_of(reference))
        return self._by_arn(node.text or "")

    def arn_type(self, declared: Declared, node: PropertyNode) -> str:
        """The type of Image Builder whose ARN a property holds; empty if that is unknown."""
        reference = declared.references.get(node.path)
        if reference is None:
            match = _ARN.fullmatch(node.text or "")
            return _KINDS.get(match["rest"].partition("/")[0], "") if match else ""
        found = self.by_key.get(key_of(reference))
        # An attribute of another service may hold any ARN: the value of a parameter, the output of a custom resource.
        return found.type if found is not None and found.type in _KINDS.values() else ""

    def users(self, distribution: Declared) -> tuple[Declared, ...]:
        """The pipelines and images that use this distribution configuration."""
        return tuple(self._users.get(distribution.key, ()))

    def recipe(self, user: Declared) -> Declared | None:
        """The recipe that a pipeline or image builds."""
        node = root(user).first("ImageRecipeArn", "ContainerRecipeArn")
        return self.referred(user, node)

    def recipes(self, distribution: Declared) -> tuple[Declared, ...]:
        """The image recipes whose output this configuration distributes."""
        found = (self.recipe(user) for user in self.users(distribution))
        return tuple(recipe for recipe in found if recipe is not None and recipe.type == IMAGE_RECIPE)

    def distributions(self, recipe: Declared) -> tuple[Declared, ...]:
        """The configurations that distribute what this recipe builds."""
        users = self._users_by_recipe.get(recipe.key, ())
        found = (self.referred(user, root(user)["DistributionConfigurationArn"]) for user in users)
        return tuple(single for single in found if single is not None and single.type == DISTRIBUTION)

    def key(self, declared: Declared, node: PropertyNode) -> Declared | None:
        """The KMS key of the program that a property refers to, also through an alias."""
        found = self.referred(declared, node)
        if found is not None and found.type == ALIAS:
            found = self.referred(found, root(found)["TargetKeyId"])
        return found if found is not None and found.type in KEYS else None

    def _by_arn(self, arn: str) -> Declared | None:
        match = _ARN.fullmatch(arn)
        if match is None:
            return None
        kind, _, name = match["rest"].partition("/")
        place = (match["partition"], match["account"], match["region"])
        return next(iter(self.namesakes(_KINDS.get(kind, ""), place, name.partition("/")[0])), None)


def key_of(reference: str) -> str:
    """The resource's key in a reference `KEY:/Path`."""
    return reference.partition(":/")[0].removesuffix(":")
