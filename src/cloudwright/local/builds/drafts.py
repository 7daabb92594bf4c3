"""New builds from the resources of an account: a pipeline, a declared image, or an AMI that is only distributed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass
from cloudwright.local.builds.build import KIND, Build
from cloudwright.local.services.imagebuilder import PREFIX, means, slug_of
from cloudwright.partitions import partition_of

if TYPE_CHECKING:
    from cloudwright.local.context import CloudContext
    from cloudwright.local.rows import AccountRegion, StoredResource

Model = dict[str, Any]

IMAGE = f"{PREFIX}Image"
PIPELINE = f"{PREFIX}ImagePipeline"
DISTRIBUTION = f"{PREFIX}DistributionConfiguration"


@dataclass(frozen=True, slots=True)
class BuildDrafts:
    """Drafts the builds of one account and Region.

    Attributes:
        context: The parts of the cloud.
        place: Account and Region.
        now: Seconds since the epoch.
    """

    context: CloudContext
    place: AccountRegion
    now: float

    def from_pipeline(self, pipeline: StoredResource, tags: dict[str, str]) -> Build:
        """The build that a pipeline runs.

        Args:
            pipeline: The resource.
            tags: Tags of the image in addition to the pipeline's.
        """
        model = pipeline.properties
        described = {
            "pipeline": pipeline.identifier,
            "pipeline_name": str(model.get("Name", "")),
            "tags": {**(model.get("ImageTags") or {}), **tags},
        }
        return self.new({**self._source(model), **described})

    def from_image(self, model: Model) -> Build:
        """The build that a resource of `AWS::ImageBuilder::Image` declares.

        Args:
            model: With its ARN; instead of a recipe it may name the deployment of a pipeline.
        """
        tags = dict(model.get("Tags") or {})
        pipeline = self.pipeline_of(model)
        build = self.from_pipeline(pipeline, tags) if pipeline else self.new({**self._source(model), "tags": tags})
        build.arn = str(model["Arn"])
        build.version = "/".join(build.arn.split("/")[2:])
        return build

    def pipeline_of(self, model: Model) -> StoredResource | None:
        """The pipeline that an image runs."""
        wanted = (model.get("ImagePipelineExecutionSettings") or {}).get("DeploymentId")
        found = self.context.near(self.place).of_type(PIPELINE)
        return next((one for one in found if wanted and one.properties.get("DeploymentId") == wanted), None)

    def new(self, source: Model) -> Build:
        """A build from its source, with a new number.

        Args:
            source: As `Build` describes it.
        """
        recipe = source.get("recipe") or {}
        slug, version = _slug_and_version(recipe)
        parent = str(recipe.get("ParentImage") or "").lower()
        account, region = self.place
        stem = f"arn:{partition_of(region)}:imagebuilder:{region}:{account}:image/{slug}/{version}"
        number = self._next_number(stem)
        return Build(
            arn=f"{stem}/{number}",
            type="DOCKER" if source.get("container") else "AMI",
            name=str(recipe.get("Name") or slug),
            version=f"{version}/{number}",
            platform="Windows" if "windows" in parent else "Linux",
            created=self.now,
            source=source,
        )

    def resource(self, type_name: str, arn: str) -> StoredResource | None:
        """A resource by its ARN, exact, without the build number, or with `x` in its version."""
        exact = self.context.store.find(self.place, type_name, arn)
        if exact is not None or not arn:
            return exact
        fitting = [one for one in self.context.near(self.place).of_type(type_name) if means(arn, one.identifier)]
        return fitting[-1] if fitting else None

    def _source(self, model: Model) -> Model:
        container = not model.get("ImageRecipeArn") and bool(model.get("ContainerRecipeArn"))
        recipe = "ContainerRecipe" if container else "ImageRecipe"
        logging = model.get("LoggingConfiguration") or {}
        group = logging.get("ImageLogGroupName") or logging.get("LogGroupName")
        source = {
            "recipe": self._properties(f"{PREFIX}{recipe}", model.get(f"{recipe}Arn")),
            "infrastructure": self._properties(
                f"{PREFIX}InfrastructureConfiguration", model.get("InfrastructureConfigurationArn")
            ),
            "distribution": self._properties(DISTRIBUTION, model.get("DistributionConfigurationArn")),
            "tests": model.get("ImageTestsConfiguration"),
            "scanning": model.get("ImageScanningConfiguration"),
            "workflows": model.get("Workflows"),
            "role": model.get("ExecutionRole"),
            "metadata": model.get("EnhancedImageMetadataEnabled", True),
            "logging": {"LogGroupName": group} if group else None,
            "container": container,
        }
        return {name: value for name, value in source.items() if value}

    def _properties(self, type_name: str, arn: object) -> Model:
        """What a build stores about a resource: its current properties, or only the ARN of one in another place."""
        found = self.resource(type_name, str(arn or ""))
        return dict(found.properties) if found else ({"Arn": str(arn)} if arn else {})

    def _next_number(self, stem: str) -> int:
        """The number of the next build of a version; numbers are never reused."""
        used = [one.identifier for one in self.context.near(self.place).of_type(IMAGE)]
        used += [one.id for one in self.context.store.documents.of_place(self.place, KIND)]
        tails = [one.rpartition("/")[2] for one in used if one.rpartition("/")[0] == stem]
        return max((int(tail) for tail in tails if tail.isdigit()), default=0) + 1


def _slug_and_version(recipe: Model) -> tuple[str, str]:
    written = str(recipe.get("Arn") or "").split(":", 5)[-1].split("/")
    if len(written) > 2:
        return written[1], written[2]
    return slug_of(str(recipe.get("Name", "image"))), "1.0.0"


def image_model(build: Build) -> Model:
    """The resource that Cloud Control shows for a running build."""
    source = build.source
    versionless, _, _ = build.arn.rpartition("/")
    stem, _, version = versionless.rpartition("/")
    major, minor, _ = (version + ".0.0").split(".")[:3]
    model = {
        "Arn": build.arn,
        "Name": build.name,
        "ContainerRecipeArn" if source.get("container") else "ImageRecipeArn": (source.get("recipe") or {}).get("Arn"),
        "InfrastructureConfigurationArn": (source.get("infrastructure") or {}).get("Arn"),
        "DistributionConfigurationArn": (source.get("distribution") or {}).get("Arn"),
        "ImageTestsConfiguration": source.get("tests"),
        "EnhancedImageMetadataEnabled": source.get("metadata"),
        "Workflows": source.get("workflows"),
        "ExecutionRole": source.get("role"),
        "Tags": source.get("tags"),
        "LatestVersion": {
            "Arn": f"{stem}/x.x.x",
            "Major": f"{stem}/{major}.x.x",
            "Minor": f"{stem}/{major}.{minor}.x",
            "Patch": f"{stem}/{version}",
        },
    }
    return {name: value for name, value in model.items() if value}
