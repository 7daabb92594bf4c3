from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cloudwright.imagebuilder.regions import regions
from cloudwright.imagebuilder.rules import RULES
from cloudwright.imagebuilder.rules.names import dated
from cloudwright.plan.model import Action, Change, Step
from imagebuilder_plans import (
    DISTRIBUTION,
    PIPELINE,
    RECIPE,
    TEMPLATE,
    declare,
    distribution,
    entry,
    pipeline,
    plan_of,
    recipe,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.plan.model import Declared, Finding

BY_ID = {rule.id: rule for rule in RULES}
ROLE = "EC2ImageBuilderDistributionCrossAccountRole"
KEY = "arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab"
COPIES: Mapping[str, object] = {"TargetAccountIds": ["222222222222"]}


def run(id: str, *declared: Declared) -> list[Finding]:
    return list(BY_ID[id](plan_of(*declared)))


def fixes(id: str, *declared: Declared) -> list[str]:
    return [single.fix for single in run(id, *declared)]


def test_both_blocks_in_one_entry_are_too_many() -> None:
    both = entry(ContainerDistributionConfiguration={"ContainerTags": ["1"]})

    assert "both" in run("IB101", distribution(both))[0].text


@pytest.mark.parametrize(
    ("name", "better"),
    [
        ("golden-ami", "golden-ami-{{ imagebuilder:buildDate }}"),
        ("golden/{{imagebuilder:buildDate}}", "golden-{{imagebuilder:buildDate}}"),
        (" golden. ", "golden-{{ imagebuilder:buildDate }}"),
        ("golden-{imagebuilder:buildDate}", "golden-{{ imagebuilder:buildDate }}"),
        ("golden-{{ imagebuilder.buildDate }}-x", "golden-{{ imagebuilder:buildDate }}-x"),
        ("{{imagebuilder:builddate}}", "{{ imagebuilder:buildDate }}"),
        ("golden ${ImageBuilder:BuildDate}", "golden {{ imagebuilder:buildDate }}"),
        ("x" * 90 + "-{imagebuilder:buildDate}" + "x" * 30, "x" * 90 + "-xxxxxxx-{{ imagebuilder:buildDate }}"),
        ("", "image-{{ imagebuilder:buildDate }}"),
        ("x" * 200, "x" * 98 + "-{{ imagebuilder:buildDate }}"),
    ],
)
def test_the_corrected_ami_name_passes_both_rules(name: str, better: str) -> None:
    corrected = distribution(entry(ami={"Name": dated(name)}))

    assert better == dated(name)
    assert [] == [*run("IB103", corrected), *run("IB104", corrected)]


def test_the_fix_says_how_an_f_string_keeps_its_braces() -> None:
    (one,) = fixes("IB103", distribution(entry(ami={"Name": "golden-{imagebuilder:buildDate}"})))
    assert one == (
        'Write "golden-{{ imagebuilder:buildDate }}"; in an f-string, write each of its braces twice: '
        "{{{{ imagebuilder:buildDate }}}}."
    )


def test_the_region_of_a_fix_is_the_nearest() -> None:
    """A Region that only looks alike would get the images instead."""
    names = [name for name, one in regions().by_name.items() if one.partition == "aws"]
    written = {name: _typos(name) - set(names) for name in names}
    wrong = {
        typo: fix
        for name, typos in written.items()
        for typo in typos
        for fix in fixes("IB110", distribution({**entry(), "Region": typo}))
        if fix != f'Write "{name}".'
    }
    assert {} == wrong


def _typos(region: str) -> set[str]:
    """The name with two letters of its middle word exchanged, and with its zone."""
    start, end = region.index("-") + 1, region.rindex("-")
    pairs = range(start, end - 1)
    return {f"{region[:at]}{region[at + 1]}{region[at]}{region[at + 2 :]}" for at in pairs} | {f"{region}a"}


def test_the_parameter_of_a_fix_has_a_valid_name() -> None:
    """The two rules about a parameter's name propose the same one."""
    for name in ("golden ami", "/aws/golden", "a/b", "/team//x"):
        configured = distribution({**entry(), "SsmParameterConfigurations": [{"ParameterName": name}]})
        (one,) = fixes("IB127", configured)
        corrected = one.removeprefix('Write "').partition('"')[0]
        settings = [{"ParameterName": corrected}]
        assert [] == run("IB128", distribution({**entry(), "SsmParameterConfigurations": settings}))


def test_a_placeholder_without_blanks_is_a_build_date_too() -> None:
    assert [] == run("IB103", distribution(entry(ami={"Name": "golden-{{imagebuilder:buildDate}}"})))


def test_colliding_names_are_named() -> None:
    first = declare("first", DISTRIBUTION, {"Name": "Golden Dist", "Distributions": [entry()]})
    second = declare("second", DISTRIBUTION, {"Name": "golden-dist", "Distributions": [entry()]})

    (found,) = [single for single in run("IB106", first, second) if single.key == "first"]

    assert "clashes with the name of second" in found.text
    assert found.fix.startswith('Write "golden-dist-2"')


@pytest.mark.parametrize("version", ["1.0.1", "1.0.x", {"$unknown": "other:/Version"}])
def test_the_same_name_with_another_version_is_no_collision(version: object) -> None:
    first = declare("first", RECIPE, {"Name": "Golden", "Version": version})
    second = declare("second", RECIPE, {"Name": "golden", "Version": "1.0.0"})

    assert [] == run("IB106", first, second)


def test_capitals_and_blanks_in_a_name_alone_are_fine() -> None:
    assert [] == run("IB106", declare("one", DISTRIBUTION, {"Name": "My Golden_Images", "Distributions": [entry()]}))


def test_an_account_written_as_a_number_is_quoted_with_its_zeros() -> None:
    assert ['Write "012345678901".'] == fixes("IB107", distribution(entry(ami={"TargetAccountIds": [12345678901]})))


def test_an_account_listed_twice_is_reported_once() -> None:
    twice = distribution(entry(ami={"TargetAccountIds": ["222222222222", "222222222222"]}))

    assert ["/Distributions/0/AmiDistributionConfiguration/TargetAccountIds/1"] == [
        single.path for single in run("IB107", twice)
    ]


def test_more_accounts_than_the_service_takes() -> None:
    many = [f"{number:012}" for number in range(1537)]

    assert "1537 accounts" in run("IB107", distribution(entry(ami={"TargetAccountIds": many})))[0].text


def test_a_region_of_another_partition_is_not_a_typo() -> None:
    assert "partition aws-cn" in run("IB110", distribution(entry("cn-north-1")))[0].text


@pytest.mark.parametrize("region", ["us-west-1", "us-west-2", "eu-north-1", "ap-northeast-3"])
def test_regions_from_before_2019_need_no_opt_in(region: str) -> None:
    assert [] == [*run("IB110", distribution(entry(region))), *run("IB111", distribution(entry(region)))]


def test_a_public_image_of_an_encrypting_recipe_is_refused() -> None:
    public = distribution(entry(ami={"LaunchPermissionConfiguration": {"UserGroups": ["all"]}}))

    assert ["/Distributions/0/AmiDistributionConfiguration/LaunchPermissionConfiguration/UserGroups"] == [
        single.path for single in run("IB114", public, recipe(encrypted=True), pipeline())
    ]
    assert [] == run("IB114", public, recipe(encrypted=False), pipeline())


def test_the_alias_launch_permission_is_judged_like_the_property_itself() -> None:
    public = distribution(entry(ami={"LaunchPermission": {"UserGroups": ["all"]}}))

    assert ["/Distributions/0/AmiDistributionConfiguration/LaunchPermission/UserGroups/0"] == [
        single.path for single in run("IB113", public)
    ]


def test_a_unit_may_include_the_account_so_nothing_is_reported_about_its_permission() -> None:
    unit = "arn:aws:organizations::111111111111:ou/o-a1b2c3d4e5/ou-ab12-11111111"
    shared = {**COPIES, "LaunchPermissionConfiguration": {"OrganizationalUnitArns": [unit]}}

    assert [] == run("IB119", distribution(entry(ami=shared)))


def test_a_key_of_the_program_tells_its_region_before_it_exists() -> None:
    path = "/Distributions/0/AmiDistributionConfiguration/KmsKeyId"
    dist = distribution(entry("eu-west-1", {"KmsKeyId": {"$unknown": "key:/Arn"}}), references={path: "key:/Arn"})

    assert [path] == [single.path for single in run("IB121", dist, declare("key", "AWS::KMS::Key"))]
    assert [] == run("IB121", dist, declare("key", "AWS::KMS::ReplicaKey", region="eu-west-1"))


def test_a_bare_alias_becomes_an_arn() -> None:
    dist = distribution(entry("eu-west-1", {"KmsKeyId": "alias/golden"}))

    assert ['Write "arn:aws:kms:eu-west-1:111111111111:alias/golden".'] == fixes("IB122", dist)


def test_a_share_of_the_source_image_needs_no_key_of_the_entry_if_the_recipe_has_one() -> None:
    shared = distribution(entry(ami={"LaunchPermissionConfiguration": {"UserIds": ["222222222222"]}}))

    assert [] == run("IB123", shared, recipe(encrypted=True, KmsKeyId=KEY), pipeline())
    assert 1 == len(run("IB123", shared, recipe(encrypted=True), pipeline()))


def test_a_literal_arn_ties_the_pipeline_to_its_distribution() -> None:
    place = "arn:aws:imagebuilder:us-east-1:111111111111"
    arns = {
        "ImageRecipeArn": f"{place}:image-recipe/r-1/1.0.0",
        "DistributionConfigurationArn": f"{place}:distribution-configuration/golden-dist",
    }
    user = declare("pipeline", PIPELINE, {"Name": "p", **arns})

    assert 1 == len(run("IB123", distribution(entry("eu-west-1"), entry()), recipe(encrypted=True), user))


def role(
    name: str = ROLE, trusted: str = "arn:aws:iam::111111111111:root", policies: object = (), **more: object
) -> Declared:
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": "sts:AssumeRole"}]}
    managed = ["arn:aws:iam::aws:policy/Ec2ImageBuilderCrossAccountDistributionAccess"]
    properties = {"AssumeRolePolicyDocument": trust, "ManagedPolicyArns": managed, "Policies": policies}
    return declare("role", "AWS::IAM::Role", {"RoleName": name, **properties, **more}, account="222222222222")


@pytest.mark.parametrize(
    ("declared", "shown"),
    [
        (role(), ""),
        (role(trusted="111111111111"), ""),
        (role(AssumeRolePolicyDocument={"$unknown": "x:/y"}), ""),
        (role(AssumeRolePolicyDocument=json.dumps(role().properties["AssumeRolePolicyDocument"])), ""),
        (role(trusted="arn:aws:iam::999999999999:root"), "does not trust the build account 111111111111"),
        (role(ManagedPolicyArns=[]), "lacks the managed policy"),
        (role(name="EC2ImageBuilderDistributionCrossAccountrole"), f"must be exactly {ROLE}"),
        (role(name="Other"), f"declares no role {ROLE} in account 222222222222"),
        (declare("role", "AWS::IAM::Role", {}, account="222222222222", existing=True), ""),
        (declare("role", "AWS::IAM::Role", {"RoleName": {"$unknown": "x:/y"}}, account="222222222222"), ""),
    ],
)
def test_the_cross_account_role_is_read_closely(declared: Declared, shown: str) -> None:
    found = run("IB125", distribution(entry(ami=COPIES)), declared)

    assert bool(shown) == bool(found)
    assert shown in "".join(single.text for single in found)


def test_with_keys_the_cross_account_role_must_be_allowed_to_use_them() -> None:
    dist = distribution(entry(ami={**COPIES, "KmsKeyId": KEY}))
    allowed = [{"PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]}}]

    assert "may not use the keys" in run("IB125", dist, role(policies=[]))[0].text
    assert [] == run("IB125", dist, role(policies=allowed))


def test_many_accounts_without_a_role_make_one_finding() -> None:
    many = [f"{number:012}" for number in range(300, 400)]

    (found,) = run("IB125", distribution(entry(ami={"TargetAccountIds": many})))

    assert (
        "100 accounts (000000000300, 000000000301, 000000000302, 000000000303, 000000000304 and 95 more)" in found.text
    )


@pytest.mark.parametrize(("action", "count"), [("ssm:PutParameter", 0), ("ssm:*", 0), ("ssm:GetParameter", 1)])
def test_an_execution_role_that_may_write_parameters_is_enough(action: str, count: int) -> None:
    dist = distribution(entry(SsmParameterConfigurations=[{"ParameterName": "/golden"}]))
    policy = {"PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}}
    writer = declare("writer", "AWS::IAM::Role", {"Policies": [policy]})
    user = pipeline()
    properties = {**user.properties, "ExecutionRole": {"$unknown": "writer:/Arn"}}
    references = {**user.references, "/ExecutionRole": "writer:/Arn"}

    assert count == len(run("IB127", dist, writer, declare("pipeline", PIPELINE, properties, references=references)))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("golden", False),
        ("/a/b/c", False),
        ("golden/al2023", True),
        ("/golden ami", True),
        ("ssm-golden", True),
        ("/" + "/".join("abcdefghijklmno"), False),
        ("/" + "/".join("abcdefghijklmnop"), True),
    ],
)
def test_parameter_names(name: str, *, wrong: bool) -> None:
    found = run("IB128", distribution(entry(SsmParameterConfigurations=[{"ParameterName": name}])))

    assert wrong == bool(found)
    for single in found:
        better = json.loads(single.fix.removeprefix("Write ").removesuffix("."))
        assert [] == run("IB128", distribution(entry(SsmParameterConfigurations=[{"ParameterName": better}])))


def test_a_linux_component_gives_the_system_away() -> None:
    dist = distribution(entry(FastLaunchConfigurations=[{"Enabled": True}]))
    components = [{"ComponentArn": {"$unknown": "hardening:/Arn"}}]
    linux = declare(
        "recipe",
        "AWS::ImageBuilder::ImageRecipe",
        {"Name": "r", "ParentImage": "ami-0123456789abcdef0", "Components": components},
        references={"/Components/0/ComponentArn": "hardening:/Arn"},
    )
    hardening = declare("hardening", "AWS::ImageBuilder::Component", {"Platform": "Linux"})

    assert "hardening" in run("IB131", dist, linux, hardening, pipeline())[0].text
    assert [] == run("IB131", dist, recipe(parent="ami-0123456789abcdef0"), pipeline())


def test_a_foreign_template_with_the_tag_is_content() -> None:
    path = "/Distributions/0/LaunchTemplateConfigurations/0/LaunchTemplateId"
    setting = {"LaunchTemplateId": {"$unknown": "template:/LaunchTemplateId"}, "AccountId": "222222222222"}
    dist = distribution(
        entry(ami=COPIES, LaunchTemplateConfigurations=[setting]), references={path: "template:/LaunchTemplateId"}
    )
    tags = [{"Key": "CreatedBy", "Value": "EC2 Image Builder"}]
    groups = [{"ResourceType": "launch-template", "Tags": tags}]

    assert [] == run("IB139", dist, declare("template", TEMPLATE, {"TagSpecifications": groups}))
    assert 1 == len(run("IB139", dist, declare("template", TEMPLATE, {"TagSpecifications": []})))


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("111111111111.dkr.ecr.us-east-1.amazonaws.com/team/app:1.0", "team/app"),
        ("https://111111111111.dkr.ecr.eu-west-1.amazonaws.com/team/app@sha256:00", "team/app"),
        ("Team/App:latest", "team/app"),
    ],
)
def test_the_repository_is_offered_between_host_and_tag(written: str, name: str) -> None:
    target = {"TargetRepository": {"Service": "ECR", "RepositoryName": written}}
    dist = distribution({"Region": "us-east-1", "ContainerDistributionConfiguration": target})

    assert [f'Write "{name}".'] == fixes("IB145", dist)


