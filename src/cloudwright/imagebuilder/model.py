"""The distribution model: who gets an image where, as tuples of Region, principal and mode.

Built from plan data alone, without a call. A value that is not known yet becomes a separate principal or Region, named
after its source, so that nothing is silently left out.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from cloudwright.imagebuilder import crossaccount, policies
from cloudwright.imagebuilder.configuration import Configuration, is_customer_managed, volumes
from cloudwright.imagebuilder.graph import DISTRIBUTION, DeclarationGraph, root
from cloudwright.imagebuilder.property_node import PropertyNode
from cloudwright.lazy_dataclass import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cloudwright.imagebuilder.configuration import DistributionEntry
    from cloudwright.plan.model import Declared, Plan


class Mode(StrEnum):
    """How a principal gets an image."""

    OWN = "own"
    COPY = "copy"
    SHARE = "share"


class RecipientKind(StrEnum):
    """The kind of a principal; in the order in which pictures show them."""

    ACCOUNT = "account"
    UNIT = "organizational unit"
    ORGANIZATION = "organization"
    UNKNOWN = "unknown"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who gets an image.

    Attributes:
        kind: Its kind.
        id: Twelve digits, an ARN, `all`, or the source of an unknown value.
    """

    kind: RecipientKind
    id: str

    @property
    def short(self) -> str:
        """The id as a picture shows it: the last part of an ARN."""
        if self.kind is RecipientKind.PUBLIC:
            return "PUBLIC"
        return self.id.rpartition("/")[2] if self.id.startswith("arn:") else self.id


