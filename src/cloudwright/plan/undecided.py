"""Creates of a dead run whose result only the user can find out: what a plan may do while they are undecided."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from cloudwright.errors import NeedsHuman

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


def refuse_undecided(
    undecided: Mapping[str, NeedsHuman], declared: Collection[str], included: Collection[str]
) -> tuple[str, ...]:
    """Refuse a plan that would have to know the result of such a create.

    A plan that leaves its key alone does not. So the user can decide about one key, with `import` or `--adopt`, while
    others are still undecided.

    Args:
        undecided: Why the user has to decide, by key.
        declared: The program's keys.
        included: The declared keys that the plan includes.

    Returns:
        The keys that stay undecided.

    Raises:
        NeedsHuman: Lists all others.
    """
    left = tuple(key for key in undecided if key in declared and key not in included)
    needed = [error for key, error in undecided.items() if key not in left]
    if not needed:
        return left
    hints = [error.hint for error in needed if error.hint]
    if without := " ".join(f"--exclude {quote(key)}" for key in undecided if key in declared):
        hints.append(f"to decide later and deploy the rest now: {without}")
    raise NeedsHuman("\n".join(error.message for error in needed), hint="\n".join(hints))
