"""What happens when a pipeline runs, as data: inputs, pipelines, Regions, and who gets the image from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.imagebuilder.configuration import Configuration
from cloudwright.imagebuilder.graph import COMPONENT, DISTRIBUTION, PIPELINE, DeclarationGraph, root
from cloudwright.imagebuilder.grid import CellFinding, grid, title
from cloudwright.imagebuilder.model import Mode, RecipientKind, build, source_key
from cloudwright.imagebuilder.schedule import schedule_words
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudwright.imagebuilder.configuration import DistributionEntry
    from cloudwright.imagebuilder.grid import DistributionGrid
    from cloudwright.imagebuilder.model import Distribution, Grant, Principal
    from cloudwright.imagebuilder.property_node import PropertyNode
    from cloudwright.plan.model import Declared, Finding, Plan

CROWD = 12
"""With more accounts than this, accounts with the same treatment share one box."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box of the picture: a recipe, a pipeline, a Region or a recipient.

    Attributes:
        title: Its name.
        lines: Its facts.
        home: Whether it is the build Region.
    """

    title: str
    lines: tuple[str, ...] = ()
    home: bool = False


@dataclass(frozen=True, slots=True)
class ImageFlow:
    """An image that a Region delivers to a recipient.

    Attributes:
        region: Index into the flow's Regions.
        target: Index into the flow's targets.
        mode: Copy or share.
        problem: Why it will fail; empty if no problem is known.
        rule: The id of the finding that reports the problem; empty without one, or if it is silenced.
    """

    region: int
    target: int
    mode: Mode
    problem: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The path of an image, from left to right.

    Attributes:
        key: The configuration's key.
        inputs: Recipes and infrastructure.
        pipelines: Pipelines and images with their schedules.
        regions: One box for each Region.
        targets: Accounts, groups of accounts, units, organisations and the public.
        edges: From Regions to targets.
    """

    key: str
    inputs: tuple[Box, ...]
    pipelines: tuple[Box, ...]
    regions: tuple[Box, ...]
    targets: tuple[Box, ...]
    edges: tuple[ImageFlow, ...]


def flows(plan: Plan, findings: Iterable[Finding] = (), names: Mapping[str, str] | None = None) -> tuple[Flow, ...]:
    """One flow for every DistributionConfiguration of a plan.

    Args:
        plan: Only its declarations are read.
        findings: The rules' findings.
        names: Account -> its name.
    """
    graph, found = DeclarationGraph.of(plan), tuple(findings)
    return tuple(_flow(Configuration(declared, graph), found, names or {}) for declared in graph.of_type(DISTRIBUTION))


def _flow(configuration: Configuration, findings: tuple[Finding, ...], names: Mapping[str, str]) -> Flow:
    model = build(configuration)
    groups = _groups(model)
    users = configuration.graph.users(configuration.declared)
    return Flow(
        key=model.key,
        inputs=_inputs(configuration, users),
        pipelines=tuple(_pipeline(user) for user in users),
        regions=tuple(_region(configuration, model, region) for region in model.regions),
        targets=tuple(_target(model, group, names) for group in groups),
        edges=_edges(model, groups, grid(model, findings, names)),
    )


def _inputs(configuration: Configuration, users: Iterable[Declared]) -> tuple[Box, ...]:
    graph = configuration.graph
    boxes: dict[Box, None] = {}
    for user in users:
        recipe = graph.recipe(user)
        if recipe is not None:
            boxes[_recipe(configuration, recipe)] = None
        infrastructure = graph.referred(user, root(user)["InfrastructureConfigurationArn"])
        if infrastructure is not None:
            boxes[_infrastructure(infrastructure)] = None
    return tuple(boxes)


def _recipe(configuration: Configuration, recipe: Declared) -> Box:
    node = root(recipe)
    lines = [f"{_shown(recipe, node['Name'])} {_shown(recipe, node['Version'])}"]
    if node["ParentImage"].present:
        lines.append(f"parent {_tail(_shown(recipe, node['ParentImage']))}")
    lines += [f"component {_component(configuration.graph, recipe, one)}" for one in node["Components"].elements]
    key = source_key(configuration)
    if key is not None and key[0] is recipe:
        lines.append(f"key {_shown(*key)}")
    return Box(f"recipe {recipe.key}", tuple(lines))


