"""The declared images compared with the live ones, cell by cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.imagebuilder.delivery.matrix import CellStatus, DifferenceKind, compare, expected_image, version_of
from cloudwright.imagebuilder.delivery.present import KeptCell, PresentCell, belongs, by_age, kept_cell
from cloudwright.imagebuilder.delivery.scope import Place
from delivery_samples import (
    BUILD,
    COPY,
    GUEST,
    HOME,
    ami,
    ami_id,
    build,
    declared,
    default,
    line,
    present,
    shared,
)

if TYPE_CHECKING:
    from cloudwright.imagebuilder.delivery.matrix import DeliveryMatrix

NEWEST = build("AVAILABLE", 2, HOME, COPY)
PARAMETER, TEMPLATE = "/golden", "lt-1"
POINTED = {"parameters": (PARAMETER,), "templates": ((TEMPLATE, True),)}


def matrix(found: PresentCell, *, back: KeptCell | None = None, newest: Any = NEWEST, **wanted: Any) -> DeliveryMatrix:
    """One declared cell, and what was found there."""
    return compare(line(declared(HOME, **wanted)), {HOME: found}, newest, rolled_back={HOME: back} if back else None)


def differences(found: PresentCell, **more: Any) -> list[tuple[DifferenceKind, str]]:
    return [(one.kind, one.subject) for one in matrix(found, **more).differences]


@pytest.mark.parametrize(
    ("found", "newest", "status"),
    [
        (present(HOME, 2), NEWEST, CellStatus.CURRENT),
        (present(HOME, 1), NEWEST, CellStatus.BEHIND),
        (present(HOME), NEWEST, CellStatus.MISSING),
        (present(HOME), None, CellStatus.WAITING),
        (present(HOME, 1), None, CellStatus.CURRENT),
        (present(HOME, problem="AccessDenied"), NEWEST, CellStatus.UNKNOWN),
    ],
)
def test_the_status_of_a_cell_follows_from_its_newest_ami(found: PresentCell, newest: Any, status: CellStatus) -> None:
    (cell,) = matrix(found, newest=newest).cells

    assert status is cell.status
    assert (status is CellStatus.UNKNOWN) is bool(matrix(found, newest=newest).unknown)


def test_a_later_ami_without_the_tag_of_a_build_is_current() -> None:
    untagged = PresentCell(
        place=HOME,
        newest=ami(HOME, 9, state="available").__class__(id="ami-hand", owner=BUILD, created="2027-01-16T00:00:00Z"),
    )

    assert CellStatus.CURRENT is matrix(untagged).cells[0].status


def test_permissions_that_are_missing_or_added_differ_and_the_owner_s_own_does_not() -> None:
    found = present(HOME, 2, permissions=shared("888888888888", BUILD))

    assert differences(found, permissions=shared(GUEST)) == [
        (DifferenceKind.PERMISSION_MISSING, GUEST),
        (DifferenceKind.PERMISSION_ADDED, "888888888888"),
    ]


def test_permissions_that_could_not_be_read_are_no_difference() -> None:
    found = present(HOME, 2, permissions=None, unread={"permissions": "denied"})

    assert differences(found, permissions=shared(GUEST)) == []
    assert [HOME] == [cell.place for cell in matrix(found).unknown]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (present(HOME, 2, parameters={PARAMETER: ami_id(HOME, 2)}, templates={TEMPLATE: default(3, "ami-12")}), []),
        (present(HOME, 2), [DifferenceKind.PARAMETER, DifferenceKind.TEMPLATE]),
        (
            present(HOME, 2, parameters={PARAMETER: "ami-x"}, templates={TEMPLATE: default(1, "ami-x")}),
            [DifferenceKind.PARAMETER, DifferenceKind.TEMPLATE],
        ),
        (present(HOME, 2, unread={"parameters": "denied", TEMPLATE: "denied"}), []),
    ],
)
def test_parameters_and_templates_point_at_the_newest_image(found: PresentCell, expected: list[DifferenceKind]) -> None:
    assert [kind for kind, _ in differences(found, **POINTED)] == expected


def test_a_template_whose_default_is_not_moved_may_point_anywhere() -> None:
    found = present(HOME, 2, templates={TEMPLATE: default(1, "ami-x")})

    assert differences(found, templates=((TEMPLATE, False),)) == []


def test_after_a_rollback_what_it_left_is_meant() -> None:
    back = KeptCell(parameters={PARAMETER: "ami-11"}, templates={TEMPLATE: default(1, "ami-11")})
    left = present(HOME, 2, parameters={PARAMETER: "ami-11"}, templates={TEMPLATE: default(1, "ami-11")})
    moved = present(HOME, 2, parameters={PARAMETER: "ami-12"}, templates={TEMPLATE: default(1, "ami-11")})

    assert differences(left, back=back, **POINTED) == []
    assert matrix(left, back=back).rolled_back
    (difference,) = matrix(moved, back=back, **POINTED).differences
    assert "parameter /golden holds ami-12, but the rollback pointed it to ami-11" == difference.text


def test_copies_in_places_that_are_no_longer_declared_are_found_and_empty_ones_are_not() -> None:
    gone, empty, unread = COPY, Place(BUILD, "eu-west-1"), Place(BUILD, "eu-west-3")
    found = {
        HOME: present(HOME, 2),
        gone: present(gone, 1),
        empty: present(empty),
        unread: present(unread, problem="AccessDenied"),
    }
    made = compare(line(declared(HOME)), found, NEWEST)

    assert [(HOME, "current"), (unread, "unknown"), (gone, "undeclared")] == [
        (cell.place, str(cell.status)) for cell in made.cells
    ]
    assert [DifferenceKind.COPY] == [one.kind for one in made.differences]


def test_an_ami_belongs_to_the_line_whose_recipe_made_it() -> None:
    ours, untagged = ami(HOME, 1), ami(HOME, 1).__class__(id="ami-x", owner=BUILD)

    assert belongs(ours, None, ("golden",))
    assert not belongs(ours, None, ("other",))
    assert belongs(untagged, None, ("other",))
    assert belongs(ours, None, ())


def test_amis_are_sorted_by_their_build_where_they_are_of_one_moment() -> None:
    same = [
        ami(HOME, number).__class__(id=f"ami-{number}", owner=BUILD, created="x", builder=f"a/1.0.0/{number}")
        for number in (10, 9)
    ]

    assert ["ami-9", "ami-10"] == [one.id for one in sorted(same, key=by_age)]


def test_what_the_state_kept_of_a_cell_is_read_again() -> None:
    found = present(
        HOME, 2, permissions=shared(GUEST), parameters={PARAMETER: "a"}, templates={TEMPLATE: default(3, "b")}
    )
    kept = kept_cell(found.document())

    assert (found.newest, found.permissions) != (None, None)
    assert ("ami-12", shared(GUEST), {PARAMETER: "a"}, {TEMPLATE: default(3, "b")}) == (
        kept.image,
        kept.permissions,
        kept.parameters,
        kept.templates,
    )
    assert {"*": "denied"} == kept_cell(present(HOME, problem="denied").document()).unread
    assert KeptCell() == kept_cell("what somebody wrote by hand")


def test_an_ami_that_no_build_names_has_no_version() -> None:
    assert ("", "") == (version_of(None), expected_image(None, HOME))
    assert "1.0.0/2" == version_of(ami(HOME, 2))
