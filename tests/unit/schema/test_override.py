from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from catalog_kit import CATALOG
from cloudwright.schema.override import Override, apply_aliases, masked_inputs, overridden_types, override_for
from cloudwright.schema.pointer import parse
from cloudwright.schema.validation.validate import validate

DISTRIBUTION = "AWS::ImageBuilder::DistributionConfiguration"


@pytest.mark.parametrize("type_name", ["AWS::Nowhere::Thing", "AWS::S3::Nothing", "Third::Party::Type", "odd"])
def test_a_type_without_entries_has_an_empty_override(type_name: str) -> None:
    override = override_for(type_name)

    assert override.entries == ()
    assert not override.upserts
    assert not any((override.aliases, override.unordered, override.list_keys, override.transient_messages))
    assert (override.canonical_identifier, override.tag_mode) == ("", "strip-system")


# Each of these goes through all types by itself: as a test for each type they would be a fifth of all tests.


def test_every_entry_has_a_source_a_date_and_a_place_in_the_schema() -> None:
    fields = set(Override.__dataclass_fields__) - {"type_name", "entries"}
    for type_name in overridden_types():
        for entry in override_for(type_name).entries:
            place = entry.path[:-1] if entry.field == "aliases" else entry.path

            assert entry.field in fields, (type_name, entry)
            assert entry.source, (type_name, entry)
            assert date.fromisoformat(entry.date) <= date.today()  # noqa: DTZ011 - a day's difference is no matter
            assert CATALOG.get(type_name).node(place) is not None, (type_name, entry)


def test_values_that_are_sent_or_expected_fit_the_schema() -> None:
    for type_name in overridden_types():
        override = override_for(type_name)
        for path, value in (*override.restore_defaults.items(), *override.known_defaults.items()):
            written = path in override.restore_defaults.pointers
            found = validate(CATALOG.get(type_name), _nested(path, value), values=written)

            assert [violation for violation in found if violation.path[: len(path)] == path] == [], type_name


def _nested(path: tuple[str, ...], value: Any) -> Any:
    for segment in reversed(path):
        value = [value] if segment == "*" else {segment: value}
    return value


def test_stable_and_secret_outputs_are_read_only() -> None:
    for type_name in overridden_types():
        override, read_only = override_for(type_name), CATALOG.get(type_name).read_only

        assert all(read_only.covers(path) for path in (*override.stable_outputs, *override.secret_outputs)), type_name


def test_regular_expressions_compile_and_words_are_known() -> None:
    for type_name in overridden_types():
        override, messages = override_for(type_name), override_for(type_name).transient_messages

        assert all(re.compile(pattern) for _, pattern in override.name_patterns.items())
        assert all(re.compile(message.pattern) for message in messages)
        assert {message.operation for message in messages} <= {"*", "CREATE", "UPDATE", "DELETE"}, type_name
        assert {message.cause for message in messages} <= {"iam", "dependency", "service"}, type_name
        assert override.canonical_identifier in {"", "slug", "lower", "exact"}, type_name
        assert override.tag_mode in {"strip-system", "preserve-system"}, type_name


def test_changing_outputs_are_read_only_and_follow_what_an_update_can_change() -> None:
    for type_name in overridden_types():
        resource_type = CATALOG.get(type_name)
        for path, names in override_for(type_name).changing_outputs.items():
            assert resource_type.read_only.reaches(path), (type_name, path)
            assert path not in override_for(type_name).stable_outputs, (type_name, path)
            assert all(name in resource_type.properties for name in names), (type_name, path)
            assert all(resource_type.settable((name,)) for name in names), (type_name, path)
            assert not any(resource_type.create_only.covers((name,)) for name in names), (type_name, path)


def test_what_a_resource_fills_is_read_only_and_belongs_to_what_the_property_names() -> None:
    filling = {name: override_for(name).fills for name in overridden_types() if override_for(name).fills}

    assert len(filling) >= 4
    for type_name, fills in filling.items():
        for path, names in fills.items():
            assert CATALOG.get(type_name).settable(path), (type_name, path)
            for owner, _, name in (each.partition("/") for each in names):
                assert CATALOG.get(owner).read_only.covers((name,)), (type_name, owner, name)


def test_distributions_are_keyed_by_region_and_their_account_lists_have_no_order() -> None:
    override = override_for(DISTRIBUTION)

    assert override.list_keys.at(("Distributions",)) == "Region"
    assert override.unordered.matches(("Distributions", "3", "AmiDistributionConfiguration", "TargetAccountIds"))
    assert override.list_keys.at(("Distributions", "0")) is None


def test_cc14_the_lists_that_the_update_refuses_when_empty_are_known() -> None:
    override = override_for(DISTRIBUTION)

    assert {
        parse(pointer)
        for pointer in (
            "/Distributions/*/AmiDistributionConfiguration/TargetAccountIds",
            "/Distributions/*/FastLaunchConfigurations",
            "/Distributions/*/LaunchTemplateConfigurations",
        )
    } == set(override.empty_means_unset)


def test_read_back_defaults_of_a_pipeline_are_known() -> None:
    override = override_for("AWS::ImageBuilder::ImagePipeline")

    assert override.known_defaults.at(("EnhancedImageMetadataEnabled",)) is True
    assert override.known_defaults.at(("ImageTestsConfiguration",)) == {
        "ImageTestsEnabled": True,
        "TimeoutMinutes": 720,
    }


