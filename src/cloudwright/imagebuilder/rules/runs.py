"""Rules about what a build runs: its workflows, its role, its instance, and the watermarks of the image."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.imagebuilder.configuration import Configuration
from cloudwright.imagebuilder.graph import IMAGE, IMAGE_RECIPE, INFRASTRUCTURE, PIPELINE, WORKFLOW, root
from cloudwright.imagebuilder.rules.rule import Note, neighbour, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.imagebuilder.configuration import RuleSubject
    from cloudwright.imagebuilder.property_node import PropertyNode

_WATERMARK = re.compile(r"[A-Za-z0-9 ()\[\]./'@_\-]{3,128}")
_MOST_WATERMARKS = 5
_STAGE = re.compile(r":workflow/(build|test|distribution)/")
_OF_THE_PIPELINE = (
    "ImageRecipeArn",
    "ContainerRecipeArn",
    "InfrastructureConfigurationArn",
    "DistributionConfigurationArn",
    "ImageTestsConfiguration",
    "ImageScanningConfiguration",
    "EnhancedImageMetadataEnabled",
    "Workflows",
)
"""Properties that the schema of an image excludes together with `ImagePipelineExecutionSettings`."""


@neighbour(
    "IB213", "error", "Image Builder API model, AmiWatermarkName and CreateImageRecipe.amiWatermarks", IMAGE_RECIPE
)
def watermark_names(recipe: RuleSubject) -> Iterator[Note]:
    """A recipe has up to 5 different watermarks of 3 to 128 characters, without blanks at the ends."""
    node = recipe.root["AmiWatermarks"]
    if len(node.elements) > _MOST_WATERMARKS:
        text = f"{len(node.elements)} watermarks; at most {_MOST_WATERMARKS} are allowed."
        yield Note(node, text, f"Keep {_MOST_WATERMARKS}.")
    seen: set[str] = set()
    for one in node.elements:
        name = one.text
        if name is None:
            continue
        problem = _problem(name)
        if problem:
            fix = f"Write {quote(_clean(name))}." if _WATERMARK.fullmatch(_clean(name)) else "Use 3 to 128 characters."
            yield Note(one, f"{quote(name)} is not a watermark's name: {problem}.", fix)
        elif name in seen:
            yield Note(one, f"The watermark {quote(name)} is listed twice.", "Remove one of the two.")
        seen.add(name)


def _problem(name: str) -> str:
    if name != name.strip():
        return "it has a blank at an end"
    if not 3 <= len(name) <= 128:
        return f"it has {len(name)} characters, and takes 3 to 128"
    return "" if _WATERMARK.fullmatch(name) else "use letters, digits, blanks and ()[]./'@_-"


def _clean(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9 ()\[\]./'@_\-]+", "-", name.strip())[:128].strip()


@neighbour(
    "IB214", "error", "Image Builder API model, CreateImageRecipe.amiWatermarks: can't be made public", IMAGE_RECIPE
)
def watermarked_images_are_not_public(recipe: RuleSubject) -> Iterator[Note]:
    """An image with watermarks is not shared with everybody."""
    node = recipe.root["AmiWatermarks"]
    if not node.elements:
        return
    for user in recipe.graph.distributions(recipe.declared):
        for entry in Configuration(user, recipe.graph).images:
            if entry.public:
                yield Note(
                    node,
                    f"AMIs with watermarks can't be made public, but {user.key} shares them with all accounts "
                    f"({entry.permission['UserGroups'].path}).",
                    "Remove UserGroups there and name the accounts (UserIds), or build without watermarks.",
                )


@neighbour(
    "IB215", "error", "Image Builder API, CreateImagePipeline.workflows: also specify executionRole", PIPELINE, IMAGE
)
def workflows_need_a_role(subject: RuleSubject) -> Iterator[Note]:
    """Workflows need an execution role."""
    node = subject.root["Workflows"]
    if node.elements and not subject.root["ExecutionRole"].present:
        yield Note(
            node,
            "Workflows run with an execution role, and there is none; the service refuses workflows without it.",
            'Add "ExecutionRole" with the role that the workflows\' steps act as.',
        )


@neighbour(
    "IB216", "warning", "Image Builder API, CreateImagePipeline.workflows: replace the defaults", PIPELINE, IMAGE
)
def a_list_of_workflows_replaces_the_tests(subject: RuleSubject) -> Iterator[Note]:
    """A list of workflows with a build has a test as well."""
    node, tests = subject.root["Workflows"], subject.root["ImageTestsConfiguration"]["ImageTestsEnabled"]
    stages = [_stage(subject, one) for one in node.elements]
    if "BUILD" not in stages or None in stages or "TEST" in stages or tests.unknown or tests.value is False:
        return
    yield Note(
        node,
        "The listed workflows replace the default ones, and no test workflow is among them: the image is distributed "
        "without a test.",
        'Add a workflow of type TEST, such as Amazon\'s own "test-image", or write "ImageTestsConfiguration": '
        '{"ImageTestsEnabled": false} if that is what you want.',
    )


def _stage(subject: RuleSubject, workflow: PropertyNode) -> str | None:
    """BUILD, TEST or DISTRIBUTION; `None` if the plan does not know."""
    node = workflow["WorkflowArn"]
    found = subject.graph.referred(subject.declared, node)
    if found is not None and found.type == WORKFLOW:
        return root(found)["Type"].text
    match = _STAGE.search(node.text or "")
    return match[1].upper() if match else None


@neighbour("IB217", "error", "Image Builder API, CreateInfrastructureConfiguration.parentInstance", PIPELINE, IMAGE)
def a_parent_instance_needs_a_role(subject: RuleSubject) -> Iterator[Note]:
    """A build on an instance of an Auto Scaling group needs an execution role."""
    node = subject.root["InfrastructureConfigurationArn"]
    found = subject.graph.referred(subject.declared, node)
    if found is None or found.type != INFRASTRUCTURE or subject.root["ExecutionRole"].present:
        return
    if root(found)["ParentInstance"].present:
        yield Note(
            node,
            f"{found.key} takes the build instance from an Auto Scaling group (ParentInstance). Image Builder does "
            "that with the execution role, and there is none.",
            'Add "ExecutionRole" with a role that may describe the group, tag the instance and detach it.',
        )


@neighbour(
    "IB218", "error", "Schema of AWS::ImageBuilder::Image, dependencies of ImagePipelineExecutionSettings", IMAGE
)
def a_run_takes_everything_from_its_pipeline(image: RuleSubject) -> Iterator[Note]:
    """An image that runs a pipeline names no recipe, infrastructure or other setting of a build."""
    settings = image.root["ImagePipelineExecutionSettings"]
    if not settings.known:
        return
    for name in _OF_THE_PIPELINE:
        if image.root[name].present:
            yield Note(
                image.root[name],
                f"{name} can't be combined with ImagePipelineExecutionSettings: the run takes it from the pipeline.",
                f"Remove {name}, or remove ImagePipelineExecutionSettings to build without the pipeline.",
            )
