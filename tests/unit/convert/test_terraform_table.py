"""The table of the provider `aws`, held to both schemas."""

from __future__ import annotations

import pytest

from cloudwright.convert.terraform.attributes import classic_tables, walk
from cloudwright.schema.catalog import Catalog


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.bundled()


@pytest.mark.parametrize("name", sorted(classic_tables()))
def test_every_attribute_has_a_place_in_cloud_controls_schema(name: str, catalog: Catalog) -> None:
    table = classic_tables()[name]
    kind = catalog.get(table.type)

    assert [path for path, pointer in walk(table, kind) if pointer is None] == []


@pytest.mark.parametrize("name", sorted(classic_tables()))
def test_every_renamed_property_exists(name: str, catalog: Catalog) -> None:
    from cloudwright.diff.shape import Shape

    table = classic_tables()[name]
    kind = catalog.get(table.type)
    for path, pointer in walk(table, kind):
        assert pointer
        if "." not in path:
            shape = Shape.of(kind)
            for segment in pointer:
                assert segment in shape.properties, (path, pointer)
                shape = shape.child(segment)
            assert not kind.read_only.covers(tuple(pointer)), (path, pointer)


@pytest.mark.parametrize("name", sorted(classic_tables()))
def test_the_table_names_attributes_that_the_provider_has(name: str) -> None:
    table = classic_tables()[name]
    named = {
        *table.leave,
        *table.renames,
        *table.lost,
        *table.values,
        *table.unset,
        *table.false_is_unset,
        *table.plain,
        *table.refused,
    }

    assert named <= set(table.attributes)
    assert table.identifier in table.attributes
    assert not table.leave & (table.renames.keys() | table.lost.keys())
    assert len(set(table.attributes)) == len(table.attributes)


def test_the_nested_properties_of_a_distribution_are_found(catalog: Catalog) -> None:
    table = classic_tables()["aws_imagebuilder_distribution_configuration"]
    found = dict(walk(table, catalog.get(table.type)))

    assert found["distribution.ami_distribution_configuration.launch_permission.user_ids"] == ("UserIds",)
    assert found["distribution.launch_template_configuration.default"] == ("SetDefaultVersion",)