@dataclass(frozen=True, slots=True)
class GrantValue:
    """An attribute of a tuple: its text, and whether the text is the value or only its source."""

    text: str
    known: bool = True

    def differs(self, other: GrantValue) -> bool:
        """Whether two attributes certainly differ."""
        return self.known and other.known and self.text != other.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One tuple of the model with its attributes.

    Attributes:
        region: The Region.
        principal: Who gets it.
        mode: How.
        key: The customer-managed key that the image is encrypted with.
        admitted: Whether the key's policy in the plan names the principal; `None` if the plan does not show it.
        parameters: SSM parameters that are written for this account.
        templates: Launch templates that are updated in this account.
        defaults: The templates that get a new default version.
        fast_launch: Whether fast launch is set up for this account.
        repository: For a container image: the ECR repository.
        path: JSON pointer of the property that grants it; empty for the source AMI.
    """

    region: str
    principal: Principal
    mode: Mode
    key: GrantValue | None = None
    admitted: bool | None = None
    parameters: tuple[GrantValue, ...] = ()
    templates: tuple[GrantValue, ...] = ()
    defaults: tuple[GrantValue, ...] = ()
    fast_launch: bool = False
    repository: str = ""
    path: str = ""

    @property
    def identity(self) -> tuple[str, Principal, Mode]:
        """Region, principal and mode, which identify a tuple of the model."""
        return (self.region, self.principal, self.mode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """The model of one DistributionConfiguration.

    Attributes:
        key: The resource's key.
        account: The build account; empty if unknown.
        region: The build Region; empty if unknown.
        regions: Every Region, the build Region first, then as declared.
        grants: The tuples with their attributes; no two with the same identity.
        paths: Region -> JSON pointer of its entry.
        blocked: Target account -> what is wrong with its cross-account role, according to the plan.
    """

    key: str
    account: str
    region: str
    regions: tuple[str, ...]
    grants: tuple[Grant, ...]
    paths: Mapping[str, str]
    blocked: Mapping[str, str] = field(default_factory=dict)

    @property
    def builder(self) -> Principal:
        """The build account."""
        return Principal(RecipientKind.ACCOUNT, self.account or "build account")

    def at(self, region: str, principal: Principal) -> tuple[Grant, ...]:
        """The grants of a principal in a Region."""
        return tuple(grant for grant in self.grants if (grant.region, grant.principal) == (region, principal))

    def copies(self, region: str) -> int:
        """Number of AMIs that other accounts get in a Region."""
        return sum(grant.region == region and grant.mode is Mode.COPY for grant in self.grants)

    def owned(self, region: str) -> int:
        """Number of AMIs that the build account keeps in a Region."""
        return sum(grant.region == region and grant.mode is Mode.OWN and not grant.repository for grant in self.grants)


def distributions(plan: Plan) -> tuple[Distribution, ...]:
    """The models of all DistributionConfigurations of a plan.

    Args:
        plan: Only its declarations are read.
    """
    graph = DeclarationGraph.of(plan)
    return tuple(build(Configuration(declared, graph)) for declared in graph.of_type(DISTRIBUTION))


def build(configuration: Configuration) -> Distribution:
    """The model of one configuration.

    Args:
        configuration: The configuration in its graph, which also holds the recipe's key and the keys' policies.
    """
    original = _key(configuration, source_key(configuration))
    source = _source(configuration, original)
    found = {grant.identity: grant for grant in source}
    for entry in configuration.entries:
        for grant in _grants(configuration, entry, original):
            if grant.mode is Mode.OWN or grant.principal != _builder(configuration):
                found.setdefault(grant.identity, grant)
    named = (_region(entry) for entry in configuration.entries)
    paths = {region: entry.node.path for entry, region in zip(configuration.entries, named, strict=True)}
    regions = dict.fromkeys([*(grant.region for grant in source), *paths])
    ordered = sorted(regions, key=lambda region: region != configuration.region)
    return Distribution(
        key=configuration.declared.key,
        account=configuration.account,
        region=configuration.region,
        regions=tuple(ordered),
        grants=tuple(found.values()),
        paths=paths,
        blocked=_blocked(configuration, found.values()),
    )


def account_names(plan: Plan) -> dict[str, str]:
    """Account -> the name of the profile that its declarations use.

    Args:
        plan: Only its declarations are read.
    """
    found: dict[str, str] = {}
    for declared in plan.declared:
        source = declared.target.source
        if source.kind == "profile" and source.name:
            found.setdefault(declared.target.account, source.name)
    return found


def _blocked(configuration: Configuration, grants: Iterable[Grant]) -> dict[str, str]:
    targets = {grant.principal for grant in grants if grant.mode is Mode.COPY}
    accounts = sorted(target.id for target in targets if target.kind is RecipientKind.ACCOUNT)
    problems = ((account, crossaccount.problem(configuration, account)) for account in accounts)
    return {account: problem for account, problem in problems if problem}


def principal_of(node: PropertyNode) -> Principal:
    """The principal that an element of a list of accounts, units, organisations or groups names."""
    if node.unknown:
        return Principal(RecipientKind.UNKNOWN, node.label)
    text = str(node.value)
    if text == "all":
        return Principal(RecipientKind.PUBLIC, text)
    if ":ou/" in text:
        return Principal(RecipientKind.UNIT, text)
    return Principal(RecipientKind.ORGANIZATION if ":organization/" in text else RecipientKind.ACCOUNT, text)


def _builder(configuration: Configuration) -> Principal:
    return Principal(RecipientKind.ACCOUNT, configuration.account or "build account")


def _source(configuration: Configuration, original: _Key) -> tuple[Grant, ...]:
    """The AMI that is built stays in the build Region even if no entry names it."""
    named = any(entry.region == configuration.region for entry in configuration.entries)
    if named or not configuration.region or not configuration.images:
        return ()
    builder = _builder(configuration)
    return (Grant(region=configuration.region, principal=builder, mode=Mode.OWN, key=original.value),)


def source_key(configuration: Configuration) -> tuple[Declared, PropertyNode] | None:
    """The recipe and its property that names the customer-managed key of the source AMI.

    The key of the build Region's entry does not encrypt the original; the recipe's block devices do (EC2 Image Builder
    User Guide, distribution settings).
    """
    for recipe in configuration.recipes:
        for volume in volumes(root(recipe)):
            if is_customer_managed(volume["KmsKeyId"]):
                return recipe, volume["KmsKeyId"]
    return None


def _grants(configuration: Configuration, entry: DistributionEntry, original: _Key) -> Iterator[Grant]:
    builder = _builder(configuration)
    if entry.container.present:
        name = entry.container["TargetRepository"]["RepositoryName"].label
        path = entry.container.path
        yield Grant(region=_region(entry), principal=builder, mode=Mode.OWN, repository=name, path=path)
    if entry.ami.present:
        copied = _key(configuration, (configuration.declared, entry.ami["KmsKeyId"]))
        at_home = original if entry.region == configuration.region else copied
        settings = _settings(configuration, entry)
        yield _grant(entry, builder, Mode.OWN, at_home, settings, entry.ami.path)
        for node in _elements(entry.targets):
            yield _grant(entry, principal_of(node), Mode.COPY, copied, settings, node.path)
        for node in _permitted(entry):
            yield _grant(entry, principal_of(node), Mode.SHARE, at_home, {}, node.path)


def _permitted(entry: DistributionEntry) -> tuple[PropertyNode, ...]:
    if entry.permission.unknown:
        return (entry.permission,)
    names = ("UserIds", "OrganizationalUnitArns", "OrganizationArns", "UserGroups")
    return tuple(node for name in names for node in _elements(entry.permission[name]))


def _grant(
    entry: DistributionEntry, principal: Principal, mode: Mode, key: _Key, settings: Mapping[str, _Settings], path: str
) -> Grant:
    own = settings.get(principal.id, _Settings())
    return Grant(
        region=_region(entry),
        principal=principal,
        mode=mode,
        key=key.value,
        admitted=None if mode is Mode.OWN else _admits(key.policy, principal),
        parameters=own.parameters,
        templates=own.templates,
        defaults=own.defaults,
        fast_launch=own.fast_launch,
        path=path,
    )


@dataclass(frozen=True, slots=True)
class _Settings:
    """What an entry sets up for one account besides the image."""

    parameters: tuple[GrantValue, ...] = ()
    templates: tuple[GrantValue, ...] = ()
    defaults: tuple[GrantValue, ...] = ()
    fast_launch: bool = False


def _settings(configuration: Configuration, entry: DistributionEntry) -> dict[str, _Settings]:
    """The settings by account; one that names no account applies to the build account."""
    builder, declared = _builder(configuration).id, configuration.declared
    found: dict[str, _Settings] = {}
    for node in entry.node["SsmParameterConfigurations"].elements:
        account = _account(node["AmiAccountId"], builder)
        value = _value(declared, node["ParameterName"])
        own = found.get(account, _Settings())
        found[account] = replace(own, parameters=(*own.parameters, value))
    for node in entry.node["LaunchTemplateConfigurations"].elements:
        account = _account(node["AccountId"], builder)
        value = _value(declared, node["LaunchTemplateId"])
        own = found.get(account, _Settings())
        defaults = (value,) if node["SetDefaultVersion"].value is True else ()
        found[account] = replace(own, templates=(*own.templates, value), defaults=(*own.defaults, *defaults))
    for node in entry.node["FastLaunchConfigurations"].elements:
        account = _account(node["AccountId"], builder)
        if node["Enabled"].value is True:
            found[account] = replace(found.get(account, _Settings()), fast_launch=True)
    return found


def _account(node: PropertyNode, builder: str) -> str:
    return node.label if node.present else builder


@dataclass(frozen=True, slots=True)
class _Key:
    """A customer-managed key: its name, and the statements of its policy that allow its use."""

    value: GrantValue | None = None
    policy: tuple[PropertyNode, ...] | None = None


def _key(configuration: Configuration, place: tuple[Declared, PropertyNode] | None) -> _Key:
    if place is None or not is_customer_managed(place[1]):
        return _Key()
    key = configuration.graph.key(*place)
    policy = root(key)["KeyPolicy"] if key is not None else PropertyNode({})
    found = policies.statements(policy) if policy.present else None
    if found is not None:
        found = tuple(statement for statement in found if policies.allows(statement, "kms:Decrypt"))
    return _Key(_value(*place), found if key is not None else None)


def _admits(policy: tuple[PropertyNode, ...] | None, principal: Principal) -> bool | None:
    """Whether a key's policy lets a principal use the key."""
    if policy is None or principal.kind in {RecipientKind.UNKNOWN, RecipientKind.PUBLIC}:
        return None
    if principal.kind is RecipientKind.ACCOUNT:
        return policies.any_of(policies.names(statement, principal.id) for statement in policy)
    return policies.any_of(_admits_group(statement, principal) for statement in policy)


def _admits_group(statement: PropertyNode, principal: Principal) -> bool | None:
    """A unit or organisation is admitted only by `*`, or by `*` with a condition that names it."""
    if not policies.everyone(statement):
        return None if statement["Principal"].unknown else False
    condition = statement["Condition"]
    if not condition.present or policies.mentions(condition, principal.short):
        return True
    return None


def _elements(node: PropertyNode) -> tuple[PropertyNode, ...]:
    return (node,) if node.unknown else node.elements


def _region(entry: DistributionEntry) -> str:
    node = entry.node["Region"]
    return node.label if node.present else "(no Region)"


def _value(declared: Declared, node: PropertyNode) -> GrantValue:
    """The text of a property, or its source if unknown."""
    if node.known:
        return GrantValue(str(node.value))
    return GrantValue(
        f"({declared.references[node.path]})" if node.path in declared.references else node.label, known=False
    )