def test_a_misspelt_repository_is_matched_with_a_declared_one() -> None:
    target = {"TargetRepository": {"Service": "ECR", "RepositoryName": "team/ap"}}
    dist = distribution({"Region": "us-east-1", "ContainerDistributionConfiguration": target})
    repository = declare("repository", "AWS::ECR::Repository", {"RepositoryName": "team/app"})

    assert fixes("IB146", dist, repository)[0].startswith('Write "team/app", or declare')
    assert [] == run("IB146", dist)


@pytest.mark.parametrize(
    ("ami", "fix"),
    [
        ({"Tags": {"a": "b"}}, "Write AmiTags."),
        ({"amiTags": {"a": "b"}}, "Write AmiTags."),
        ({"target_account_ids": ["222222222222"]}, "Write TargetAccountIds."),
        ({"launchPermission": {"UserIds": []}}, "Write LaunchPermissionConfiguration."),
        ({"TargetAccountId": []}, "Write TargetAccountIds."),
        (
            {"FastLaunchConfigurations": []},
            "Move it to the entry of Distributions, one level up, as FastLaunchConfigurations.",
        ),
        ({"UserIds": []}, "Move it into LaunchPermissionConfiguration, as UserIds."),
        ({"LaunchPermissionConfiguration": {"userIds": []}}, "Write UserIds."),
        ({"launchPermission": {"userIds": []}}, "Write LaunchPermissionConfiguration.|Write UserIds."),
    ],
)
def test_what_was_meant(ami: dict[str, object], fix: str) -> None:
    found = run("IB148", distribution(entry(ami=ami)))

    assert fix == "|".join(single.fix for single in found)
    assert {"error"} == {single.severity for single in found}


