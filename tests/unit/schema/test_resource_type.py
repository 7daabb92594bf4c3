from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.errors import InvalidProperties
from cloudwright.schema.catalog import Catalog, from_schema
from cloudwright.schema.pointer import format_pointer

if TYPE_CHECKING:
    from cloudwright.schema.resource_type import ResourceType


def schema(**keywords: Any) -> dict[str, Any]:
    return {"typeName": "AWS::Test::Thing", "properties": {}, "additionalProperties": False, **keywords}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.bundled()


@pytest.fixture(scope="module")
def distribution(catalog: Catalog) -> ResourceType:
    return catalog.get("AWS::ImageBuilder::DistributionConfiguration")


def test_the_flagship_is_described_exactly(distribution: ResourceType) -> None:
    assert distribution.service == "ImageBuilder"
    assert distribution.property_names == ("Arn", "Description", "Distributions", "Name", "Tags")
    assert set(distribution.required) == {"Name", "Distributions"}
    assert distribution.identifiers == (("Arn",),)
    assert list(distribution.read_only) == [("Arn",)]
    assert list(distribution.create_only) == [("Name",)]
    assert not distribution.write_only
    assert not distribution.conditional_create_only
    assert not distribution.deprecated
    assert set(distribution.handlers) == {"create", "read", "update", "delete", "list"}
    assert distribution.provisionable
    assert distribution.updatable
    assert distribution.listable
    assert distribution.replacement_strategy == "create_then_delete"
    assert distribution.additional_properties is False
    assert distribution.property_transform == {}
    assert distribution.arn_template == (
        "arn:${Partition}:imagebuilder:${Region}:${Account}:distribution-configuration/${DistributionConfigurationName}"
    )


def test_the_flagships_tags_are_a_map_without_system_tags(distribution: ResourceType) -> None:
    tagging = distribution.tagging

    assert tagging.taggable
    assert tagging.updatable
    assert not tagging.system_tags
    assert (tagging.property, tagging.shape) == (("Tags",), "map")


def test_nested_nodes_of_the_flagship_are_found_through_references_and_items(distribution: ResourceType) -> None:
    name = distribution.node(("Distributions", "0", "AmiDistributionConfiguration", "Name"))
    users = distribution.node(
        ("Distributions", "*", "AmiDistributionConfiguration", "LaunchPermissionConfiguration", "UserIds")
    )
    distributions = distribution.node(("Distributions",))

    assert name is not None
    assert users is not None
    assert distributions is not None
    assert name["type"] == "string"
    assert distribution.node(("Tags", "any key")) == distribution.node(("Tags", "*")) is not None
    assert distribution.node(("Distributions", "Region")) is None
    assert distribution.node(("Nothing", "There")) is None


def test_a_create_only_property_may_be_nested(catalog: Catalog) -> None:
    known = catalog.get("AWS::MSK::Cluster")
    paths = [path for path in known.create_only if len(path) > 1]

    assert ("BrokerNodeGroupInfo", "ClientSubnets") in paths
    assert not known.create_only.covers(("BrokerNodeGroupInfo",))
    assert all(known.node(path) is not None for path in paths)
    assert all(known.create_only.reaches(path[:1]) for path in paths)


def test_a_pointer_may_hold_a_star(catalog: Catalog) -> None:
    starred = [(name, path) for name in catalog.names() for path in catalog.get(name).create_only if "*" in path]
    concrete = [(name, tuple("3" if segment == "*" else segment for segment in path)) for name, path in starred]

    assert len(starred) > 10
    assert all(catalog.get(name).create_only.matches(path) for name, path in concrete)


def test_a_recursive_schema_is_followed_as_deep_as_the_document(catalog: Catalog) -> None:
    web_acl = catalog.get("AWS::WAFv2::WebACL")
    deeper = ("NotStatement", "Statement") * 40

    assert web_acl.node(("Rules", "0", "Statement", *deeper, "GeoMatchStatement", "CountryCodes")) is not None
    assert web_acl.node(("Rules", "0", "Statement", *deeper, "NoSuchStatement")) is None


