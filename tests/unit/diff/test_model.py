"""Differences as data."""

from __future__ import annotations

import pytest

from cloudwright.diff.model import Difference


@pytest.mark.parametrize(
    ("path", "positions", "element"),
    [
        (("List", "0"), (1,), True),
        (("Rules", "0", "Port"), (1,), False),
        (("Rules", "0", "Tags", "2"), (1, 3), True),
        (("Labels", "0"), (), False),
        ((), (), False),
    ],
)
def test_a_path_ends_in_an_element_if_its_last_segment_is_a_position(
    path: tuple[str, ...], positions: tuple[int, ...], *, element: bool
) -> None:
    assert Difference(path=path, kind="replace", positions=positions).is_element is element


def test_a_plain_difference_has_none_of_the_special_marks() -> None:
    plain = Difference(path=("Size",), kind="replace", old=1, new=2)

    assert not any((plain.secret, plain.unknown, plain.unsettable, plain.foreign, plain.edited, plain.displaces))
