"""Image Builder's dry runs on the local cloud: by boto3, and by our own transport over HTTP."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloudwright.aws.session import Keys
from cloudwright.control.client import CloudControl
from cloudwright.control.transport import HttpTransport
from cloudwright.local.api.signatures import SignatureCheck
from cloudwright.services.imagebuilder import Answer, DryRuns
from cloudwright.services.port import RatedPort
from cloudwright.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "golden-{{ imagebuilder:buildDate }}"
ACCOUNT = "111122223333"
ARN = f"arn:aws:imagebuilder:us-west-2:{ACCOUNT}"


def distribution(name: str = NAME, **more: Any) -> dict[str, Any]:
    entry = {"region": "us-west-2", "amiDistributionConfiguration": {"name": name}}
    return {"name": "dist", "distributions": [entry], "dryRun": True, **more}


GOOD: dict[str, dict[str, Any]] = {
    "create_component": {"name": "the-c", "semanticVersion": "1.0.0", "platform": "Linux", "uri": "s3://b/k"},
    "create_container_recipe": {
        "containerType": "DOCKER",
        "name": "the-r",
        "semanticVersion": "1.0.0",
        "parentImage": "amazonlinux:latest",
        "targetRepository": {"service": "ECR", "repositoryName": "repo"},
        "components": [{"componentArn": "arn:aws:imagebuilder:us-west-2:aws:component/update-linux/x.x.x"}],
    },
    "create_distribution_configuration": distribution(),
    "create_image_pipeline": {
        "name": "the-p",
        "imageRecipeArn": "arn:aws:imagebuilder:us-west-2:999999999999:image-recipe/r/1.0.0",
        "infrastructureConfigurationArn": "arn:aws:imagebuilder:us-west-2:999999999999:infrastructure-configuration/i",
    },
    "create_image_recipe": {"name": "the-r", "semanticVersion": "1.0.0", "parentImage": "ami-0123456789abcdef0"},
    "create_infrastructure_configuration": {"name": "the-i", "instanceProfileName": "p"},
    "create_lifecycle_policy": {
        "name": "the-l",
        "executionRole": "arn:aws:iam::111122223333:role/r",
        "resourceType": "AMI_IMAGE",
        "policyDetails": [{"action": {"type": "DELETE"}, "filter": {"type": "AGE", "value": 3, "unit": "DAYS"}}],
        "resourceSelection": {"tagMap": {"Some": "tag"}},
    },
    "create_workflow": {"name": "the-w", "semanticVersion": "1.0.0", "type": "BUILD", "uri": "s3://b/k"},
}


@pytest.fixture
def server(serve: Callable[..., Any]) -> Any:
    return serve(signatures=SignatureCheck("secret"))


@pytest.fixture
def builder(server: Any, client_of: Callable[..., Any]) -> Any:
    return client_of(server, "imagebuilder", access_key=ACCOUNT)


def error_of(call: Callable[[], object]) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    return answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize("operation", sorted(GOOD))
def test_a_good_resource_raises_what_the_model_says(server: Any, builder: Any, operation: str) -> None:
    with pytest.raises(builder.exceptions.DryRunOperationException) as caught:
        getattr(builder, operation)(**{**GOOD[operation], "dryRun": True})

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    assert server.cloud.resources() == []
    assert server.cloud.requests() == []


@pytest.mark.parametrize("operation", sorted(GOOD))
def test_without_dry_run_nothing_is_made(server: Any, builder: Any, operation: str) -> None:
    given = {name: value for name, value in GOOD[operation].items() if name != "dryRun"}
    code, message, _ = error_of(lambda: getattr(builder, operation)(**given))
    assert code == "UnknownOperationException"
    assert "dryRun only" in message
    assert server.cloud.resources() == []


@pytest.mark.parametrize(
    ("operation", "changes", "words"),
    [
        ("create_distribution_configuration", distribution("golden"), "The EC2 AMI name must contain"),
        ("create_distribution_configuration", {"name": "?"}, "parameter 'name'"),
        ("create_image_recipe", {"components": [{"componentArn": f"{ARN}:component/no/1.0.0"}]}, "components[0].comp"),
        ("create_image_recipe", {"semanticVersion": "one"}, "ersion"),
        (
            "create_image_pipeline",
            {"infrastructureConfigurationArn": f"{ARN}:infrastructure-configuration/no"},
            "parameter 'infrastructureConfigurationArn'",
        ),
        ("create_workflow", {"uri": None, "data": "steps: nonsense"}, "parameter 'data'"),
    ],
)
def test_a_bad_one_is_refused(builder: Any, operation: str, changes: dict[str, Any], words: str) -> None:
    given = {**GOOD[operation], "dryRun": True, **changes}
    given = {name: value for name, value in given.items() if value is not None}
    code, message, status = error_of(lambda: getattr(builder, operation)(**given))
    assert (code, status) == ("InvalidRequestException", 400)
    assert words in message


def test_what_exists_is_refused(server: Any, builder: Any) -> None:
    entry = {"Region": "us-west-2", "AmiDistributionConfiguration": {"Name": NAME}}
    kind = "AWS::ImageBuilder::DistributionConfiguration"
    server.cloud.put(ACCOUNT, "us-west-2", kind, {"Name": "dist", "Distributions": [entry]})
    code, _, _ = error_of(lambda: builder.create_distribution_configuration(**distribution()))
    assert code == "ResourceAlreadyExistsException"


def test_a_component_that_exists_is_known(server: Any, builder: Any) -> None:
    model = {"Name": "mine", "Version": "1.0.0", "Platform": "Linux", "Uri": "s3://b/k"}
    arn = server.cloud.put(ACCOUNT, "us-west-2", "AWS::ImageBuilder::Component", model)
    for named in (arn, arn.rpartition("/")[0], f"{ARN}:component/mine/1.x.x"):
        given = {**GOOD["create_image_recipe"], "components": [{"componentArn": named}], "dryRun": True}
        assert error_of(partial(builder.create_image_recipe, **given))[0] == "DryRunOperationException"


def test_what_is_not_served_says_so(builder: Any) -> None:
    for call in (builder.list_components, lambda: builder.delete_component(componentBuildVersionArn=f"{ARN}:c/c/1/1")):
        code, message, _ = error_of(call)
        assert code == "UnknownOperationException"
        assert "the dry runs of Image Builder" in message


def test_a_wrong_signature_is_refused(server: Any, client_of: Callable[..., Any]) -> None:
    stranger = client_of(server, "imagebuilder", secret="wrong")
    assert "Signature" in error_of(lambda: stranger.create_distribution_configuration(**distribution()))[0]


class OneKey:
    """Credentials that are always at hand."""

    async def keys(self, *_: object) -> Keys:
        return Keys(ACCOUNT, "secret")

    def forget(self, *_: object) -> None: ...


async def test_our_transport_asks_over_http(server: Any) -> None:
    transport = HttpTransport(OneKey(), environ={"AWS_ENDPOINT_URL": server.endpoint})
    runs = DryRuns(RatedPort(CloudControl(transport)))
    target = Target(ACCOUNT, "us-west-2")
    kind = "AWS::ImageBuilder::InfrastructureConfiguration"
    try:
        good = await runs.ask(target, kind, {"Name": "the-i", "InstanceProfileName": "p"})
        bad = await runs.ask(target, kind, {"Name": "the-i"})
    finally:
        await transport.close()

    assert good.answer is Answer.CONFIRMED
    assert (bad.answer, bad.path) == (Answer.REFUSED, "/InstanceProfileName")
    assert server.cloud.resources() == []