def test_branches_of_combinators_are_followed() -> None:
    known = from_schema(
        schema(
            properties={"Source": {"oneOf": [{"$ref": "#/definitions/Text"}, {"$ref": "#/definitions/File"}]}},
            definitions={
                "Text": {"type": "object", "properties": {"Text": {"type": "string"}}},
                "File": {"type": "object", "properties": {"File": {"type": "array", "items": {"type": "integer"}}}},
            },
        )
    )

    assert known.node(("Source", "Text")) == {"type": "string"}
    assert known.node(("Source", "File", "4")) == {"type": "integer"}


@pytest.mark.parametrize("reference", ["#/definitions/Loop", "#/definitions/Absent", "#", "elsewhere.json", 7])
def test_a_reference_in_a_circle_or_to_nothing_is_no_crash(reference: object) -> None:
    known = from_schema(
        schema(
            properties={"A": {"$ref": reference}},
            definitions={
                "Loop": {"$ref": "#/definitions/Pool"},
                "Pool": {"$ref": "#/definitions/Loop"},
                "Self": {"anyOf": [{"$ref": "#/definitions/Self"}]},
            },
        )
    )

    assert known.node(("A", "Deeper")) is None
    assert from_schema(schema(properties={"A": {"$ref": "#/definitions/Self"}})).node(("A", "B")) is None


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"typeName": "Odd"},
        schema(properties=None, required=None, handlers=[], tagging=True),
        schema(primaryIdentifier=None, readOnlyProperties={"a": 1}, additionalIdentifiers=None),
        schema(properties={"A": None, "B": [], "C": True}, readOnlyProperties=[7, "/properties/C/D"]),
        schema(properties={"A": {"items": None, "anyOf": None, "patternProperties": {"(": True}}}),
        schema(handlers={"create": None, "list": {"handlerSchema": 3, "timeoutInMinutes": "soon"}}),
        schema(propertyTransform=None, definitions=None, replacementStrategy=9, lifecycle=None),
    ],
)
def test_an_odd_schema_never_crashes(odd: dict[str, Any]) -> None:
    known = from_schema(odd)

    assert known.identifiers == ()
    assert known.node(("A", "0", "x")) is None or known.properties["A"]
    assert known.timeout("create") == 7200.0
    assert known.identifier_of({"A": 1}) is None


@pytest.mark.parametrize(
    ("written", "regular"),
    [
        ("/properties/Rules/Key", ("Rules", "*", "Key")),
        ("/properties/Rules/items/Key", ("Rules", "*", "Key")),
        ("/properties/Rules/items/properties/Key", ("Rules", "*", "Key")),
        ("/properties/Rules/*/properties/Key", ("Rules", "*", "Key")),
        ("/properties/Options/properties/Enabled", ("Options", "Enabled")),
        ("properties/Options/Enabled", ("Options", "Enabled")),
        ("/properties/Options/items", ("Options", "items")),
        ("/properties/Ghost/properties/Deep", ("Ghost", "Deep")),
    ],
)
def test_old_spellings_of_pointers_are_made_regular(written: str, regular: tuple[str, ...]) -> None:
    rule = {"type": "object", "properties": {"Key": {"type": "string"}}}
    known = from_schema(
        schema(
            properties={
                "Rules": {"type": "array", "items": {"$ref": "#/definitions/Rule"}},
                "Options": {"type": "object", "properties": {"Enabled": {"type": "boolean"}, "items": {}}},
            },
            definitions={"Rule": rule},
            createOnlyProperties=[written],
        )
    )

    assert [regular] == list(known.create_only)


def test_a_property_named_like_prose_is_kept() -> None:
    known = from_schema(
        schema(
            description="gone", properties={"description": {"type": "string", "description": "gone", "title": "gone"}}
        )
    )

    assert known.properties == {"description": {"type": "string"}}


def test_an_identifier_of_one_part_is_the_value_itself(distribution: ResourceType) -> None:
    arn = "arn:aws:imagebuilder:us-east-1:123456789012:distribution-configuration/basic"

    assert distribution.identifier_of({"Arn": arn, "Name": "basic"}) == arn
    assert {"/Arn": arn} == distribution.split_identifier(arn)
    assert distribution.identifier_of({"Name": "basic"}) is None


