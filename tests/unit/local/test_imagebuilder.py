"""EC2 Image Builder in the local cloud: what is always on, and what only under strict rules."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.local.services.imagebuilder import slug_of
from local_kit import ACCOUNT, FLAGSHIP, REGION, Api, distribution

if TYPE_CHECKING:
    from collections.abc import Callable

STEM = f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}"
PREFIX = "AWS::ImageBuilder::"
COMPONENT_DATA = "schemaVersion: 1.0\nphases:\n- name: build\n  steps:\n  - {name: update, action: UpdateOS}\n"
WORKFLOW_DATA = "schemaVersion: 1.0\nsteps:\n- {name: wait, action: WaitForAction}\n"


def recipe(version: str = "1.0.0", **more: Any) -> dict[str, Any]:
    return {"Name": "Golden Recipe", "Version": version, "ParentImage": "ami-12345678", **more}


def component(**more: Any) -> dict[str, Any]:
    return {"Name": "Harden", "Version": "1.2.3", "Platform": "Linux", "Data": COMPONENT_DATA, **more}


async def pipeline(api: Api, **more: Any) -> dict[str, Any]:
    infrastructure = {"Name": "Builder", "InstanceProfileName": "builder"}
    return {
        "Name": "Nightly",
        "InfrastructureConfigurationArn": await api.made(PREFIX + "InfrastructureConfiguration", infrastructure),
        "ImageRecipeArn": await api.made(PREFIX + "ImageRecipe", recipe()),
        **more,
    }


@pytest.mark.parametrize(
    ("name", "slug"),
    [("BasicDistributionConfig", "basicdistributionconfig"), ("Golden Images_2", "golden-images_2"), ("a.b", "a-b")],
)
def test_a_slug_is_lower_case_with_hyphens(name: str, slug: str) -> None:
    assert slug_of(name) == slug


async def test_arns_have_the_services_form(api: Api) -> None:
    assert await api.made(FLAGSHIP, distribution()) == f"{STEM}:distribution-configuration/golden-images"
    assert await api.made(PREFIX + "Component", component()) == f"{STEM}:component/harden/1.2.3/1"
    assert await api.made(PREFIX + "ImageRecipe", recipe()) == f"{STEM}:image-recipe/golden-recipe/1.0.0"
    workflow = {"Name": "Smoke", "Version": "1.0.0", "Type": "TEST", "Data": WORKFLOW_DATA}
    assert await api.made(PREFIX + "Workflow", workflow) == f"{STEM}:workflow/test/smoke/1.0.0/1"


async def test_partitions_follow_the_region(api: Api) -> None:
    answer = await api.create(FLAGSHIP, distribution(), region="cn-north-1")
    api.clock.advance(1)

    status = await api.call("GetResourceRequestStatus", RequestToken=answer.token, region="cn-north-1")

    assert status.event["Identifier"].startswith(f"arn:aws-cn:imagebuilder:cn-north-1:{ACCOUNT}:")


async def test_recipe_wildcards_become_the_next_version(api: Api) -> None:
    arns = [await api.made(PREFIX + "ImageRecipe", recipe("1.0.x")) for _ in range(3)]
    models = [(await api.get(PREFIX + "ImageRecipe", arn)).model for arn in arns]

    assert [arn.rpartition("/")[2] for arn in arns] == ["1.0.0", "1.0.1", "1.0.2"]
    assert [model["Version"] for model in models] == ["1.0.0", "1.0.1", "1.0.2"]
    assert models[0]["LatestVersion"] == {
        "Arn": f"{STEM}:image-recipe/golden-recipe/x.x.x",
        "Major": f"{STEM}:image-recipe/golden-recipe/1.x.x",
        "Minor": f"{STEM}:image-recipe/golden-recipe/1.0.x",
        "Patch": f"{STEM}:image-recipe/golden-recipe/1.0.0",
    }


async def test_the_same_recipe_version_again_already_exists(api: Api) -> None:
    arn = await api.made(PREFIX + "ImageRecipe", recipe())

    event = await api.done(await api.create(PREFIX + "ImageRecipe", recipe(ParentImage="ami-87654321")))

    assert (event["ErrorCode"], event["Identifier"]) == ("AlreadyExists", arn)


async def test_images_of_one_recipe_are_numbered_builds(api: Api) -> None:
    source = {"ImageRecipeArn": await api.made(PREFIX + "ImageRecipe", recipe()), "InfrastructureConfigurationArn": "a"}
    source["InfrastructureConfigurationArn"] = f"{STEM}:infrastructure-configuration/builder"

    arns = [await api.made(PREFIX + "Image", source, 60) for _ in range(2)]

    assert arns == [f"{STEM}:image/golden-recipe/1.0.0/{build}" for build in (1, 2)]
    model = (await api.get(PREFIX + "Image", arns[0])).model
    assert model["Name"] == "golden-recipe"
    assert model["ImageId"].startswith("ami-")


async def test_a_configuration_that_a_pipeline_names_cannot_be_deleted(api: Api) -> None:
    arn = await api.made(FLAGSHIP, distribution())
    nightly = await api.made(PREFIX + "ImagePipeline", await pipeline(api, DistributionConfigurationArn=arn))

    refused = await api.done(await api.delete(FLAGSHIP, arn))
    await api.done(await api.delete(PREFIX + "ImagePipeline", nightly))
    accepted = await api.done(await api.delete(FLAGSHIP, arn))

    assert (refused["OperationStatus"], refused["ErrorCode"]) == ("FAILED", "GeneralServiceException")
    assert f"Resource dependency error: The resource ARN '{arn}' has other resources" in refused["StatusMessage"]
    assert accepted["OperationStatus"] == "SUCCESS"


@pytest.mark.parametrize("written", ["{stem}:component/harden/1.2.3/1", "{stem}:component/harden/1.x.x"])
async def test_a_component_that_a_recipe_names_cannot_be_deleted(api: Api, written: str) -> None:
    arn = await api.made(PREFIX + "Component", component())
    await api.made(PREFIX + "ImageRecipe", recipe(Components=[{"ComponentArn": written.format(stem=STEM)}]))

    event = await api.done(await api.delete(PREFIX + "Component", arn))

    assert event["ErrorCode"] == "GeneralServiceException"


async def test_recipes_and_infrastructure_of_a_pipeline_cannot_be_deleted(api: Api) -> None:
    properties = await pipeline(api)
    await api.made(PREFIX + "ImagePipeline", properties)

    for name, key in (("ImageRecipe", "ImageRecipeArn"), ("InfrastructureConfiguration",) * 2):
        arn = properties.get(key) or properties[f"{key}Arn"]
        event = await api.done(await api.delete(PREFIX + name, arn))
        assert event["ErrorCode"] == "GeneralServiceException"


async def test_another_accounts_pipeline_keeps_nothing_from_being_deleted(api: Api) -> None:
    arn = await api.made(FLAGSHIP, distribution())
    api.cloud.put(
        "222222222222", REGION, PREFIX + "ImagePipeline", {"Name": "other", "DistributionConfigurationArn": arn}
    )

    assert (await api.done(await api.delete(FLAGSHIP, arn)))["OperationStatus"] == "SUCCESS"


async def test_lists_of_configurations_lack_their_distributions(api: Api) -> None:
    arn = await api.made(FLAGSHIP, distribution(Description="d", Tags={"a": "b"}))

    listed = (await api.call("ListResources", TypeName=FLAGSHIP)).document["ResourceDescriptions"]

    assert [json.loads(one["Properties"]) for one in listed] == [
        {"Arn": arn, "Name": "Golden Images", "Description": "d", "Tags": {"a": "b"}}
    ]


async def test_known_defaults_of_the_service_are_filled_in(api: Api) -> None:
    arn = await api.made(PREFIX + "ImagePipeline", await pipeline(api))

    model = (await api.get(PREFIX + "ImagePipeline", arn)).model

    assert model["EnhancedImageMetadataEnabled"] is True
    assert model["ImageTestsConfiguration"] == {"ImageTestsEnabled": True, "TimeoutMinutes": 720}


async def test_the_originals_examples_pass_without_strict_rules(api: Api) -> None:
    entry = {"Region": REGION, "AmiDistributionConfiguration": {"Name": "basic-ami"}}

    assert await api.made(FLAGSHIP, {"Name": "Basic", "Distributions": [entry, entry]})


@pytest.mark.parametrize(
    ("entries", "text"),
    [
        (
            [{"Region": REGION, "AmiDistributionConfiguration": {"Name": "basic-ami"}}],
            "The EC2 AMI name must contain {{ imagebuilder:buildDate }}",
        ),
        (
            [{"Region": REGION}],
            "parameter 'distributions[0]' is not valid. One or more outputs should be provided for each region",
        ),
        (distribution()["Distributions"] * 2, f"The region {REGION} occurs more than once"),
        (
            [{"Region": REGION, "AmiDistributionConfiguration": {"TargetAccountIds": []}}],
            "parameter 'distributions[0].amiDistributionConfiguration.targetAccountIds' is not valid.",
        ),
    ],
)
async def test_strict_rules_refuse_later_what_the_service_is_reported_to_refuse(
    make_api: Callable[..., Api], entries: list[dict[str, Any]], text: str
) -> None:
    api = make_api(strict_services=True)

    answer = await api.create(FLAGSHIP, {"Name": "Basic", "Distributions": entries})
    event = await api.done(answer)

    assert (event["OperationStatus"], event["ErrorCode"]) == ("FAILED", "InvalidRequest")
    assert text in event["StatusMessage"]


@pytest.mark.parametrize("options", [{"faults": ["CC14"]}, {"strict_services": True}])
async def test_the_update_trap_snaps_at_any_patch_that_keeps_the_echoed_empty_lists(
    make_api: Callable[..., Api], options: dict[str, Any]
) -> None:
    api = make_api(*options.pop("faults", ()), **options)
    body = distribution()
    del body["Distributions"][0]["AmiDistributionConfiguration"]["TargetAccountIds"]
    arn = await api.made(FLAGSHIP, body)
    entry = (await api.get(FLAGSHIP, arn)).model["Distributions"][0]
    change = {"op": "add", "path": "/Description", "value": "new"}

    trapped = await api.done(await api.update(FLAGSHIP, arn, change))
    husks = [
        {"op": "remove", "path": f"/Distributions/0/{path}"}
        for path in (
            "AmiDistributionConfiguration/TargetAccountIds",
            "FastLaunchConfigurations",
            "LaunchTemplateConfigurations",
        )
    ]
    cured = await api.done(await api.update(FLAGSHIP, arn, change, *husks))

    assert entry["AmiDistributionConfiguration"]["TargetAccountIds"] == []
    assert (trapped["OperationStatus"], trapped["ErrorCode"]) == ("FAILED", "InvalidRequest")
    assert "targetAccountIds' is not valid" in trapped["StatusMessage"]
    assert cured["OperationStatus"] == "SUCCESS"
    assert api.cloud.resources()[0].properties == {**body, "Description": "new", "Arn": arn}


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("Component", "a: [", "not YAML"),
        ("Component", "schemaVersion: 1.0\nphases:\n\t- name: build\n", "line 3, column 1: not YAML: a tab"),
        ("Component", COMPONENT_DATA.replace("schemaVersion: 1.0", "name: x"), "the document has no schemaVersion"),
        ("Component", COMPONENT_DATA.replace("UpdateOS", "UpdateOs"), "the action 'UpdateOs' is not known"),
        ("Workflow", "schemaVersion: 1.0\n", "the document has no steps"),
        ("Workflow", WORKFLOW_DATA.replace("WaitForAction", "CreateImage"), "CreateImage have no instanceId"),
    ],
)
async def test_a_document_that_is_none_is_refused(api: Api, name: str, data: str, why: str) -> None:
    model = component(Data=data) if name == "Component" else {"Name": "wait", "Version": "1.0.0", "Type": "BUILD"}

    event = await api.done(await api.create(PREFIX + name, {**model, "Data": data}))

    assert ("FAILED", "InvalidRequest") == (event["OperationStatus"], event["ErrorCode"])
    assert event["StatusMessage"].startswith("The value supplied for parameter 'data' is not valid. line ")
    assert why in event["StatusMessage"]
