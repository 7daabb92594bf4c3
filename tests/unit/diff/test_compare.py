"""What counts as a difference and what does not."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from cloudwright.diff.compare import compare_both, compare_declared, compare_live
from cloudwright.diff.context import ComparisonContext
from cloudwright.secret import secret
from cloudwright.target import Target
from diff_kit import context_of, fingerprint, recorded
from diff_samples import known, widget


class Placeholder:
    pass


def is_placeholder(value: object) -> bool:
    return isinstance(value, Placeholder)


def live(
    desired: dict[str, Any], found: dict[str, Any], context: ComparisonContext | None = None
) -> list[tuple[Any, ...]]:
    """Differences to a live document whose resource was last deployed with the same declaration."""
    context = context or widget()
    differences = compare_live(context, desired, found, recorded(context, desired))
    return [(one.kind, "/".join(one.path), one.old, one.new) for one in differences]


def test_only_declared_places_are_compared_cc31() -> None:
    assert [] == live({"Name": "n"}, {"Name": "n", "Size": 8, "Disk": {"Size": 1}, "Id": "i"})


def test_a_declared_value_reset_to_its_default_is_found_cc45() -> None:
    assert [("replace", "Size", 8, 9)] == live({"Size": 9}, {"Size": 8})


def test_read_only_properties_never_differ_cc48() -> None:
    assert [] == live({"Id": "mine", "Name": "n"}, {"Id": "theirs", "Name": "n"})


def test_a_property_that_is_no_longer_declared_is_removed_but_only_then_cc8() -> None:
    context = widget()
    found = {"Name": "n", "Size": 8, "Text": "filled in"}

    differences = compare_live(context, {"Name": "n"}, found, {"Name": "n", "Size": 8})

    assert [("remove", ("Size",))] == [(one.kind, one.path) for one in differences]


def test_nulls_are_absent_in_every_document_cc16_cc20() -> None:
    assert [] == live({"Text": None, "List": ["a", None]}, {"List": ["a"], "Size": None})
    assert [] == live({"Rules": [{"Port": 1, "From": None}]}, {"Rules": [{"Port": 1}]})


@pytest.mark.parametrize(
    ("name", "want", "have"),
    [
        ("Bag", ["a", "b", "b"], ["b", "a", "b"]),
        ("Rules", [{"Port": 1}, {"Port": 2}], [{"Port": 2, "Note": "filled"}, {"Port": 1}]),
        ("Tags", [{"Key": "a", "Value": "1"}], [{"Key": "aws:x", "Value": "y"}, {"Key": "a", "Value": "1"}]),
        ("Attributes", [{"Key": "a", "Value": "1"}], [{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}]),
        ("Timeout", 300, "300"),
        ("Size", 3, 3.0),
        ("Size", 2**40, 2**40),
        ("Region", "EU-West-1", "eu-west-1"),
        ("Mystery", "anything", "else"),
        ("Policy", {"a": [1]}, '{ "a": [ 1 ] }'),
        ("Text", '{"a":1,"b":2}', '{"b": 2, "a": 1}'),
        ("List", [], None),
    ],
)
def test_the_same_meaning_in_another_spelling_is_no_difference(name: str, want: Any, have: Any) -> None:
    assert [] == live({name: want}, {name: have})


@pytest.mark.parametrize(
    ("name", "want", "have"),
    [
        ("Bag", ["a", "b"], ["a", "a"]),
        ("Size", 1, True),
        ("Role", "5", 5),
        ("Region", "eu-west-1", "us-east-1"),
        ("Action", {"Allow": {}}, {"Block": {}}),
        ("Text", "A", "a"),
    ],
)
def test_another_meaning_is_a_difference(name: str, want: Any, have: Any) -> None:
    assert live({name: want}, {name: have})


@pytest.mark.parametrize("recipe", ["ImageRecipe", "ContainerRecipe"])
@pytest.mark.parametrize(("have", "same"), [("1.0.12", True), ("1.1.0", False), ("11.0.2", False)])
def test_a_version_wildcard_stands_for_the_number_that_the_service_took_cc40(
    recipe: str, have: str, *, same: bool
) -> None:
    context = context_of(f"AWS::ImageBuilder::{recipe}")

    found = compare_live(context, {"Version": "1.0.x"}, {"Version": have}, {"Version": "1.0.x"})

    assert same is (found == ())


def test_an_ordered_list_in_another_order_is_a_difference_of_its_own_kind_cc30() -> None:
    assert [("order", "List", ["b", "a"], ["a", "b"])] == live({"List": ["a", "b"]}, {"List": ["b", "a"]})


def test_an_override_knows_that_the_order_means_nothing_cc30() -> None:
    context = widget(override=known(unordered=[("List",)]))

    assert [] == live({"List": ["a", "b"]}, {"List": ["b", "a"]}, context)


def test_differences_are_shown_inside_the_elements_of_a_set() -> None:
    want = {"Rules": [{"Port": 1, "From": "a", "Note": "x"}, {"Port": 2, "From": "b", "Note": "y"}]}
    have = {"Rules": [{"Port": 2, "From": "b", "Note": "z"}, {"Port": 1, "From": "a", "Note": "x"}]}

    (found,) = compare_live(widget(), want, have, want)

    assert (("Rules", "1", "Note"), ("Rules", "0", "Note")) == (found.path, found.at)
    assert ("z", "y") == (found.old, found.new)


def test_an_insertion_into_an_ordered_list_does_not_touch_what_follows() -> None:
    assert [("add", "List/0", None, "new")] == live({"List": ["new", "a", "b"]}, {"List": ["a", "b"]})


def test_list_elements_are_found_by_the_key_that_an_override_names() -> None:
    context = widget(override=known(list_keys={("Zones",): "Zone"}))
    want = {"Zones": [{"Zone": "a", "Weight": "1"}, {"Zone": "b", "Weight": "2"}]}
    have = {"Zones": [{"Zone": "b", "Weight": "9"}, {"Zone": "a", "Weight": "1"}]}

    assert [("replace", "Zones/1/Weight", "9", "2")] == live(want, have, context)


def test_tags_are_compared_by_key_and_those_never_declared_are_left_alone_cc41() -> None:
    want = {"Tags": [{"Key": "a", "Value": "1"}]}
    system, other = {"Key": "aws:stack", "Value": "s"}, {"Key": "other", "Value": "2"}
    have = {"Tags": [system, other, {"Key": "a", "Value": "0"}, {"Key": "gone", "Value": "3"}]}
    before = {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "gone", "Value": "3"}]}

    differences, others = compare_both(widget(), want, have, before)

    assert [("replace", "0", "2"), ("remove", "1", "3")] == [(one.kind, one.path[1], one.at[1]) for one in differences]
    assert [other] == [one.old for one in others]


def test_an_arn_stands_for_its_name_in_the_same_account_and_region_only_cc37() -> None:
    plain = widget()
    context = ComparisonContext(
        resource_type=plain.resource_type,
        override=plain.override,
        fingerprint=fingerprint,
        target=Target("111111111111", "us-east-1"),
    )

    assert [] == live({"Role": "admin"}, {"Role": "arn:aws:iam::111111111111:role/path/admin"}, context)
    for arn in ("sns:us-east-1:111111111111:admin", "logs:us-east-1:111111111111:log-group:admin"):
        assert [] == live({"Role": "admin"}, {"Role": f"arn:aws:{arn}"}, context)
    for other in ("arn:aws:iam::222222222222:role/admin", "arn:aws:iam::111111111111:role/other", "other", "arn:admin"):
        assert live({"Role": "admin"}, {"Role": other}, context)
    assert live({"Role": "admin"}, {"Role": "arn:aws:iam::111111111111:role/admin"}, plain)


def test_case_is_ignored_where_an_override_says_so_cc36() -> None:
    context = widget(override=known(case_insensitive=[("Text",)]))

    assert [] == live({"Text": "My-DB"}, {"Text": "my-db"}, context)


def test_a_changed_declaration_is_a_change_even_where_the_transform_tells_nothing_cc34() -> None:
    context = widget()

    assert compare_declared(context, {"Mystery": "new"}, {"Mystery": "old"})
    assert compare_live(context, {"Mystery": "new"}, {"Mystery": "o"}, {"Mystery": "old"})


def test_a_transform_that_fits_every_value_hides_no_change_cc35() -> None:
    context = widget()

    assert compare_declared(context, {"Site": "new"}, {"Site": "old"})
    assert compare_live(context, {"Site": "new"}, {"Site": "old"}, {"Site": "old"})
    assert () == compare_live(context, {"Site": "same"}, {"Site": "other"}, {"Site": "same"})


def test_elements_with_unknown_values_are_matched_by_all_leaves_of_their_known_ones() -> None:
    plain = context_of("AWS::AutoScaling::LaunchConfiguration")
    context = dataclasses.replace(plain, is_unknown=is_placeholder)
    plug = {"DeviceName": "a", "NoDevice": False}
    disk = {"DeviceName": "b", "Ebs": {"SnapshotId": "s", "Throughput": 9, "VolumeSize": 5, "VolumeType": "t"}}
    named = {"DeviceName": Placeholder()}
    unknown = {**named, "Ebs": {**disk["Ebs"], "SnapshotId": Placeholder(), "VolumeType": Placeholder()}}  # type: ignore[dict-item]
    desired = {"BlockDeviceMappings": [{**named, "NoDevice": False}, unknown]}

    differences = compare_declared(context, desired, {"BlockDeviceMappings": [plug, disk]})

    assert all(one.unknown for one in differences)


@pytest.mark.parametrize(
    ("type_name", "declared", "same", "other"),
    [
        (
            "AWS::EFS::FileSystem",
            {"FileSystemProtection": {"ReplicationOverwriteProtection": "ENABLED"}},
            {"FileSystemProtection": {"ReplicationOverwriteProtection": "ENABLED"}},
            {"FileSystemProtection": {"ReplicationOverwriteProtection": "DISABLED"}},
        ),
        (
            "AWS::AmazonMQ::Broker",
            {"MaintenanceWindowStartTime": {"DayOfWeek": "monday"}},
            {"MaintenanceWindowStartTime": {"DayOfWeek": "MONDAY"}},
            {"MaintenanceWindowStartTime": {"DayOfWeek": "FRIDAY"}},
        ),
        (
            "AWS::RDS::DBInstance",
            {"MasterUserSecret": {"KmsKeyId": "key-1"}},
            {"MasterUserSecret": {"KmsKeyId": "arn:aws:kms:eu-west-1:111111111111:key/key-1"}},
            {"MasterUserSecret": {"KmsKeyId": "arn:aws:kms:eu-west-1:111111111111:key/key-2"}},
        ),
    ],
)
def test_a_transform_that_names_its_property_from_the_top_hides_no_outside_change_cc34(
    type_name: str, declared: dict[str, Any], same: dict[str, Any], other: dict[str, Any]
) -> None:
    context = context_of(type_name)

    assert [] == live(declared, same, context)
    assert ["replace"] == [kind for kind, *_ in live(declared, other, context)]


def test_write_only_values_are_compared_by_fingerprint_and_never_shown_cc5_cc99() -> None:
    context = widget()
    before = recorded(context, {"Password": "old-canary", "Login": {"Token": "t-canary"}})

    (found,) = compare_live(context, {"Password": "new-canary", "Login": {"Token": "t-canary"}}, {}, before)

    assert (("Password",), "replace", True) == (found.path, found.kind, found.secret)
    assert {"$secret"} == set(found.old) == set(found.new)  # type: ignore[call-overload]


def test_a_secret_is_compared_in_clear_and_shown_masked() -> None:
    context = widget()
    (found,) = compare_live(context, {"Text": secret("canary")}, {"Text": "other-canary"}, {})

    assert found.secret
    assert {"$secret": fingerprint("canary")} == found.new
    assert {"$secret": fingerprint("other-canary")} == found.old
    assert [] == live({"Text": secret("canary")}, {"Text": "canary"})


def test_what_was_secret_in_the_record_stays_masked_when_it_is_dropped() -> None:
    context = widget()
    before = recorded(context, {"Disk": {"Label": secret("canary")}})

    (found,) = compare_live(context, {}, {"Disk": {"Label": "canary", "Size": 1}}, before)

    assert "remove" == found.kind
    assert {"$secret": fingerprint("canary")} == found.old["Label"]  # type: ignore[index]


def test_a_write_only_value_no_longer_declared_cannot_be_unset_cc11() -> None:
    context = widget()

    (found,) = compare_live(context, {"Name": "n"}, {"Name": "n"}, recorded(context, {"Name": "n", "Password": "p"}))

    assert ("remove", True) == (found.kind, found.unsettable)


def test_at_an_adoption_write_only_values_count_as_equal_cc32() -> None:
    assert () == compare_live(widget(), {"Password": "p", "Seed": "s"}, {"Name": "n"}, None)


def test_an_unknown_value_is_a_difference_that_may_vanish() -> None:
    plain = widget()
    context = ComparisonContext(
        resource_type=plain.resource_type,
        override=plain.override,
        fingerprint=fingerprint,
        is_unknown=is_placeholder,
    )
    placeholder = Placeholder()

    found = compare_live(
        context, {"Text": placeholder, "Bag": ["a", placeholder]}, {"Text": "t", "Bag": ["b", "a"]}, {}
    )

    assert [(("Text",), True), (("Bag", "1"), True)] == [(one.path, one.unknown) for one in found]


def test_a_free_form_document_is_compared_whole() -> None:
    want = {"Policy": {"Rule": {"Deny": "x"}}}

    found, others = compare_both(widget(), want, {"Policy": {"Rule": {"Deny": "x"}, "Extra": 1}}, want)

    assert () == found
    assert [("remove", ("Policy", "Extra"), 1)] == [(one.kind, one.path, one.old) for one in others]


def test_an_empty_list_may_mean_unset_but_an_empty_branch_of_a_union_does_not() -> None:
    context = widget(override=known(empty_means_unset=[("Labels",)]))

    assert [] == live({"Labels": {}}, {}, context)
    assert [("add", "Action", None, {"Allow": {}})] == live({"Action": {"Allow": {}}}, {}, context)


def test_a_removed_property_that_is_at_its_default_is_no_difference_cc13() -> None:
    context = widget(override=known(restore_defaults={("Size",): 8}))

    assert () == compare_live(context, {}, {"Size": 8}, {"Size": 9})
    assert compare_live(context, {}, {"Size": 9}, {"Size": 9})


def test_whitespace_in_a_create_only_json_text_is_no_difference_cc44() -> None:
    text = json.dumps({"a": 1})

    assert () == compare_declared(widget(), {"Name": text}, {"Name": '{  "a":1}'})


@pytest.mark.parametrize(
    ("name", "want", "have", "differs"),
    [
        ("Size", 8, "8", False),
        ("Size", 8, "8.0", False),
        ("Size", 8, "9", True),
        ("Size", 8, "eight", True),
        ("Size", "8", 8, True),
        ("Size", 1, True, True),
        ("Size", True, "True", False),
        ("Size", True, "1", True),
        ("Timeout", "8", 8, False),
        ("Timeout", "eight", 8, True),
        ("Text", "8", 8, True),
    ],
)
def test_a_number_as_text_is_the_number_only_where_the_schema_allows_both_cc38(
    name: str, want: Any, have: Any, *, differs: bool
) -> None:
    assert bool(live({name: want}, {name: have})) is differs
