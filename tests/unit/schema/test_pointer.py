from __future__ import annotations

import pytest

from cloudwright.schema.pointer import (
    PointerSet,
    format_pointer,
    format_property,
    get,
    is_within,
    is_within_any,
    overlaps,
    parse,
    walk_leaves,
)

DOCUMENT = {"Name": "x", "Rules": [{"Key": "a", "Tags": {}}, {"Key": "b"}], "Tags": {"a/b~c": "v"}, "None": None}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/properties/A/B", ("A", "B")),
        ("/A/B", ("A", "B")),
        ("properties/A", ("A",)),
        ("/properties/A/*/B", ("A", "*", "B")),
        ("/Tags/a~1b~0c", ("Tags", "a/b~c")),
        ("/Tags/~01", ("Tags", "~1")),
        ("/properties", ("properties",)),
        ("", ()),
        ("/", ()),
    ],
)
def test_a_pointer_of_a_schema_or_a_patch_is_read_as_a_path(text: str, path: tuple[str, ...]) -> None:
    assert path == parse(text)


def test_slashes_and_tildes_in_keys_are_escaped_tilde_first() -> None:
    assert format_pointer(("Tags", "a/b~c", "~1")) == "/Tags/a~1b~0c/~01"
    assert format_pointer(()) == ""
    assert format_property(("A", "B")) == "/properties/A/B"


@pytest.mark.parametrize("path", [("Tags", "a/b~c"), ("A", "0", "~~//"), ("*",)])
def test_what_is_written_is_read_back(path: tuple[str, ...]) -> None:
    assert path == parse(format_pointer(path))


def test_a_value_is_found_through_mappings_and_arrays() -> None:
    assert get(DOCUMENT, ("Rules", "1", "Key")) == "b"
    assert get(DOCUMENT, ("Tags", "a/b~c")) == "v"
    assert get(DOCUMENT, ()) is DOCUMENT


@pytest.mark.parametrize(
    "path", [("Rules", "2"), ("Rules", "-1"), ("Rules", "Key"), ("Name", "0"), ("Nothing",), ("None", "x")]
)
def test_a_path_that_leads_nowhere_gives_the_default(path: tuple[str, ...]) -> None:
    assert get(DOCUMENT, path, "default") == "default"


def test_a_null_is_a_value_and_not_an_absence() -> None:
    assert get(DOCUMENT, ("None",), "default") is None


def test_leaves_are_scalars_and_empty_containers() -> None:
    assert list(walk_leaves(DOCUMENT)) == [
        (("Name",), "x"),
        (("Rules", "0", "Key"), "a"),
        (("Rules", "0", "Tags"), {}),
        (("Rules", "1", "Key"), "b"),
        (("Tags", "a/b~c"), "v"),
        (("None",), None),
    ]


def test_a_member_matches_only_its_own_path() -> None:
    pointers = PointerSet.of(["/properties/A/B"])

    assert pointers.matches(("A", "B"))
    assert not pointers.matches(("A",))
    assert not pointers.matches(("A", "B", "C"))
    assert ("A", "B") in pointers
    assert "A" not in pointers


def test_a_member_covers_what_is_below_it_and_nothing_above() -> None:
    pointers = PointerSet.of(["/A/B"])

    assert pointers.covers(("A", "B"))
    assert pointers.covers(("A", "B", "C", "D"))
    assert not pointers.covers(("A",))
    assert not pointers.covers(("B",))


def test_an_ancestor_reaches_a_member_and_a_descendant_does_not() -> None:
    pointers = PointerSet.of(["/A/B"])

    assert pointers.reaches(())
    assert pointers.reaches(("A",))
    assert pointers.reaches(("A", "B"))
    assert not pointers.reaches(("A", "B", "C"))
    assert not pointers.reaches(("X",))


def test_a_star_matches_one_segment() -> None:
    pointers = PointerSet.of(["/Rules/*/Key"])

    assert pointers.matches(("Rules", "7", "Key"))
    assert pointers.matches(("Rules", "*", "Key"))
    assert pointers.reaches(("Rules", "7"))
    assert pointers.covers(("Rules", "7", "Key", "Deeper"))
    assert not pointers.matches(("Rules", "Key"))
    assert not pointers.matches(("Rules", "1", "2", "Key"))


def test_a_named_and_a_starred_branch_are_both_followed() -> None:
    pointers = PointerSet.of(["/Map/special/A", "/Map/*/B"])

    assert pointers.matches(("Map", "special", "A"))
    assert pointers.matches(("Map", "special", "B"))
    assert not pointers.matches(("Map", "other", "A"))


def test_members_expand_to_the_paths_that_a_document_has() -> None:
    pointers = PointerSet.of(["/Rules/*/Key", "/Rules", "/Tags/*", "/Absent", "/Name/*"])

    assert list(pointers.expand(DOCUMENT)) == [
        ("Rules",),
        ("Rules", "0", "Key"),
        ("Rules", "1", "Key"),
        ("Tags", "a/b~c"),
    ]


def test_an_empty_set_is_false_and_holds_nothing() -> None:
    empty = PointerSet()

    assert not empty
    assert not empty.reaches(())
    assert not empty.covers(("A",))
    assert list(empty.expand(DOCUMENT)) == []


def test_members_are_kept_in_order_and_once() -> None:
    pointers = PointerSet.of(["/B", "/A", "/properties/B"])

    assert list(pointers) == [("B",), ("A",)]
    assert len(pointers) == 2
    assert repr(pointers) == "PointerSet(/B, /A)"


@pytest.mark.parametrize(
    ("path", "place", "within", "related"),
    [
        ((), (), True, True),
        (("A",), (), True, True),
        ((), ("A",), False, True),
        (("A", "B"), ("A", "B"), True, True),
        (("A", "B", "0"), ("A", "B"), True, True),
        (("A",), ("A", "B"), False, True),
        (("AB",), ("A",), False, False),
        (("A", "1"), ("A", "10"), False, False),
    ],
)
def test_a_path_lies_within_what_its_first_segments_name(
    path: tuple[str, ...], place: tuple[str, ...], *, within: bool, related: bool
) -> None:
    assert is_within(path, place) is within
    assert is_within_any(path, [("other",), place]) is within
    assert not is_within_any(path, [])
    assert overlaps(path, place) is overlaps(place, path) is related
