"""The part of a conversion that can be taken over while a person still has to decide about the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.errors import ProgramError
from cloudwright.plan.takeover import undecided

if TYPE_CHECKING:
    from cloudwright.app.conversion import ConversionSource
    from cloudwright.convert.cloudformation.program import Converted
    from cloudwright.plan.takeover import RemainingDifference

_HINT = "replace each `undecided(...)`; `adopt=` in the program binds the rest, and `plan --refresh` compares"


def decided_part(source: ConversionSource, found: Converted) -> Converted:
    """The program without what nobody has decided and what refers to that; the whole one if all of it is decided.

    Args:
        source: What is converted.
        found: The whole program.

    Raises:
        ProgramError: What is undecided is not a resource, such as a macro, or nothing else is left.
    """
    part, without = found, frozenset[str]()
    while not part.whole:
        open_ = {part.origins.get(one.subject, one.subject) for one in part.remarks if one.blocks}
        if open_ <= without:
            raise ProgramError(
                f"nothing was adopted: the program still has undecided parts: {', '.join(sorted(open_))}",
                hint=_HINT,
            )
        without |= open_
        part = source.convert({}, without)
    if not part.resources:
        raise ProgramError("nothing was adopted: every resource of the program is undecided", hint=_HINT)
    return part


def undecided_rest(found: Converted, part: Converted) -> tuple[RemainingDifference, ...]:
    """What is in the program and not in its decided part, each with the reason.

    Args:
        found: The whole program.
        part: Its decided part.
    """
    why = {one.subject: one.text for one in found.remarks if one.blocks}
    names = [*(key for key in found.keys if key not in part.keys), *(one for one in why if one not in found.keys)]
    return tuple(undecided(name, why.get(name, _REFERS)) for name in names)


_REFERS = "it refers to something undecided"