def test_a_bar_belongs_to_an_identifier_of_one_part(distribution: ResourceType) -> None:
    assert distribution.split_identifier("a|b") == {"/Arn": "a|b"}


def test_parts_are_joined_in_schema_order_not_parent_first(catalog: Catalog) -> None:
    block = catalog.get("AWS::EC2::VPCCidrBlock")

    assert block.identifier_of({"VpcId": "vpc-1", "Id": "vpc-cidr-assoc-2"}) == "vpc-cidr-assoc-2|vpc-1"
    assert block.split_identifier("vpc-cidr-assoc-2|vpc-1") == {"/Id": "vpc-cidr-assoc-2", "/VpcId": "vpc-1"}


@pytest.mark.parametrize(
    "document",
    [{"/properties/VpcId": "v", "/properties/Id": "i"}, {"Id": "i", "VpcId": "v"}, {"/Id": "i", "/VpcId": "v"}],
)
def test_the_json_form_of_an_identifier_is_accepted(catalog: Catalog, document: dict[str, str]) -> None:
    split = catalog.get("AWS::EC2::VPCCidrBlock").split_identifier(json.dumps(document))

    assert list(split.items()) == [("/Id", "i"), ("/VpcId", "v")]


@pytest.mark.parametrize(
    "text", ["", "only", "a|", "a|b|c", '{"Id": "i"}', '{"Id": "i", "VpcId": "v", "X": "x"}', '{"Id": ', '{"Id": []}']
)
def test_an_identifier_that_does_not_fit_is_refused_with_the_right_form(catalog: Catalog, text: str) -> None:
    with pytest.raises(InvalidProperties, match=r"<Id>\|<VpcId>") as refused:
        catalog.get("AWS::EC2::VPCCidrBlock").split_identifier(text)

    assert '"/properties/VpcId"' in str(refused.value)


def test_numbers_and_booleans_in_identifiers_are_written_as_json_does() -> None:
    known = from_schema(
        schema(
            properties={"Flag": {"type": "boolean"}, "Count": {"type": "integer"}},
            primaryIdentifier=["/properties/Flag", "/properties/Count"],
        )
    )

    assert known.identifier_of({"Flag": True, "Count": 0}) == "true|0"


def test_a_nested_part_of_an_identifier_is_read(catalog: Catalog) -> None:
    lens = catalog.get("AWS::S3::StorageLens")

    assert lens.identifiers == (("StorageLensConfiguration", "Id"),)
    assert lens.identifier_of({"StorageLensConfiguration": {"Id": "x"}}) == "x"


def test_what_is_read_only_and_create_only_may_be_set() -> None:
    known = from_schema(
        schema(
            properties={"Name": {}, "Arn": {}, "Size": {}, "Secret": {}},
            readOnlyProperties=["/properties/Name", "/properties/Arn", "/properties/Secret"],
            createOnlyProperties=["/properties/Name"],
            writeOnlyProperties=["/properties/Secret"],
        )
    )

    assert known.settable(("Name",))
    assert known.settable(("Size",))
    assert not known.settable(("Arn",))
    assert not known.settable(("Arn", "Part"))
    assert list(known.write_only) == []


def test_a_timeout_is_the_handlers_or_two_hours() -> None:
    known = from_schema(schema(handlers={"create": {"timeoutInMinutes": 2160, "permissions": ["a:b"]}, "delete": {}}))

    assert known.timeout("CREATE") == 2160 * 60.0
    assert known.timeout("delete") == 7200.0
    assert known.timeout("update") == 7200.0
    assert not known.updatable


def test_a_type_without_handlers_is_not_provisionable(catalog: Catalog) -> None:
    project = catalog.get("AWS::CodeBuild::Project")

    assert not project.provisionable
    assert not project.listable


