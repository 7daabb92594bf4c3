"""Resources that an Image Builder resource refers to must exist, if their ARNs are of the caller's account and Region.

The service checks this when it receives the reference; the format is that of its other invalid parameters, the text
after it is not AWS's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.local.services.base import HandlerFailed, Model
from cloudwright.local.services.imagebuilder import PREFIX, means

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.local.model.types import LocalType
    from cloudwright.local.services.base import StoredNeighbours

_COMPONENTS = (("Component", ("Components", "ComponentArn")),)
_REFERENCES: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "ImageRecipe": _COMPONENTS,
    "ContainerRecipe": _COMPONENTS,
    "ImagePipeline": (
        ("ImageRecipe", ("ImageRecipeArn",)),
        ("ContainerRecipe", ("ContainerRecipeArn",)),
        ("InfrastructureConfiguration", ("InfrastructureConfigurationArn",)),
        ("DistributionConfiguration", ("DistributionConfigurationArn",)),
        ("Workflow", ("Workflows", "WorkflowArn")),
    ),
}
"""Type -> the type that it refers to, and the path of the ARN."""


def check_references(kind: LocalType, model: Model, near: StoredNeighbours) -> None:
    """Reject a reference to a missing resource. ARNs of other accounts and Regions, and of AWS, are not checked.

    Raises:
        HandlerFailed: `InvalidRequest`, naming the parameter as the service's API spells it.
    """
    for referred, place in _REFERENCES.get(kind.short_name, ()):
        for parameter, arn in _found(model, place, ""):
            if not _is_there(arn, PREFIX + referred, near):
                text = f"The value supplied for parameter '{parameter}' is not valid. {arn} does not exist."
                raise HandlerFailed("InvalidRequest", text)


def _is_there(arn: str, type_name: str, near: StoredNeighbours) -> bool:
    parts = arn.split(":")
    if len(parts) < 6 or tuple(parts[3:5]) != (near.place.region, near.place.account):
        return True
    return any(means(arn, other.identifier) for other in near.of_type(type_name))


def _found(node: Any, place: tuple[str, ...], parameter: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _found(item, place, f"{parameter}[{index}]")
    elif not place:
        if isinstance(node, str):
            yield parameter, node
    elif isinstance(node, dict) and place[0] in node:
        name = place[0][0].lower() + place[0][1:]
        yield from _found(node[place[0]], place[1:], f"{parameter}.{name}".lstrip("."))
