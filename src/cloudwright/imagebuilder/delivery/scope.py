"""What a program delivers: each distribution configuration with its pipelines and, cell by cell, what it declares.

A cell is an account in a Region that owns an AMI. Accounts that an AMI is only shared with are not cells: they get a
launch permission on the build account's AMI.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudwright.errors import ProgramError
from cloudwright.imagebuilder.configuration import Configuration
from cloudwright.imagebuilder.graph import DISTRIBUTION, IMAGE, PIPELINE, DeclarationGraph, root, slug
from cloudwright.imagebuilder.model import Mode, RecipientKind, account_names, build
from cloudwright.schema.suggest import did_you_mean
from cloudwright.services.image_models import LaunchPermission

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cloudwright.imagebuilder.model import Distribution, Grant, Principal
    from cloudwright.plan.model import Declared, Plan
    from cloudwright.state.snapshot import Snapshot
    from cloudwright.target import Target

_VARIABLE = re.compile(r"\{\{.*?\}\}")
_KINDS = {
    RecipientKind.ACCOUNT: "account",
    RecipientKind.UNIT: "unit",
    RecipientKind.ORGANIZATION: "organization",
    RecipientKind.PUBLIC: "group",
}


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """An account in a Region; users and the state refer to it by its text."""

    account: str
    region: str

    def __str__(self) -> str:
        return f"{self.account}/{self.region}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredCell:
    """What a configuration declares for one account and Region.

    Attributes:
        place: The account and Region.
        copy: A target account's own copy; else the build account's AMI.
        name: The pattern of the AMI's name, with `*` for what Image Builder fills in.
        permissions: Who may launch the AMI besides its owner; only the build account's AMIs get any.
        parameters: SSM parameters that receive the AMI's id.
        templates: Launch templates that get a new version with the AMI, as (id, whether it becomes the default).
    """

    place: Place
    copy: bool
    name: str
    permissions: frozenset[LaunchPermission] = frozenset()
    parameters: tuple[str, ...] = ()
    templates: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineLine:
    """A pipeline of the program that delivers through a configuration."""

    key: str
    arn: str
    target: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLine:
    """A distribution configuration with everything that is delivered through it.

    Attributes:
        key: The configuration's key.
        arn: Its ARN; empty until it is deployed.
        target: The build account and Region.
        pipelines: The pipelines that deliver through it.
        images: The ARNs of the program's deployed `Image` resources that were delivered through it.
        recipes: The slugs of the recipes' names, which distinguish the AMIs of this line from others.
        cells: What is declared, the build account and Region first.
        container: It distributes container images, not AMIs.
        names: Account -> what the program calls it.
    """

    key: str
    arn: str
    target: Target
    pipelines: tuple[PipelineLine, ...] = ()
    images: tuple[str, ...] = ()
    recipes: tuple[str, ...] = ()
    cells: tuple[DeclaredCell, ...] = ()
    container: bool = False
    names: Mapping[str, str]

    @property
    def builder(self) -> Place:
        """The build account and Region."""
        return Place(self.target.account, self.target.region)

    def cell(self, place: Place) -> DeclaredCell | None:
        """The declared cell of a place; `None` without one."""
        return next((cell for cell in self.cells if cell.place == place), None)


def image_lines(plan: Plan, snapshot: Snapshot) -> tuple[ImageLine, ...]:
    """All image lines of a program."""
    graph = DeclarationGraph.of(plan)
    arns = {record.key: record.identifier for record in snapshot.records if record.current}
    names = account_names(plan)
    return tuple(_line(Configuration(one, graph), arns, names) for one in graph.of_type(DISTRIBUTION))


def _line(configuration: Configuration, arns: Mapping[str, str], names: Mapping[str, str]) -> ImageLine:
    declared, graph = configuration.declared, configuration.graph
    model = build(configuration)
    users = graph.users(declared)
    recipes = [slug(root(one)["Name"].text or "") for one in graph.recipes(declared)]
    patterns = _patterns(configuration, recipes)
    return ImageLine(
        key=declared.key,
        arn=arns.get(declared.key, ""),
        target=declared.target,
        pipelines=tuple(
            PipelineLine(key=one.key, arn=arns.get(one.key, ""), target=one.target)
            for one in users
            if one.type == PIPELINE
        ),
        images=tuple(arns[one.key] for one in users if one.type == IMAGE and one.key in arns),
        recipes=tuple(dict.fromkeys(recipes)),
        cells=tuple(_cells(model, patterns)),
        container=bool(model.grants) and all(grant.repository for grant in model.grants),
        names=names,
    )


def _patterns(configuration: Configuration, recipes: Sequence[str]) -> dict[str, str]:
    """Region -> the pattern of the AMI's name there. Without a name Image Builder takes the recipe's and the date."""
    default = f"{recipes[0]} *" if recipes else "*"
    return {
        entry.region or "": _VARIABLE.sub("*", entry.ami["Name"].text or "") or default
        for entry in configuration.entries
    } | {"": default}


def _cells(model: Distribution, patterns: Mapping[str, str]) -> Iterable[DeclaredCell]:
    for region in model.regions:
        here = [grant for grant in model.grants if grant.region == region and not grant.repository]
        shared = frozenset(_permission(grant.principal) for grant in here if grant.mode is Mode.SHARE)
        owners: dict[Principal, Grant] = {}
        for grant in here:
            if grant.mode is not Mode.SHARE and grant.principal.kind is RecipientKind.ACCOUNT:
                owners.setdefault(grant.principal, grant)
        for principal, grant in owners.items():
            copy = grant.mode is Mode.COPY
            yield DeclaredCell(
                place=Place(principal.id, region),
                copy=copy,
                name=patterns.get(region, patterns[""]),
                permissions=frozenset() if copy else shared,
                parameters=tuple(value.text for value in grant.parameters if value.known),
                templates=tuple((value.text, value in grant.defaults) for value in grant.templates if value.known),
            )


def _permission(principal: Principal) -> LaunchPermission:
    return LaunchPermission(_KINDS.get(principal.kind, "account"), principal.id)


# -- which line a command refers to


def chosen_pipeline(lines: Sequence[ImageLine], plan: Plan, key: str | None) -> tuple[ImageLine, PipelineLine]:
    """The pipeline that a command works on.

    Args:
        lines: Everything that the program delivers.
        plan: Holds the pipelines without a distribution configuration.
        key: The user's choice; needed only if the program has several.

    Raises:
        ProgramError: There is none, there are several, or it can't be run.
    """
    found = {pipeline.key: (line, pipeline) for line in lines for pipeline in line.pipelines}
    declared = [one.key for one in plan.declared if one.type == PIPELINE and not one.existing]
    wanted = _wanted(declared, key, "pipeline", "--pipeline")
    if wanted not in found:
        raise ProgramError(
            f"{wanted}: the program declares no distribution configuration for this pipeline; nothing was sent",
            hint="give it DistributionConfigurationArn, and deploy",
        )
    line, pipeline = found[wanted]
    if not pipeline.arn:
        raise _undeployed(pipeline.key)
    if line.container:
        raise ProgramError(
            f"{line.key} distributes container images; `images` follows AMIs, and nothing was sent",
            hint="start it with `aws imagebuilder start-image-pipeline-execution`",
        )
    return line, pipeline


def chosen_line(lines: Sequence[ImageLine], key: str | None) -> ImageLine:
    """The distribution configuration that a command works on.

    Args:
        lines: All image lines of the program.
        key: The user's choice: a configuration, or a pipeline that delivers through it.

    Raises:
        ProgramError: There is none, there are several, or it is not deployed.
    """
    for line in lines:
        if key in {one.key for one in line.pipelines}:
            return _deployed(line)
    wanted = _wanted([line.key for line in lines], key, "distribution configuration", "--key")
    return _deployed(next(line for line in lines if line.key == wanted))


def _deployed(line: ImageLine) -> ImageLine:
    if not line.arn:
        raise _undeployed(line.key)
    return line


def _undeployed(key: str) -> ProgramError:
    return ProgramError(
        f"{key} is not deployed yet; nothing was sent", hint="deploy it first: `cloudwright deploy FILE`"
    )


def _wanted(keys: Sequence[str], key: str | None, kind: str, option: str) -> str:
    if not keys:
        raise ProgramError(
            f"the program declares no {kind}; nothing was sent",
            hint="docs/deliver.md starts with a program that delivers images",
        )
    if key is None and len(keys) == 1:
        return keys[0]
    if key is None:
        raise ProgramError(
            f"the program declares {len(keys)} {kind}s: {', '.join(keys)}; nothing was sent",
            hint=f"choose one with {option}",
        )
    if key not in keys:
        near = did_you_mean(key, keys)
        meant = f"; did you mean {near!r}?" if near else ""
        raise ProgramError(
            f"the program declares no {kind} {key!r}{meant}",
            hint=f"name {'one of ' if len(keys) > 1 else ''}{', '.join(keys)}; nothing was sent",
        )
    return key


def images_of(plan: Plan) -> tuple[Declared, ...]:
    """The `Image` resources of a program, which build when they are deployed."""
    return DeclarationGraph.of(plan).of_type(IMAGE)