@pytest.mark.parametrize(
    ("type_name", "deciding"),
    [
        (DISTRIBUTION, {("Name",)}),
        ("AWS::ImageBuilder::ImagePipeline", {("Name",)}),
        ("AWS::ImageBuilder::ImageRecipe", {("Name",), ("Version",)}),
        ("AWS::ImageBuilder::Workflow", {("Type",), ("Name",), ("Version",)}),
    ],
)
def test_what_decides_an_arn_is_known(type_name: str, deciding: set[tuple[str, ...]]) -> None:
    assert set(override_for(type_name).identity) == deciding


def test_cc40_a_version_wildcard_lets_the_service_choose() -> None:
    wildcard = override_for("AWS::ImageBuilder::ImageRecipe").identity.at(("Version",))

    assert wildcard
    assert re.search(wildcard, "1.0.x")
    assert not re.search(wildcard, "1.0.12")


def test_cc13_a_default_to_restore_may_be_falsy() -> None:
    override = override_for("AWS::EC2::VPCEndpoint")

    assert ("PrivateDnsEnabled",) in override.restore_defaults.pointers
    assert override.restore_defaults.at(("PrivateDnsEnabled",)) is False


def test_cc21_an_event_pattern_is_sent_as_text() -> None:
    assert override_for("AWS::Events::Rule").json_strings.at(("EventPattern",)) == "string"


def test_cc27_a_topic_keeps_its_system_tags_and_other_types_do_not() -> None:
    assert override_for("AWS::SNS::Topic").tag_mode == "preserve-system"
    assert override_for("AWS::S3::Bucket").tag_mode == "strip-system"


@pytest.mark.parametrize("type_name", ["AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"])
def test_policies_that_a_create_takes_over_are_read_first(type_name: str) -> None:
    assert override_for(type_name).upserts


def test_a_bucket_create_does_not_upsert() -> None:
    assert not override_for("AWS::S3::Bucket").upserts


@pytest.mark.parametrize(
    ("type_name", "one", "other", "same"),
    [
        (DISTRIBUTION, "a/Golden Dist", "a/golden-dist", True),
        ("AWS::S3::Bucket", "a.b", "a-b", False),
        ("AWS::RDS::DBInstance", "MyDb", "mydb", True),
        ("AWS::RDS::DBInstance", "my-db", "my.db", False),
        ("AWS::Unknown::Type", "A_b", "a-b", True),
    ],
)
def test_identifiers_of_one_resource_have_one_canonical_form(
    type_name: str, one: str, other: str, *, same: bool
) -> None:
    override = override_for(type_name)

    assert same is (override.canonical(one) == override.canonical(other))


def test_an_alias_is_renamed_in_place_and_noted() -> None:
    document = {
        "Name": "d",
        "Distributions": [
            {"Region": "us-west-2"},
            {
                "Region": "us-east-1",
                "AmiDistributionConfiguration": {"LaunchPermission": {"UserIds": ["1"]}, "Name": "n"},
            },
        ],
    }

    renamed, notes = apply_aliases(override_for(DISTRIBUTION), document)

    ami = renamed["Distributions"][1]["AmiDistributionConfiguration"]
    assert list(ami) == ["LaunchPermissionConfiguration", "Name"]
    assert [(note.alias, note.name) for note in notes] == [("LaunchPermission", "LaunchPermissionConfiguration")]
    assert notes[0].path == ("Distributions", "1", "AmiDistributionConfiguration", "LaunchPermission")
    assert "/Distributions/1/AmiDistributionConfiguration/LaunchPermission" in str(notes[0])
    assert "LaunchPermission" in document["Distributions"][1]["AmiDistributionConfiguration"]  # type: ignore[index]


def test_an_alias_next_to_its_true_name_is_left_for_the_validation() -> None:
    ami: dict[str, object] = {"LaunchPermission": {}, "LaunchPermissionConfiguration": {}}
    document = {"Distributions": [{"AmiDistributionConfiguration": ami}]}

    renamed, notes = apply_aliases(override_for(DISTRIBUTION), document)

    assert renamed is document
    assert notes == ()


def test_a_document_without_aliases_is_given_back_as_it_is() -> None:
    document = {"Name": "d", "Distributions": "not a list"}

    assert apply_aliases(override_for(DISTRIBUTION), document) == (document, ())


@pytest.mark.parametrize("type_name", overridden_types())
def test_plain_inputs_are_write_only_and_their_hidden_members_exist(type_name: str) -> None:
    resource_type, plain = CATALOG.get(type_name), override_for(type_name).plain_inputs

    for path, members in plain.items():
        assert resource_type.write_only.covers(path)
        assert all(resource_type.node((*path, *parse(member))) is not None for member in members)


def test_a_launch_template_is_veiled_in_its_user_data_alone() -> None:
    template, database = CATALOG.get("AWS::EC2::LaunchTemplate"), CATALOG.get("AWS::RDS::DBInstance")
    hidden = masked_inputs(template.name, template.write_only)

    assert hidden.covers(("LaunchTemplateData", "UserData"))
    assert not hidden.covers(("LaunchTemplateData", "InstanceType"))
    assert masked_inputs(database.name, database.write_only).covers(("MasterUserPassword",))
