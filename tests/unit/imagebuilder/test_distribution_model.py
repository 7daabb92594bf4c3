from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.imagebuilder import access
from cloudwright.imagebuilder.access import changes
from cloudwright.imagebuilder.grid import grid
from cloudwright.imagebuilder.model import Distribution, GrantValue, Mode, RecipientKind, account_names, distributions
from cloudwright.render.images.matrix import access_text
from imagebuilder_plans import declare, distribution, entry, pipeline, plan_of, recipe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.plan.model import Declared

KEY = "arn:aws:kms:us-east-1:111111111111:key/1"
UNIT = "arn:aws:organizations::999999999999:ou/o-a1b2c3d4e5/ou-ab12-cdef3456"
ORGANIZATION = "arn:aws:organizations::999999999999:organization/o-a1b2c3d4e5"


def model(*declared: Declared) -> Distribution:
    return distributions(plan_of(*declared))[0]


def tuples(*declared: Declared) -> set[tuple[str, str, str]]:
    return {(grant.region, grant.principal.short, grant.mode.value) for grant in model(*declared).grants}


def shares(*accounts: str, **more: object) -> dict[str, object]:
    return {"LaunchPermissionConfiguration": {"UserIds": list(accounts), **more}}


def test_the_model_is_a_set_of_tuples() -> None:
    ami = {"TargetAccountIds": ["222222222222"], **shares("333333333333", OrganizationArns=[ORGANIZATION])}

    assert {
        ("us-east-1", "111111111111", "own"),
        ("us-east-1", "222222222222", "copy"),
        ("us-east-1", "333333333333", "share"),
        ("us-east-1", "o-a1b2c3d4e5", "share"),
    } == tuples(distribution(entry(ami=ami)))


def test_the_build_region_keeps_the_source_image_even_if_no_entry_names_it() -> None:
    found = model(distribution(entry("eu-west-1")))

    assert ("us-east-1", "eu-west-1") == found.regions
    assert (1, 0) == (found.owned("us-east-1"), found.copies("us-east-1"))


def test_a_configuration_that_distributes_containers_makes_no_images() -> None:
    container = {"TargetRepository": {"Service": "ECR", "RepositoryName": "team/app"}}
    found = model(distribution({"Region": "eu-west-1", "ContainerDistributionConfiguration": container}))

    assert ["team/app"] == [grant.repository for grant in found.grants]
    assert 0 == sum(found.owned(region) for region in found.regions)


def test_the_build_account_gets_no_copy_of_its_own_image() -> None:
    found = model(distribution(entry(ami={"TargetAccountIds": ["111111111111"], **shares("111111111111")})))

    assert [Mode.OWN] == [grant.mode for grant in found.grants]


def test_unknown_values_become_principals_and_regions_of_their_own() -> None:
    some = {"TargetAccountIds": [{"$unknown": "account:/Id"}], "LaunchPermissionConfiguration": {"$unknown": "x:/P"}}
    found = model(distribution(entry(ami=some), {**entry(), "Region": {"$unknown": "place:/Region"}}))

    assert {"(account:/Id)", "(x:/P)"} == {
        one.principal.id for one in found.grants if one.principal.kind is RecipientKind.UNKNOWN
    }
    assert "(place:/Region)" in found.regions


def test_secrets_have_no_fingerprint_in_the_model() -> None:
    found = model(distribution(entry(ami={"TargetAccountIds": [{"$secret": "f00"}]})))

    assert "(secret)" in {grant.principal.id for grant in found.grants}


def test_the_original_is_encrypted_by_the_recipe_and_the_copies_by_the_entry() -> None:
    dist = distribution(entry(ami={"KmsKeyId": KEY, "TargetAccountIds": ["222222222222"]}))

    plain = {grant.mode: grant.key for grant in model(dist).grants}
    sealed = {
        grant.mode: grant.key for grant in model(dist, recipe(encrypted=True, KmsKeyId="arn:r"), pipeline()).grants
    }

    assert plain[Mode.OWN] is None
    assert GrantValue("arn:r") == sealed[Mode.OWN]
    assert GrantValue(KEY) == sealed[Mode.COPY]


def test_the_key_of_aws_is_no_customer_key() -> None:
    found = model(distribution(entry("eu-west-1", {"KmsKeyId": "alias/aws/ebs"})))

    assert {None} == {grant.key for grant in found.grants}


