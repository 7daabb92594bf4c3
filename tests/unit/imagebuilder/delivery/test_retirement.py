from __future__ import annotations

from cloudwright.imagebuilder.delivery.retirement import FoundAmi, RetireRules, choose
from cloudwright.imagebuilder.delivery.scope import Place
from cloudwright.services.image_models import Ami

HOME, COPY = Place("111111111111", "us-east-1"), Place("222222222222", "us-east-1")
BUILD = "arn:aws:imagebuilder:us-east-1:111111111111:image/golden/1.0.0/"
NOW = 1_800_000_000.0


def found(place: Place, build: int, *, newest: bool = False, uses: tuple[str, ...] = ()) -> FoundAmi:
    ami = Ami(
        id=f"ami-{place.account[0]}{build}",
        owner=place.account,
        created=f"2026-01-0{build}T00:00:00Z",
        builder=f"{BUILD}{build}",
    )
    return FoundAmi(place=place, ami=ami, newest=newest, uses=uses, published=bool(uses))


def line(uses: tuple[str, ...] = ()) -> list[FoundAmi]:
    """Two images in two accounts; the older one is what a rollback has gone back to if something uses it."""
    return [
        found(HOME, 1, uses=uses),
        found(HOME, 2, newest=True),
        found(COPY, 1),
        found(COPY, 2, newest=True),
    ]


def test_older_images_go_wherever_nothing_speaks_against_it() -> None:
    chosen, refused = choose(line(), RetireRules(keep=1), NOW)

    assert [one.ami.id for one in chosen] == ["ami-11", "ami-21"]
    assert refused == []


def test_the_copies_of_a_published_image_stay_in_every_account() -> None:
    chosen, refused = choose(line(("parameter /golden points at it",)), RetireRules(keep=1), NOW)

    assert chosen == []
    assert [(one.image, one.reason) for one in refused] == [
        ("ami-11", "parameter /golden points at it"),
        ("ami-21", "image 1.0.0/1 is the current one: in 111111111111/us-east-1, parameter /golden points at it"),
    ]
