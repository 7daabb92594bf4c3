"""Locations: one value in two documents and in the schema."""

from __future__ import annotations

from cloudwright.diff.location import Location
from diff_samples import widget

ROOT = Location.root(widget().resource_type)


def test_an_element_has_its_position_in_each_document() -> None:
    rules = ROOT.key("Rules", {})

    assert (rules.item(1, 0).path, rules.item(1, 0).at) == (("Rules", "1"), ("Rules", "0"))
    assert (rules.item(1, None).path, rules.item(1, None).at) == (("Rules", "1"), ("Rules", "-"))
    assert (rules.item(None, 2).path, rules.item(None, 2).at) == (("Rules", "2"), ("Rules", "2"))


def test_only_a_position_in_a_list_is_an_element() -> None:
    element = ROOT.key("Rules", {}).item(0, 0)

    assert [place.is_element for place in (ROOT, ROOT.key("Labels", {}).key("0", {}))] == [False, False]
    assert [place.is_element for place in (element, element.key("Port", {}))] == [True, False]
    assert element.key("Port", {}).positions == (1,)
    assert element.key("Port", {}).item(0, 0).positions == (1, 3)


def test_a_location_knows_its_schema_its_parent_and_the_whole_document() -> None:
    document = {"Disk": {"Size": 1}}
    size = ROOT.key("Disk", document).key("Size", document["Disk"])

    assert size.shape.types == {"integer"}
    assert (size.parent, size.document) == (document["Disk"], document)
    made = Location.of(widget().resource_type, ("Disk", "Size"), ("Disk", "Size"))
    assert (made.path, made.shape.types) == (size.path, size.shape.types)


def test_a_location_keeps_the_documents_out_of_logs() -> None:
    place = ROOT.key("Disk", {"Disk": {"Label": "hunter2"}}).key("Label", {"Label": "hunter2"})

    assert "hunter2" not in repr(place)
