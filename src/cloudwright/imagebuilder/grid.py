"""The matrix as data: a row per principal, a column per Region, and in each cell what the principal gets there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.display import Displayed
from cloudwright.imagebuilder.access import label
from cloudwright.imagebuilder.model import Mode, RecipientKind
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.findings import INFO, active

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudwright.imagebuilder.access import AccessChange
    from cloudwright.imagebuilder.model import Distribution, Grant, Principal
    from cloudwright.plan.model import Finding

LETTERS = {Mode.OWN: "O", Mode.COPY: "C", Mode.SHARE: "S"}
_ROLE = "IB125"
"""The rule about the role that copies need in their account."""

KEY_POLICY = "key-policy"
"""The id of the concern that a key's policy does not name the image's user."""


@dataclass(frozen=True, slots=True)
class CellFinding:
    """Why a cell is marked with `!`: a finding's id and text."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GridCell:
    """What one principal gets in one Region.

    Attributes:
        modes: `O`, `C`, `S`, `CS`; empty for nothing.
        marks: `k` customer-managed key, `P` parameter, `T` launch template, `F` fast launch, `!` concern, in this
            order.
        concerns: The reasons for the `!`.
        details: The attributes as text, for a tooltip.
        gained: Modes that the plan adds; only in a matrix of differences.
        lost: Modes that the plan removes.
        altered: Whether the key, a parameter or a default template version changes.
    """

    modes: str = ""
    marks: tuple[str, ...] = ()
    concerns: tuple[CellFinding, ...] = ()
    details: tuple[str, ...] = ()
    gained: str = ""
    lost: str = ""
    altered: bool = False