def test_camel_case_at_the_top_is_found() -> None:
    dist = declare("dist", DISTRIBUTION, {"name": "golden-dist", "distributions": [{"region": "us-east-1"}]})

    assert {"/name", "/distributions"} == {single.path for single in run("IB148", dist)}


def test_a_property_that_resembles_nothing_is_left_to_the_schema() -> None:
    assert [] == run("IB148", distribution(entry(ami={"Zzz": 1})))


def test_the_tag_list_is_rewritten_as_a_map() -> None:
    tags = [{"Key": "app", "Value": "golden"}, {"Key": "env", "Value": {"$secret": "f"}}]

    assert ['Write "AmiTags": {"app": "golden", "env": "..."}.'] == fixes(
        "IB150", distribution(entry(ami={"AmiTags": tags}))
    )


def test_created_by_with_the_services_own_value_is_fine() -> None:
    assert [] == run("IB152", distribution(entry(ami={"AmiTags": {"CreatedBy": "EC2 Image Builder"}})))


def test_an_account_removed_from_a_region_keeps_its_images() -> None:
    before = {"Name": "golden-dist", "Distributions": [entry(ami=COPIES)]}
    dist = declare("dist", DISTRIBUTION, {"Name": "golden-dist", "Distributions": [entry()]}, previous=before)

    (found,) = run("IB156", dist)

    assert "/Distributions/0" == found.path
    assert found.text.startswith("222222222222 removed from us-east-1")


