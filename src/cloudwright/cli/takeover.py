"""Adopts what a converted program declares, and shows the proof and the steps of the hand-over."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import replace
from cloudwright.render.terminal.escaping import visible

if TYPE_CHECKING:
    from pathlib import Path

    from cloudwright.app.conversion import ConversionSource
    from cloudwright.app.takeover import Takeover, TakeoverRequest
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View
    from cloudwright.convert.cloudformation.program import Converted

DIFFERS = 2
"""The exit code when something still differs, as that of `plan --exit-code` and `convert --check`."""


async def adopt_converted(
    call: CommandOptions, view: View, path: Path, source: ConversionSource, *, consent: bool
) -> int:
    """Adopt the resources of a source; nothing is sent but reads.

    The program's file always holds the whole program: until the state is written, with a binding of each resource,
    so that no deploy of it creates a second one. A run that is killed is completed by the next one.

    Args:
        call: The common options.
        view: Where everything is shown.
        path: The program, as it was written with bindings.
        source: What was converted; what nobody has decided, and what refers to it, is left out.
        consent: Adopt what carries a stack's tags.

    Returns:
        0 if nothing differs.

    Raises:
        CloudwrightError: Nothing could be adopted; the program binds each declaration with `adopt=`.
    """
    from cloudwright.app.undecided import decided_part, undecided_rest
    from cloudwright.cli.converted_files import write_converted

    found = source.program({})
    part = decided_part(source, found)
    taken = await _adopted(call, path, source, part, consent=consent)
    open_ = undecided_rest(found, part)
    taken = replace(taken, leftovers=(*taken.leftovers, *open_))
    there = {found.origins.get(key, key) for key in (*(taken.refused.keys() - taken.gone), *(one.key for one in open_))}
    # A deploy must not create a second one of what exists and could not be adopted.
    write_converted(path, source.program({name: text for name, text in source.bound.items() if name in there}))
    program = quote(str(path)) + (" --local" if call.local else "")
    _show(view, taken, _steps(source, found, taken, program))
    return DIFFERS if taken.leftovers else 0


async def _adopted(
    call: CommandOptions, path: Path, source: ConversionSource, part: Converted, *, consent: bool
) -> Takeover:
    """Adopt what a program declares."""
    from cloudwright.app.loading import load
    from cloudwright.cli.converted_files import trial

    with trial(path, part) as (place, folder):
        app = load(place, stage=call.stage, local=call.local or None)
        app = app.configure(stage=call.stage, local=call.local or None, folder=folder)
        return await app.take_over(_request(source, part, consent=consent))


def _steps(source: ConversionSource, found: Converted, taken: Takeover, program: str) -> tuple[str, ...]:
    """The steps of the hand-over. What is left out comes first: the other tool would delete it with the rest."""
    from cloudwright.plan.takeover import DifferenceCause

    later = [one.key for one in taken.leftovers if one.cause is DifferenceCause.UNDECIDED]
    keys = [*taken.adopted, *(key for key in later if key in source.ids)]
    steps = source.steps(tuple(found.origins.get(key, key) for key in keys), program)
    if not later:
        return steps
    return (f"replace each `undecided(...)` in {program}", f"cloudwright deploy {program}: it adopts the rest", *steps)


def _request(source: ConversionSource, found: Converted, *, consent: bool) -> TakeoverRequest:
    from cloudwright.app.takeover import TakeoverRequest

    ids, claims = {**source.ids}, {**source.claims}
    for key, origin in found.origins.items():
        if origin in source.ids:
            ids[key], claims[key] = source.ids[origin], source.claims[origin]
    return TakeoverRequest(ids=ids, claims=claims, consent=consent)


def _show(view: View, taken: Takeover, steps: tuple[str, ...]) -> None:
    count = f"{len(taken.adopted)} resource{'s' if len(taken.adopted) != 1 else ''}"
    view.message(f"adopted: {count}; only reads were sent", _line(taken, steps))
    for one in taken.leftovers:
        where = f"{one.key} {one.path}".strip()
        view.message(f"differs: {visible(where)}: {visible(one.text)}: {one.cause.value}")
        view.message(f"  fix: {visible(one.fix)}")
    if not taken.leftovers:
        view.message("plan --refresh: 0 changes: the program matches the live resources")
    view.message("to hand over:")
    for number, step in enumerate(steps, 1):
        view.message(f"  {number}. {visible(step)}")


def _line(taken: Takeover, steps: tuple[str, ...]) -> dict[str, object]:
    from cloudwright.render.contract.answers import GeneratedPart, LeftoverPart, TakenOverLine

    return TakenOverLine(
        adopted=[GeneratedPart(resource=key, identifier=one) for key, one in taken.adopted.items()],
        differences=[
            LeftoverPart(key=one.key, path=one.path, cause=one.cause.value, text=one.text, fix=one.fix)
            for one in taken.leftovers
        ],
        steps=steps,
    ).as_object()