def _component(graph: DeclarationGraph, recipe: Declared, node: PropertyNode) -> str:
    found = graph.referred(recipe, node["ComponentArn"])
    if found is not None and found.type == COMPONENT:
        return f"{_shown(found, root(found)['Name'])} {_shown(found, root(found)['Version'])}"
    return _tail(_shown(recipe, node["ComponentArn"])).replace("/", " ")


def _infrastructure(infrastructure: Declared) -> Box:
    node = root(infrastructure)
    lines = [f"profile {_shown(infrastructure, node['InstanceProfileName'])}"]
    types = [element.label for element in node["InstanceTypes"].elements]
    return Box(f"infrastructure {infrastructure.key}", (*lines, *([", ".join(types)] if types else [])))


def _pipeline(user: Declared) -> Box:
    words = schedule_words(root(user)) if user.type == PIPELINE else "built once, by the deploy"
    return Box(user.key, (words,))


def _region(configuration: Configuration, model: Distribution, region: str) -> Box:
    entry = next((one for one in configuration.entries if one.node.path == model.paths.get(region)), None)
    lines = _entry_lines(configuration.declared, entry) if entry is not None else ["no entry: the source AMI only"]
    return Box(region, tuple(lines), home=region == model.region)


def _entry_lines(declared: Declared, entry: DistributionEntry) -> list[str]:
    node = entry.node
    places = [("key", entry.ami["KmsKeyId"]), ("name", entry.ami["Name"])]
    places += [("parameter", one["ParameterName"]) for one in node["SsmParameterConfigurations"].elements]
    places += [("template", one["LaunchTemplateId"]) for one in node["LaunchTemplateConfigurations"].elements]
    places.append(("repository", entry.container["TargetRepository"]["RepositoryName"]))
    return [f"{word} {_shown(declared, place)}" for word, place in places if place.present]


def _groups(model: Distribution) -> tuple[tuple[Principal, ...], ...]:
    """Who gets something from the build account; many accounts are grouped by what they get."""
    given: dict[Principal, list[tuple[str, Mode]]] = {}
    for grant in model.grants:
        if grant.principal != model.builder:
            given.setdefault(grant.principal, []).append((grant.region, grant.mode))
    accounts = sorted((one for one in given if one.kind is RecipientKind.ACCOUNT), key=lambda one: one.id)
    others = sorted(
        (one for one in given if one.kind is not RecipientKind.ACCOUNT),
        key=lambda one: (list(RecipientKind).index(one.kind), one.id),
    )
    if len(accounts) <= CROWD:
        return tuple((one,) for one in (*accounts, *others))
    alike: dict[frozenset[tuple[str, Mode]], list[Principal]] = {}
    for account in accounts:
        alike.setdefault(frozenset(given[account]), []).append(account)
    return (*(tuple(group) for group in alike.values()), *((one,) for one in others))


def _target(model: Distribution, group: tuple[Principal, ...], names: Mapping[str, str]) -> Box:
    labels = tuple(title(model, one, names) for one in group)
    return Box(labels[0]) if len(group) == 1 else Box(f"{len(group)} accounts", labels)


def _edges(
    model: Distribution, groups: tuple[tuple[Principal, ...], ...], matrix: DistributionGrid
) -> tuple[ImageFlow, ...]:
    place = {principal: index for index, group in enumerate(groups) for principal in group}
    problems = {
        (region, row.principal): cell.concerns[0]
        for row in matrix.rows
        for region, cell in zip(matrix.columns, row.cells, strict=True)
        if cell.concerns
    }
    found: dict[tuple[int, int, Mode], ImageFlow] = {}
    for grant in model.grants:
        if grant.principal not in place:
            continue
        edge = (model.regions.index(grant.region), place[grant.principal], grant.mode)
        problem = problems.get((grant.region, grant.principal)) or _missing_role(model, grant)
        if edge not in found or problem:
            found[edge] = ImageFlow(*edge, problem.text, problem.id) if problem else ImageFlow(*edge)
    return tuple(found[edge] for edge in sorted(found))


def _missing_role(model: Distribution, grant: Grant) -> CellFinding | None:
    problem = model.blocked.get(grant.principal.id, "") if grant.mode is Mode.COPY else ""
    return CellFinding("", f"cross-account role in {grant.principal.id}: {problem}") if problem else None


def _shown(declared: Declared, node: PropertyNode) -> str:
    if node.path in declared.references and not node.known:
        return f"({declared.references[node.path]})"
    return node.label if node.present else "?"


def _tail(arn: str) -> str:
    """The name and version in an ARN, which identify managed images and components."""
    return arn.partition("/")[2] if arn.startswith("arn:") and "/" in arn else arn