def test_the_order_of_accounts_means_nothing() -> None:
    accounts = ["222222222222", "333333333333"]
    before = {"Name": "golden-dist", "Distributions": [entry(ami={"TargetAccountIds": accounts})]}
    after = {"Name": "golden-dist", "Distributions": [entry(ami={"TargetAccountIds": accounts[::-1]})]}

    assert [] == run("IB156", declare("dist", DISTRIBUTION, after, previous=before))


def test_an_image_recipe_with_a_container_distribution() -> None:
    container = {"Region": "us-east-1", "ContainerDistributionConfiguration": {"ContainerTags": ["1"]}}

    assert (
        "builds an AMI, but dist distributes container images"
        in run("IB201", distribution(container), recipe(), pipeline())[0].text
    )


def test_a_pipeline_refers_to_its_own_region() -> None:
    far = declare("dist", DISTRIBUTION, {"Name": "golden-dist", "Distributions": [entry()]}, region="eu-west-1")

    assert ["/DistributionConfigurationArn"] == [single.path for single in run("IB202", far, recipe(), pipeline())]


@pytest.mark.parametrize(
    ("type_name", "document", "path", "other", "found"),
    [
        ("ImagePipeline", {"ImageRecipeArn": {"$unknown": "x:/Arn"}}, "/ImageRecipeArn", "Component", True),
        ("ImagePipeline", {"ContainerRecipeArn": {"$unknown": "x:/Arn"}}, "/ContainerRecipeArn", "ImageRecipe", True),
        ("ImagePipeline", {"ImageRecipeArn": {"$unknown": "x:/Arn"}}, "/ImageRecipeArn", "ImageRecipe", False),
        (
            "Image",
            {"Workflows": [{"WorkflowArn": {"$unknown": "x:/Arn"}}]},
            "/Workflows/0/WorkflowArn",
            "Component",
            True,
        ),
        (
            "ImageRecipe",
            {"Components": [{"ComponentArn": {"$unknown": "x:/Arn"}}]},
            "/Components/0/ComponentArn",
            "Workflow",
            True,
        ),
    ],
)
def test_the_arn_of_another_type_is_found_before_it_is_known(
    type_name: str, document: dict[str, object], path: str, other: str, *, found: bool
) -> None:
    user = declare("user", f"AWS::ImageBuilder::{type_name}", document, references={path: "x:/Arn"})
    noted = run("IB219", user, declare("x", f"AWS::ImageBuilder::{other}", {}))

    assert [single.path for single in noted] == ([path] if found else [])