@pytest.mark.parametrize(
    ("principal", "condition", "admitted"),
    [
        ({"AWS": "arn:aws:iam::222222222222:root"}, None, (True, False)),
        ({"AWS": ["333333333333", "222222222222"]}, None, (True, False)),
        ({"AWS": "arn:aws:iam::333333333333:root"}, None, (False, False)),
        ({"AWS": "*"}, None, (True, True)),
        ("*", {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*/ou-ab12-cdef3456/*"}}, (None, True)),
        ("*", {"StringEquals": {"aws:SourceVpc": "vpc-1"}}, (None, None)),
        ({"$unknown": "x:/y"}, None, (None, None)),
    ],
)
def test_whom_a_key_admits(principal: object, condition: object, admitted: tuple[bool | None, bool | None]) -> None:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "kms:*", "Condition": condition}
    key = declare("key", "AWS::KMS::Key", {"KeyPolicy": {"Statement": [statement]}}, region="eu-west-1")
    ami = {"KmsKeyId": KEY, **shares("222222222222", OrganizationalUnitArns=[UNIT])}
    path = "/Distributions/0/AmiDistributionConfiguration/KmsKeyId"
    found = model(distribution(entry("eu-west-1", ami), references={path: "key:/Arn"}), key)

    assert list(admitted) == [grant.admitted for grant in found.grants if grant.mode is Mode.SHARE]


def test_a_statement_that_only_describes_admits_nobody() -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:DescribeKey"}
    key = declare("key", "AWS::KMS::Key", {"KeyPolicy": {"Statement": [statement]}}, region="eu-west-1")
    alias = declare(
        "alias", "AWS::KMS::Alias", {"TargetKeyId": {"$unknown": "key:/Arn"}}, references={"/TargetKeyId": "key:/Arn"}
    )
    path = "/Distributions/0/AmiDistributionConfiguration/KmsKeyId"
    dist = distribution(
        entry("eu-west-1", {"KmsKeyId": KEY, **shares("222222222222")}), references={path: "alias:/Arn"}
    )

    assert [False] == [grant.admitted for grant in model(dist, key, alias).grants if grant.mode is Mode.SHARE]


def test_settings_stick_to_their_account() -> None:
    ami = {"TargetAccountIds": ["222222222222"]}
    more: dict[str, Any] = {
        "SsmParameterConfigurations": [{"ParameterName": "/imagebuilder/a", "AmiAccountId": "222222222222"}],
        "LaunchTemplateConfigurations": [{"LaunchTemplateId": "lt-1"}],
        "FastLaunchConfigurations": [{"Enabled": True, "AccountId": "222222222222"}, {"Enabled": False}],
    }
    rows = grid(model(distribution(entry(ami=ami, **more)))).rows

    assert [("T",), ("P", "F")] == [row.cells[0].marks for row in rows]


def test_rows_are_sorted_copies_before_shares_and_the_public_last() -> None:
    ami = {
        "TargetAccountIds": ["555555555555"],
        **shares("222222222222", UserGroups=["all"], OrganizationArns=[ORGANIZATION], OrganizationalUnitArns=[UNIT]),
    }
    rows = grid(model(distribution(entry(ami=ami)))).rows

    assert ["111111111111 build", "555555555555", "222222222222", "ou-ab12-cdef3456", "o-a1b2c3d4e5", "PUBLIC"] == [
        row.label for row in rows
    ]


def test_accounts_are_called_by_the_profile_that_reaches_them() -> None:
    role = declare("role", "AWS::IAM::Role", account="222222222222", profile="dev")

    assert {"222222222222": "dev"} == account_names(plan_of(role))


def change(before: Mapping[str, object], after: Mapping[str, object]) -> access.AccessChange:
    was = {"Name": "golden-dist", "Distributions": [before]}
    return changes(plan_of(distribution(after, previous=was)))[0]


def test_turning_public_is_distinguished() -> None:
    found = change(entry(), entry(ami=shares(UserGroups=["all"])))

    assert found.turns_public
    assert "PUBLIC  no -> yes" in access.sentences(found, {})
    assert "GAINS   launch   PUBLIC in us-east-1 (share)" in access.sentences(found, {})


def test_staying_public_is_no_turn() -> None:
    public = shares(UserGroups=["all"])
    found = change(entry(ami=public), entry(ami=shares("222222222222", UserGroups=["all"])))

    assert not found.turns_public
    assert "PUBLIC  yes -> yes" in access.sentences(found, {})


def test_a_new_configuration_only_gives() -> None:
    (found,) = changes(plan_of(distribution(entry(ami=shares("222222222222")))))

    assert found.before is None
    assert "GAINS   launch   111111111111 build in us-east-1 (own)" in access.sentences(found, {})
    assert () == found.loses
    assert access_text(found).endswith("\nTakes effect at the next pipeline run.")


def test_one_sentence_names_all_regions_of_a_principal() -> None:
    ami = shares("222222222222")
    was = {"Name": "golden-dist", "Distributions": [entry(), entry("eu-west-1")]}
    dist = distribution(entry(ami=ami), entry("eu-west-1", ami), previous=was)

    assert "GAINS   launch   222222222222 dev in us-east-1, eu-west-1 (share)" in access.sentences(
        changes(plan_of(dist))[0], {"222222222222": "dev"}
    )


def test_the_order_of_lists_and_entries_is_no_change() -> None:
    ami, other = shares("222222222222", "333333333333"), shares("333333333333", "222222222222")
    was = {"Name": "golden-dist", "Distributions": [entry("eu-west-1"), entry(ami=ami)]}

    assert changes(plan_of(distribution(entry(ami=other), entry("eu-west-1"), previous=was)))[0].empty


@pytest.mark.parametrize(
    "more",
    [
        {"ami": {"KmsKeyId": KEY}},
        {"SsmParameterConfigurations": [{"ParameterName": "/imagebuilder/b"}]},
        {"LaunchTemplateConfigurations": [{"LaunchTemplateId": "lt-1", "SetDefaultVersion": True}]},
    ],
)
def test_changed_attributes_are_amber(more: dict[str, object]) -> None:
    ami = more.pop("ami", {})
    was = entry("eu-west-1", SsmParameterConfigurations=[{"ParameterName": "/imagebuilder/a"}])
    now = {**was, **entry("eu-west-1", ami, **more)}  # type: ignore[arg-type]

    assert "~O" in access_text(change(was, now))


def test_a_value_that_is_not_known_yet_is_no_change() -> None:
    was = entry("eu-west-1", {"KmsKeyId": KEY})

    assert change(was, entry("eu-west-1", {"KmsKeyId": {"$unknown": "key:/Arn"}})).empty


def test_unchanged_values_are_shown_beside_changes() -> None:
    both = {"TargetAccountIds": ["222222222222"], **shares("222222222222")}

    assert "222222222222         S -C" in access_text(change(entry(ami=both), entry(ami=shares("222222222222"))))
