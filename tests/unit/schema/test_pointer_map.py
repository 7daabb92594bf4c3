from __future__ import annotations

from cloudwright.schema.pointer_map import PointerMap

REGIONS: PointerMap[object] = PointerMap({("A", "*", "B"): False, ("A", "0", "C"): 1})


def test_a_pattern_answers_for_every_item() -> None:
    assert REGIONS.at(("A", "7", "B")) is False
    assert REGIONS.at(("A", "*", "B")) is False
    assert REGIONS.at(("A", "0", "C")) == 1


def test_other_paths_have_no_value() -> None:
    assert REGIONS.at(("A", "1", "C")) is None
    assert REGIONS.at(("A", "7")) is None
    assert not REGIONS.pointers.matches(("A",))


def test_maps_are_equal_by_content() -> None:
    assert PointerMap({("A",): 1}) == PointerMap({("A",): 1})
    assert PointerMap({("A",): 1}) != PointerMap({("A",): 2})
    assert not PointerMap()
    assert list(PointerMap({("A",): 1})) == [("A",)]