def test_a_parameter_may_hold_any_arn() -> None:
    user = declare(
        "user",
        "AWS::ImageBuilder::ImagePipeline",
        {"ImageRecipeArn": {"$unknown": "x:/Value"}},
        references={"/ImageRecipeArn": "x:/Value"},
    )

    assert [] == run("IB219", user, declare("x", "AWS::SSM::Parameter", {}))


@pytest.mark.parametrize("now", [{"$unknown": "x:/y"}, {"$secret": "f"}])
def test_recipe_content_that_is_not_known_may_be_the_same(now: object) -> None:
    before = {"Name": "r-1", "Version": "1.0.0", "ParentImage": "ami-0aaaaaaaaaaaaaaaa"}
    same = declare("recipe", "AWS::ImageBuilder::ImageRecipe", {**before, "ParentImage": now}, previous=before)

    assert [] == run("IB205", same)


def test_a_component_needs_a_plain_new_version() -> None:
    before = {"Name": "c-1", "Version": "1.2.9", "Platform": "Linux", "Data": "a"}
    changed = declare("c", "AWS::ImageBuilder::Component", {**before, "Data": "b"}, previous=before)

    assert ['Write "1.2.10".'] == fixes("IB205", changed)


def test_hidden_content_is_judged_by_the_planned_step() -> None:
    before = {"Name": "c-1", "Version": "1.0.0", "Data": {"$secret": "f00"}}
    component = declare("c", "AWS::ImageBuilder::Component", {**before, "Data": "new"}, previous=before)
    change = Change("/Data", "replace", before["Data"], {"$secret": "f01"}, "createOnly", forces=True)
    step = Step(key="c", type=component.type, action=Action.REPLACE, target=component.target, changes=(change,))
    plan = plan_of(component)

    assert [] == list(BY_ID["IB205"](plan))
    assert ["/Version"] == [single.path for single in BY_ID["IB205"](replace(plan, steps=(step,)))]