def test_what_listing_needs_is_known_and_resolves(catalog: Catalog) -> None:
    stage = catalog.get("AWS::ApiGateway::Stage").handlers["list"].list_schema
    assert stage is not None
    needed = stage["properties"]
    assert isinstance(needed, dict)

    assert "RestApiId" in needed
    assert catalog.get("AWS::ApiGateway::Stage").resolve(needed["RestApiId"])["type"] == "string"


def test_property_transforms_are_keyed_by_pointer(catalog: Catalog) -> None:
    instance = catalog.get("AWS::RDS::DBInstance")

    assert instance.property_transform
    assert all(key == format_pointer(tuple(key.split("/")[1:])) for key in instance.property_transform)
    assert not any(key.startswith("/properties/") for key in instance.property_transform)


@pytest.mark.parametrize(
    ("keywords", "taggable", "shape"),
    [
        ({"properties": {"Tags": {"type": "array"}}, "tagging": {"taggable": True}}, True, "list"),
        ({"properties": {"Tags": {"type": "object"}}}, True, "map"),
        ({"properties": {"Tags": {"type": ["object", "string"]}}}, True, "map"),
        ({"properties": {"Tags": {"type": "array"}}, "taggable": False}, False, "none"),
        ({"properties": {"Tags": {"type": "array"}}, "taggable": False, "tagging": {"taggable": True}}, True, "list"),
        ({"properties": {"Tags": {}}, "tagging": {"taggable": True}}, True, "none"),
        ({"tagging": {"taggable": True}}, False, "none"),
        (
            {
                "properties": {"Things": {"type": "array", "items": {"properties": {"Tags": {"type": "array"}}}}},
                "tagging": {"taggable": True, "tagProperty": "/properties/Things/*/Tags"},
            },
            True,
            "list",
        ),
    ],
)
def test_tagging_is_read_with_its_defaults(keywords: dict[str, Any], taggable: bool, shape: str) -> None:  # noqa: FBT001 - a column of the table
    tagging = from_schema(schema(**keywords)).tagging

    assert (taggable, shape) == (tagging.taggable, tagging.shape)
    assert taggable == (tagging.property is not None)


def test_tags_may_have_another_name(catalog: Catalog) -> None:
    assert catalog.get("AWS::Cognito::UserPool").tagging.property == ("UserPoolTags",)


def test_an_attribute_is_found_by_path_pointer_and_dots(catalog: Catalog) -> None:
    instance = catalog.get("AWS::RDS::DBInstance")

    assert instance.attribute("Endpoint.Address")["type"] == "string"
    assert instance.attribute("/Endpoint/Address") == instance.attribute(("Endpoint", "Address"))


def test_a_misspelt_attribute_is_answered_with_the_one_meant(distribution: ResourceType) -> None:
    with pytest.raises(InvalidProperties, match="Did you mean 'Distributions'"):
        distribution.attribute("Distribution")


def test_what_ref_returns_is_known_where_it_is_not_the_identifier(catalog: Catalog) -> None:
    assert catalog.get("AWS::ApiGateway::Stage").ref_identifier == ("StageName",)
    assert catalog.get("AWS::S3::Bucket").ref_identifier == ()
    assert catalog.get("AWS::ApplicationAutoScaling::ScalingPolicy").ref_identifier == ("Arn",)
    assert catalog.get("AWS::WAFv2::WebACL").ref_identifier == ("Name", "Id", "Scope")
    assert catalog.get("AWS::S3::Bucket").stateful


def test_a_read_only_part_of_a_create_only_block_is_not_settable() -> None:
    kind = Catalog.bundled().get("AWS::FSx::S3AccessPointAttachment")

    assert (kind.settable(("S3AccessPoint",)), kind.settable(("S3AccessPoint", "Alias"))) == (True, False)


def test_what_is_read_only_and_itself_create_only_is_settable() -> None:
    assert Catalog.bundled().get("AWS::Signer::SigningProfile").settable(("ProfileName",))


def test_a_type_that_can_not_be_read_is_cloudformations_alone() -> None:
    assert not Catalog.bundled().get("AWS::SNS::TopicPolicy").provisionable
