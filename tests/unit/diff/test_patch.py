"""What is sent for a set of differences, with an independent library as the judge of what it does."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import jsonpatch
import pytest

from cloudwright.diff.compare import compare_live
from cloudwright.diff.patch import build_patch, to_json
from cloudwright.errors import PlanError
from cloudwright.secret import secret
from diff_kit import context_of, recorded
from diff_samples import known, widget

if TYPE_CHECKING:
    from cloudwright.diff.context import ComparisonContext

DISTRIBUTION = "AWS::ImageBuilder::DistributionConfiguration"


def sent(
    desired: dict[str, Any], live: dict[str, Any], before: dict[str, Any], context: ComparisonContext | None = None
) -> list[dict[str, Any]]:
    context = context or widget()
    differences = compare_live(context, desired, live, recorded(context, before))
    patch = build_patch(context, desired=desired, live=live, differences=differences)
    operations: list[dict[str, Any]] = json.loads(to_json(patch))
    return operations


def handled(
    desired: dict[str, Any], live: dict[str, Any], before: dict[str, Any], context: ComparisonContext | None = None
) -> Any:
    """What the update handler sees."""
    return jsonpatch.apply_patch(live, sent(desired, live, before, context))


def test_one_changed_leaf_is_one_operation_next_to_a_create_only_sibling_cc1() -> None:
    before = {"Disk": {"Kind": "ssd", "Size": 1, "Label": "x"}}

    operations = sent({"Disk": {"Kind": "ssd", "Size": 2, "Label": "x"}}, before, before)

    assert [{"op": "replace", "path": "/Disk/Size", "value": 2}] == operations


def test_an_empty_value_of_a_read_leaves_with_an_update_of_something_else_though_one_is_declared_cc14() -> None:
    """Somebody emptied a list that may not be empty; a read returns it so, and AWS refuses it in each update."""
    settings = {"Name": "image-{{ imagebuilder:buildDate }}", "TargetAccountIds": ["111111111111"]}
    before: dict[str, Any] = {
        "Name": "one",
        "Description": "old",
        "Distributions": [{"Region": "us-east-1", "AmiDistributionConfiguration": settings}],
    }
    live = copy.deepcopy(before)
    live["Distributions"][0]["AmiDistributionConfiguration"]["TargetAccountIds"] = []
    context = context_of(DISTRIBUTION)
    desired = {**before, "Description": "new"}
    edit = [one for one in compare_live(context, desired, live, before) if one.path == ("Description",)]

    patch = build_patch(context, desired=desired, live=live, differences=edit, before=before)

    result = jsonpatch.apply_patch(live, to_json(patch))
    assert result["Description"] == "new"
    assert result["Distributions"] == [
        {"Region": "us-east-1", "AmiDistributionConfiguration": {"Name": settings["Name"]}}
    ]


def test_dropping_a_block_spares_the_create_only_leaf_inside_cc1() -> None:
    context = widget()
    live = {"Disk": {"Kind": "ssd", "Size": 1, "Label": "x"}}
    differences = compare_live(context, {}, live, live)

    patch = build_patch(context, desired={}, live=live, differences=differences)

    assert {"/Disk/Size", "/Disk/Label"} == {one.pointer for one in patch}


def test_a_dropped_block_goes_as_a_whole_with_the_read_only_leaf_inside_cc7() -> None:
    context = context_of("AWS::S3Files::FileSystem")
    imports = {"Prefix": "", "SizeLessThan": 1}
    rules = {"ImportDataRules": [imports], "ExpirationDataRules": [{"DaysAfterLastAccess": 1}]}
    before = {"Bucket": "b", "RoleArn": "r", "SynchronizationConfiguration": rules}
    live = {**before, "SynchronizationConfiguration": {**rules, "LatestVersionNumber": 3}}

    operations = sent({"Bucket": "b", "RoleArn": "r"}, live, before, context)

    assert [{"op": "remove", "path": "/SynchronizationConfiguration"}] == operations


def test_write_only_values_are_added_again_but_not_create_only_ones_cc3_cc4_cc5() -> None:
    desired = {"Size": 2, "Password": "p", "Seed": "s", "Login": {"Token": "t"}}

    operations = sent(desired, {"Size": 1}, {**desired, "Size": 1})

    assert [
        {"op": "replace", "path": "/Size", "value": 2},
        {"op": "add", "path": "/Password", "value": "p"},
        {"op": "add", "path": "/Login", "value": {"Token": "t"}},
    ] == operations


def test_a_hidden_block_is_added_again_without_the_create_only_leaf_inside_cc3() -> None:
    context = widget({"writeOnlyProperties": ["/properties/Disk"]})
    desired = {"Size": 2, "Disk": {"Kind": "ssd", "Label": "x"}}

    operations = sent(desired, {"Size": 1}, {**desired, "Size": 1}, context)

    assert [("/Size", 2), ("/Disk", {"Label": "x"})] == [(one["path"], one["value"]) for one in operations]


def test_write_only_values_alone_are_no_change_cc12() -> None:
    desired = {"Size": 1, "Password": "p"}

    assert [] == sent(desired, {"Size": 1}, desired)


def test_a_changed_write_only_value_is_an_add_cc4() -> None:
    assert [{"op": "add", "path": "/Password", "value": "new"}] == sent({"Password": "new"}, {}, {"Password": "old"})


def test_write_only_values_reach_the_right_element_of_a_shuffled_set_cc5_cc9() -> None:
    desired = {"Size": 2, "Users": [{"Name": "a", "Pin": "1"}, {"Name": "b", "Pin": "2"}]}
    live = {"Size": 1, "Users": [{"Name": "b"}, {"Name": "a"}]}

    result = handled(desired, live, {**desired, "Size": 1})

    assert [{"Name": "b", "Pin": "2"}, {"Name": "a", "Pin": "1"}] == result["Users"]


def test_what_was_never_declared_is_not_removed_cc8() -> None:
    live = {"Size": 1, "Text": "service", "Labels": {"theirs": "1", "mine": "1"}}

    operations = sent({"Size": 1, "Labels": {"ours": "1"}}, live, {"Size": 1, "Labels": {"mine": "1"}})

    assert ["/Labels/ours", "/Labels/mine"] == [one["path"] for one in operations]


def test_an_unordered_list_is_written_whole_cc9() -> None:
    before = {"Bag": ["a", "b", "c"]}

    operations = sent({"Bag": ["a", "c", "d"]}, {"Bag": ["c", "b", "a"]}, before)

    assert [{"op": "replace", "path": "/Bag", "value": ["c", "a", "d"]}] == operations


def test_a_whole_list_keeps_what_nobody_declared_inside_its_elements_cc8() -> None:
    before = {"Rules": [{"Port": 1, "From": "a"}, {"Port": 2, "From": "b"}]}
    live = {"Rules": [{"Port": 2, "From": "b", "Note": "filled"}, {"Port": 1, "From": "a"}]}

    result = handled({"Rules": [{"Port": 1, "From": "a"}, {"Port": 2, "From": "c"}]}, live, before)

    assert {"Port": 2, "From": "c", "Note": "filled"} in result["Rules"]


def test_several_removals_go_from_the_end_backwards_and_last_cc10() -> None:
    before = {"List": ["a", "b", "c", "d"], "Text": "x"}

    operations = sent({"List": ["a", "b"], "Size": 1}, before, before)

    assert ["/Size", "/Text", "/List/3", "/List/2"] == [one["path"] for one in operations]


def test_elements_with_read_only_leaves_are_edited_in_place_behind_a_guard_cc7_cc9() -> None:
    before = {"Ports": [{"Number": 1, "Note": "x"}, {"Number": 2, "Note": "y"}]}
    live = {"Ports": [{"PortId": "p2", "Number": 2, "Note": "y"}, {"PortId": "p1", "Number": 1, "Note": "x"}]}

    operations = sent({"Ports": [{"Number": 1, "Note": "z"}, {"Number": 2, "Note": "y"}]}, live, before)

    assert [
        {"op": "test", "path": "/Ports/1/PortId", "value": "p1"},
        {"op": "replace", "path": "/Ports/1/Note", "value": "z"},
    ] == operations


def test_a_removed_property_gets_the_default_that_an_override_knows_cc13() -> None:
    context = widget(override=known(restore_defaults={("Size",): 8}))

    assert [{"op": "replace", "path": "/Size", "value": 8}] == sent({}, {"Size": 9}, {"Size": 9}, context)


def test_undeclared_husks_leave_with_the_change_but_are_none_by_themselves_cc14_cc17() -> None:
    live = {"Size": 1, "Limited": [], "Text": "", "Bag": [], "Role": None}

    operations = sent({"Size": 2}, live, {"Size": 1})

    assert [("replace", "/Size"), ("remove", "/Text"), ("remove", "/Role"), ("remove", "/Limited")] == [
        (one["op"], one["path"]) for one in operations
    ]
    assert [] == sent({"Size": 1}, live, {"Size": 1})


def test_null_elements_are_scrubbed_cc16() -> None:
    assert {"Size": 2, "List": ["a"]} == handled({"Size": 2}, {"Size": 1, "List": [None, "a"]}, {"Size": 1})


def test_the_flagship_updates_its_description_past_echoed_empty_lists_cc14() -> None:
    ami = {"Name": "a {{ imagebuilder:buildDate }}"}
    desired = {
        "Name": "n",
        "Description": "new",
        "Distributions": [{"Region": "us-east-1", "AmiDistributionConfiguration": ami}],
    }
    echoed = {
        "Region": "us-east-1",
        "AmiDistributionConfiguration": {**ami, "TargetAccountIds": []},
        "FastLaunchConfigurations": [],
        "LaunchTemplateConfigurations": [],
    }
    live = {"Arn": "arn", "Name": "n", "Description": "old", "Distributions": [echoed]}

    operations = sent(desired, live, {**desired, "Description": "old"}, context_of(DISTRIBUTION))

    assert {"op": "replace", "path": "/Description", "value": "new"} in operations
    assert desired == {key: value for key, value in jsonpatch.apply_patch(live, operations).items() if key != "Arn"}
    assert not [one for one in operations if one["path"] in {"/Distributions", "/Distributions/0"}]


def test_the_flagship_changes_one_region_and_leaves_the_order_alone() -> None:
    one = {"Region": "us-east-1", "AmiDistributionConfiguration": {"Name": "a"}}
    two = {"Region": "eu-west-1", "AmiDistributionConfiguration": {"Name": "b"}}
    changed = {"Region": "eu-west-1", "AmiDistributionConfiguration": {"Name": "c"}}

    operations = sent(
        {"Name": "n", "Distributions": [one, changed]},
        {"Name": "n", "Distributions": [two, one]},
        {"Name": "n", "Distributions": [one, two]},
        context_of(DISTRIBUTION),
    )

    assert [
        {"op": "test", "path": "/Distributions/0/Region", "value": "eu-west-1"},
        {"op": "replace", "path": "/Distributions/0/AmiDistributionConfiguration/Name", "value": "c"},
    ] == operations


def test_a_union_that_changes_sides_leaves_nothing_behind_cc15_cc23() -> None:
    live = {"Action": {"Allow": {}, "Block": {}}, "Size": 1}

    assert {"Action": {"Block": {}}, "Size": 2} == handled({"Action": {"Block": {}}, "Size": 2}, live, {"Size": 1})


def test_map_keys_are_escaped_cc18() -> None:
    before = {"Labels": {"a/b~c": "1", "x": "1"}}

    operations = sent({"Labels": {"a/b~c": "2", "x": "1"}}, before, before)

    assert [{"op": "replace", "path": "/Labels/a~1b~0c", "value": "2"}] == operations


@pytest.mark.parametrize(("mode", "kept"), [("strip-system", ["k"]), ("preserve-system", ["aws:s", "k"])])
def test_system_tags_are_treated_as_the_type_needs_it_cc27(mode: str, kept: list[str]) -> None:
    context = widget(override=known(tag_mode=mode))
    live = {"Tags": [{"Key": "aws:s", "Value": "x"}, {"Key": "k", "Value": "1"}]}

    result = handled({"Tags": [{"Key": "k", "Value": "2"}]}, live, {"Tags": [{"Key": "k", "Value": "1"}]}, context)

    assert kept == [tag["Key"] for tag in result["Tags"]]


def test_system_tags_stay_untouched_while_tags_do_not_change_cc27() -> None:
    live = {"Size": 1, "Tags": [{"Key": "aws:s", "Value": "x"}]}

    assert ["/Size"] == [one["path"] for one in sent({"Size": 2}, live, {"Size": 1})]


def test_tags_no_longer_declared_go_and_those_of_others_stay_cc8() -> None:
    ours, theirs = {"Key": "ours", "Value": "1"}, {"Key": "theirs", "Value": "2"}

    assert {"Tags": [theirs]} == handled({}, {"Tags": [ours, theirs]}, {"Tags": [ours]})
    assert {} == handled({}, {"Tags": [ours]}, {"Tags": [ours]})
    context = context_of(DISTRIBUTION)
    assert {"Tags": {"theirs": "2"}} == handled({}, {"Tags": {"o": "1", "theirs": "2"}}, {"Tags": {"o": "1"}}, context)


def test_drift_that_no_plan_showed_is_not_reverted_s19() -> None:
    context = widget()
    desired, live = {"Size": 2, "Text": "mine"}, {"Size": 1, "Text": "theirs"}
    planned = [one for one in compare_live(context, desired, live, desired) if one.path == ("Size",)]

    patch = build_patch(context, desired=desired, live=live, differences=planned)

    assert ["/Size"] == [one.pointer for one in patch]


def test_touched_places_are_sent_again_though_they_look_the_same() -> None:
    context = widget()
    document = {"Size": 1, "Disk": {"Kind": "k", "Size": 2}, "Bag": ["a", "b"]}

    patch = build_patch(
        context, desired=document, live=document, differences=(), touch=[("Size",), ("Disk",), ("Bag", "1"), ("Gone",)]
    )

    assert [("add", "/Size"), ("add", "/Disk/Size"), ("add", "/Bag")] == [(one.op, one.pointer) for one in patch]


def test_json_goes_out_in_the_encoding_that_the_handler_takes_cc21() -> None:
    context = widget(override=known(json_strings={("Policy",): "string"}))

    assert [{"op": "add", "path": "/Policy", "value": '{"a": 1}'}] == sent({"Policy": {"a": 1}}, {}, {}, context)


def test_large_integers_arrive_unharmed_cc22() -> None:
    assert [{"op": "replace", "path": "/Size", "value": 2**40}] == sent({"Size": 2**40}, {"Size": 1}, {"Size": 1})


def test_secrets_are_in_clear_in_the_text_alone_cc98() -> None:
    context = widget()
    desired = {"Text": secret("canary")}
    differences = compare_live(context, desired, {}, {})

    patch = build_patch(context, desired=desired, live={}, differences=differences)

    assert "canary" in to_json(patch)
    assert "canary" not in repr(patch)


def test_a_patch_that_is_too_large_is_refused_with_its_size_cc100() -> None:
    context = widget()
    desired = {"Text": "x" * 262_144}
    patch = build_patch(context, desired=desired, live={}, differences=compare_live(context, desired, {}, {}))

    with pytest.raises(PlanError, match="262,144"):
        to_json(patch)


def test_a_reordered_list_is_written_in_the_desired_order() -> None:
    before = {"List": ["a", "b", "c"]}

    assert {"List": ["c", "a", "b"]} == handled({"List": ["c", "a", "b"]}, before, before)
    assert {"List": ["n", "a", "b", "c"]} == handled({"List": ["n", "a", "b", "c"]}, before, before)


def test_a_list_element_with_a_null_block_gets_its_values() -> None:
    assert {"Disk": {"Size": 2}} == handled({"Disk": {"Size": 2}}, {"Disk": None}, {})


TLS: dict[str, Any] = {
    "TlsExpression": {"Evaluate": {"Attribute": "TLS_PROTOCOL"}, "Operator": "MINIMUM_TLS_VERSION", "Value": "TLS1_2"}
}
LISTED: dict[str, Any] = {
    "BooleanExpression": {
        "Evaluate": {"IsInAddressList": {"AddressLists": ["a"], "Attribute": "RECIPIENT"}},
        "Operator": "IS_TRUE",
    }
}


@pytest.mark.parametrize(
    "outside",
    [
        pytest.param([LISTED, TLS], id="reordered"),
        pytest.param([LISTED], id="one removed"),
        pytest.param([TLS, TLS], id="one changed to another form"),
        pytest.param([LISTED, LISTED, TLS], id="one added in front"),
    ],
)
def test_an_update_elsewhere_leaves_elements_of_another_form_as_others_left_them_cc23(outside: list[Any]) -> None:
    context = context_of("AWS::SES::MailManagerTrafficPolicy")
    before = {"DefaultAction": "DENY", "PolicyStatements": [{"Action": "ALLOW", "Conditions": [TLS, LISTED]}]}
    desired = {**before, "DefaultAction": "ALLOW"}
    live = {"DefaultAction": "DENY", "PolicyStatements": [{"Action": "ALLOW", "Conditions": outside}]}
    planned = [one for one in compare_live(context, desired, live, before) if one.path == ("DefaultAction",)]

    patch = build_patch(context, desired=desired, live=live, differences=planned, before=before)

    assert [("replace", "/DefaultAction")] == [(one.op, one.pointer) for one in patch]


def test_a_required_block_of_which_a_read_shows_nothing_is_sent_with_its_write_only_values_cc5() -> None:
    context = context_of("AWS::CodePipeline::Webhook")
    secrets = {"AllowedIPRange": "10.0.0.0/8", "SecretToken": "token"}
    before = {"Authentication": "IP", "AuthenticationConfiguration": secrets, "TargetAction": "old"}
    desired = {**before, "TargetAction": "new"}
    live = {"Authentication": "IP", "TargetAction": "old"}  # somebody removed AllowedIPRange
    planned = [one for one in compare_live(context, desired, live, before) if one.path == ("TargetAction",)]

    patch = build_patch(context, desired=desired, live=live, differences=planned, before=before)

    assert {"SecretToken": "token"} == jsonpatch.apply_patch(live, to_json(patch))["AuthenticationConfiguration"]
