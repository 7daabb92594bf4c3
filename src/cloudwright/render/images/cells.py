"""A table of accounts by Regions with cells of any content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.render.images.matrix import table
from cloudwright.render.terminal.markup import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.imagebuilder.delivery.scope import Place


def cells_lines(
    cells: Mapping[Place, str], width: int, *, names: Mapping[str, str], home: str = "", most: int | None = None
) -> list[str]:
    """A table with a row for each account and a column for each Region.

    Args:
        cells: The content by place; a place without an entry is empty.
        width: Columns of the output.
        names: Account -> its name in the program.
        home: The build Region, which gets a star.
        most: The most rows; the number of omitted rows is shown in a separate line.
    """
    regions = list(dict.fromkeys(place.region for place in cells))
    accounts = list(dict.fromkeys(place.account for place in cells))
    shown = accounts if most is None or len(accounts) <= most else accounts[: max(most - 1, 0)]
    found = {(place.account, place.region): text for place, text in cells.items()}
    rows = [
        (plain(account_label(account, names)), [plain(found.get((account, region), "")) for region in regions])
        for account in shown
    ]
    lines, _ = table([f"{region}*" if region == home else region for region in regions], rows, width)
    left = len(accounts) - len(shown)
    return [*lines, f"... and {left} more accounts"] if left else lines


def account_label(account: str, names: Mapping[str, str]) -> str:
    """An account with its name in the program.

    Args:
        account: Twelve digits.
        names: Account -> name.
    """
    return f"{account} {names[account]}" if account in names else account
