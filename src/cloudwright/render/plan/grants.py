"""Grants as sentences; those that differ in only one part share a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_WORLD = {"0.0.0.0/0", "::/0"}

IMAGES = frozenset({"launch", "share"})
"""Kinds of grants that are about images."""


@dataclass(frozen=True, slots=True)
class DocumentGrant:
    """One grant of a document.

    Attributes:
        kind: `launch`, `share`, `rule`, `policy` or `managed policy`.
        who: The grantee; empty in an identity policy.
        what: What it allows; `*` and `?` are wildcards in policies.
        where: What it applies to; for images a Region.
        under: The condition, as JSON.
    """

    kind: str
    who: str = ""
    what: str = ""
    where: str = ""
    under: str = ""


def sentences(grants: Iterable[DocumentGrant]) -> list[str]:
    """The grants as sentences, without repetition."""
    joined = list(dict.fromkeys(grants))
    for merge in (_by_what, _by_where, _by_who):
        joined = merge(joined)
    return list(dict.fromkeys(_text(grant) for grant in joined))


def _by_what(grants: list[DocumentGrant]) -> list[DocumentGrant]:
    return _merged(
        grants,
        lambda grant: grant.kind == "policy",
        lambda grant: replace(grant, what=""),
        lambda group: replace(group[0], what=", ".join(grant.what for grant in group)),
    )


def _by_where(grants: list[DocumentGrant]) -> list[DocumentGrant]:
    return _merged(
        grants,
        lambda grant: grant.kind in {"policy", *IMAGES} and bool(grant.where),
        lambda grant: replace(grant, where=""),
        lambda group: replace(group[0], where=", ".join(grant.where for grant in group)),
    )


def _by_who(grants: list[DocumentGrant]) -> list[DocumentGrant]:
    return _merged(
        grants,
        lambda grant: grant.kind in {"policy", *IMAGES} and bool(grant.who),
        lambda grant: replace(grant, who=""),
        lambda group: replace(group[0], who=", ".join(grant.who for grant in group)),
    )


def _merged(
    grants: list[DocumentGrant],
    may: Callable[[DocumentGrant], bool],
    rest: Callable[[DocumentGrant], DocumentGrant],
    join: Callable[[list[DocumentGrant]], DocumentGrant],
) -> list[DocumentGrant]:
    groups: dict[tuple[bool, DocumentGrant], list[DocumentGrant]] = {}
    for grant in grants:
        mergeable = may(grant)
        groups.setdefault((mergeable, rest(grant) if mergeable else grant), []).append(grant)
    return [join(group) if len(group) > 1 else group[0] for group in groups.values()]


_MOST_NAMES = 8
"""Limit of principals named in one sentence; beyond it, the first three are named and the others counted."""


def _folded(who: str) -> str:
    names = who.split(", ")
    if len(names) <= _MOST_NAMES or not all(name.startswith("account ") for name in names):
        return who
    first = ", ".join(name.removeprefix("account ") for name in names[:3])
    return f"{len(names)} accounts ({first} and {len(names) - 3} more)"


def _text(grant: DocumentGrant) -> str:
    condition = " under a condition" if grant.under else ""
    region = f" in {grant.where}" if grant.where else ""
    match grant.kind:
        case "launch":
            who = _folded(grant.who).replace("group all", "group all (everyone)")
            return f"{who} may launch the images{region}"
        case "share":
            copies = "get copies" if ", " in grant.who else "gets a copy"
            return f"{_folded(grant.who)} {copies} of the images{region}"
        case "rule":
            world = " (the whole internet)" if grant.who in _WORLD else ""
            return f"{grant.where} {grant.what} {grant.who}{world}"
        case "managed policy":
            return f"gets the policy {grant.who}"
        case _:
            who = f"{grant.who} may" if grant.who else "may"
            return f"{who} {grant.what} on {grant.where}{condition}"
