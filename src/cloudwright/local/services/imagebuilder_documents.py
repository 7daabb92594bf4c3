"""The documents of components and workflows, which the service parses at creation.

"Image Builder validates the workflow document steps against the stage you specify" (API model, CreateWorkflow). The
form of the answer is that of other invalid parameters of the service; the text after it is not AWS's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.imagedocs import check_component, check_workflow
from cloudwright.local.services.base import HandlerFailed, Model

if TYPE_CHECKING:
    from cloudwright.imagedocs import Mistake


def check_documents(name: str, model: Model) -> None:
    """Reject an invalid document.

    Args:
        name: The type without its service, such as `Component`.
        model: The whole model, including hidden properties.

    Raises:
        HandlerFailed: `InvalidRequest`, with the first mistake.
    """
    data = model.get("Data")
    if not isinstance(data, str) or name not in {"Component", "Workflow"}:
        return
    certain = [one for one in _mistakes(name, data, model) if one.certain]
    if certain:
        raise HandlerFailed("InvalidRequest", f"The value supplied for parameter 'data' is not valid. {certain[0]}.")


def _mistakes(name: str, data: str, model: Model) -> tuple[Mistake, ...]:
    if name == "Component":
        return check_component(data, str(model.get("Platform", "")))
    return check_workflow(data, str(model.get("Type", "")))