@dataclass(frozen=True, slots=True)
class GridRow:
    """One principal with its cells, one for each column of the grid."""

    principal: Principal
    label: str
    cells: tuple[GridCell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionGrid(Displayed):
    """A matrix, ready to be drawn.

    Attributes:
        key: The resource's key.
        columns: The Regions.
        home: The build Region; drawn in bold with a star.
        rows: The build account, accounts with copies, accounts only shared with, units, organisations, the public.
        made: For each column, the AMIs of the build account and the copies of others.
        width: The longest label of the whole matrix, so that parts of it line up with the whole.
    """

    key: str
    columns: tuple[str, ...]
    home: str
    rows: tuple[GridRow, ...]
    made: tuple[tuple[int, int], ...]
    width: int

    @property
    def total(self) -> int:
        """The number of all AMIs, and so of snapshots to pay for."""
        return sum(own + copies for own, copies in self.made)


def grid(
    distribution: Distribution, findings: Iterable[Finding] = (), names: Mapping[str, str] | None = None
) -> DistributionGrid:
    """The matrix of one configuration.

    Args:
        distribution: The model.
        findings: What rules said; errors and warnings that are not silenced mark their cells, and so does a role that
            is missing or can't be read.
        names: Account -> its name.
    """
    known = names or {}
    ours = [single for single in active(findings) if single.key == distribution.key]
    loud = [single for single in ours if single.severity != INFO or single.id == _ROLE]
    at = _by_cell(distribution.grants)
    rows = []
    for principal in principals(distribution):
        cells = (_cell(distribution, at.get((region, principal), ()), loud) for region in distribution.regions)
        rows.append(GridRow(principal, title(distribution, principal, known), tuple(cells)))
    return DistributionGrid(
        key=distribution.key,
        columns=distribution.regions,
        home=distribution.region,
        rows=tuple(rows),
        made=tuple((distribution.owned(region), distribution.copies(region)) for region in distribution.regions),
        width=max((len(row.label) for row in rows), default=0),
    )


def difference(change: AccessChange, names: Mapping[str, str] | None = None) -> DistributionGrid:
    """The matrix of an access change: only the rows and columns that change.

    Args:
        change: What the plan changes.
        names: Account -> its name.
    """
    known = names or {}
    touched = (*change.gains, *change.loses, *change.altered)
    models = [model for model in (change.after, change.before) if model is not None]
    regions = dict.fromkeys(region for model in models for region in model.regions)
    columns = tuple(region for region in regions if any(grant.region == region for grant in touched))
    everyone = _ordered(models)
    parts = {
        name: _by_cell(grants)
        for name, grants in (
            ("now", change.after.grants), ("gains", change.gains), ("loses", change.loses), ("altered", change.altered)
        )
    }  # fmt: skip
    rows = [
        GridRow(who, title(change.after, who, known), tuple(_difference(parts, region, who) for region in columns))
        for who in everyone
        if any(grant.principal == who for grant in touched)
    ]
    width = max((len(title(change.after, who, known)) for who in everyone), default=0)
    made = tuple((change.after.owned(region), change.after.copies(region)) for region in columns)
    return DistributionGrid(
        key=change.after.key, columns=columns, home=change.after.region, rows=tuple(rows), made=made, width=width
    )


def principals(distribution: Distribution) -> tuple[Principal, ...]:
    """All principals that get something, in the order of the rows.

    Args:
        distribution: The model.
    """
    return _ordered([distribution])


def title(distribution: Distribution, principal: Principal, names: Mapping[str, str]) -> str:
    """A row's label; the build account is called `build`.

    Args:
        distribution: The model.
        principal: The row.
        names: Account -> its name.
    """
    if principal == distribution.builder:
        return f"{principal.short} build" if distribution.account else principal.short
    return label(principal, names)


def _ordered(models: list[Distribution]) -> tuple[Principal, ...]:
    """All principals of the models: the build account, then by kind, copies before shares."""
    everybody = {grant.principal for model in models for grant in model.grants}
    copied = {grant.principal for model in models for grant in model.grants if grant.mode is not Mode.SHARE}
    builders = {model.builder for model in models}
    kinds = list(RecipientKind)
    return tuple(
        sorted(everybody, key=lambda who: (who not in builders, kinds.index(who.kind), who not in copied, who.id))
    )


def _by_cell(grants: Iterable[Grant]) -> dict[tuple[str, Principal], tuple[Grant, ...]]:
    found: dict[tuple[str, Principal], tuple[Grant, ...]] = {}
    for grant in grants:
        place = (grant.region, grant.principal)
        found[place] = (*found.get(place, ()), grant)
    return found


def _cell(distribution: Distribution, grants: tuple[Grant, ...], findings: list[Finding]) -> GridCell:
    concerns = _concerns(distribution, grants, findings)
    marks = {
        "k": any(grant.key is not None for grant in grants),
        "P": any(grant.parameters for grant in grants),
        "T": any(grant.templates for grant in grants),
        "F": any(grant.fast_launch for grant in grants),
        "!": bool(concerns),
    }
    return GridCell(
        modes=_letters(grants),
        marks=tuple(mark for mark, present in marks.items() if present),
        concerns=concerns,
        details=tuple(dict.fromkeys(detail for grant in grants for detail in _details(grant))),
    )


def _letters(grants: Iterable[Grant]) -> str:
    modes = {grant.mode for grant in grants}
    return "".join(letter for mode, letter in LETTERS.items() if mode in modes)


def _details(grant: Grant) -> Iterable[str]:
    if grant.key is not None:
        policy = {True: "; its policy names this principal", False: "; its policy does not name this principal"}
        tail = "" if grant.admitted is None else policy[grant.admitted]
        yield f"key {grant.key.text}{tail}"
    yield from (f"parameter {value.text}" for value in grant.parameters)
    for value in grant.templates:
        yield f"launch template {value.text}{' (new default version)' if value in grant.defaults else ''}"
    if grant.fast_launch:
        yield "fast launch"
    if grant.repository:
        yield f"repository {grant.repository}"


def _concerns(
    distribution: Distribution, grants: tuple[Grant, ...], findings: list[Finding]
) -> tuple[CellFinding, ...]:
    found: dict[CellFinding, None] = {}
    roles = [single.text for single in findings if single.id == _ROLE]
    for grant in grants:
        for single in findings:
            if _covers(single.path, grant):
                found[CellFinding(single.id, single.text)] = None
        if grant.admitted is False and grant.key is not None:
            found[
                CellFinding(
                    KEY_POLICY, f"The policy of the key {grant.key.text} does not name {grant.principal.short}."
                )
            ] = None
        problem = distribution.blocked.get(grant.principal.id, "")
        reported = any(concern.id == _ROLE for concern in found)
        if grant.mode is Mode.COPY and problem and roles and not reported:
            named = next((text for text in roles if grant.principal.id in text), f"Cross-account role: {problem}.")
            found.setdefault(CellFinding(_ROLE, named))
    return tuple(found)


def _covers(path: str, grant: Grant) -> bool:
    """Whether a finding is about this grant: about its element, a list or block that holds it, or the image itself."""
    if not grant.path or path.count("/") < 2:
        return False
    path = path.removesuffix("/Region")
    if path == grant.path or grant.path.startswith(f"{path}/"):
        return True
    about_image = grant.mode is Mode.OWN and path in {f"{grant.path}/KmsKeyId", f"{grant.path}/Name"}
    return about_image or (grant.mode is not Mode.OWN and path.startswith(f"{grant.path}/"))


def _difference(
    parts: Mapping[str, Mapping[tuple[str, Principal], tuple[Grant, ...]]], region: str, who: Principal
) -> GridCell:
    place = (region, who)
    gained, lost = _letters(parts["gains"].get(place, ())), _letters(parts["loses"].get(place, ()))
    now = _letters(parts["now"].get(place, ()))
    kept = "".join(letter for letter in now if letter not in gained)
    return GridCell(modes=kept, gained=gained, lost=lost, altered=place in parts["altered"])