def test_tags_of_a_recipe_change_in_place() -> None:
    before = {"Name": "r-1", "Version": "1.0.0", "ParentImage": "ami-1"}
    tagged = declare("recipe", "AWS::ImageBuilder::ImageRecipe", {**before, "Tags": {"a": "b"}}, previous=before)

    assert [] == run("IB205", tagged)


def test_a_component_document_has_a_limit() -> None:
    component = {"Name": "c-1", "Version": "1.0.0", "Data": "x" * 16001}

    assert ["/Data"] == [
        single.path for single in run("IB204", declare("c", "AWS::ImageBuilder::Component", component))
    ]


def test_a_count_filter_takes_no_unit() -> None:
    detail = {"Filter": {"Type": "COUNT", "Value": 5, "Unit": "DAYS", "RetainAtLeast": 1}}
    policy = declare("l", "AWS::ImageBuilder::LifecyclePolicy", {"PolicyDetails": [detail]})

    assert ["/PolicyDetails/0/Filter/Unit", "/PolicyDetails/0/Filter/RetainAtLeast"] == [
        single.path for single in run("IB208", policy)
    ]


def test_a_container_policy_names_no_snapshots() -> None:
    action = {"Type": "DELETE", "IncludeResources": {"Snapshots": True, "Containers": True}}
    properties = {"ResourceType": "CONTAINER_IMAGE", "PolicyDetails": [{"Action": action}]}

    assert ["/PolicyDetails/0/Action/IncludeResources/Snapshots"] == [
        single.path for single in run("IB209", declare("l", "AWS::ImageBuilder::LifecyclePolicy", properties))
    ]


def test_a_host_and_a_host_group_exclude_each_other() -> None:
    placement = {"Tenancy": "host", "HostId": "h-1", "HostResourceGroupArn": "arn:x"}
    infrastructure = declare("i", "AWS::ImageBuilder::InfrastructureConfiguration", {"Placement": placement})

    assert ["/Placement/HostResourceGroupArn"] == [single.path for single in run("IB210", infrastructure)]
