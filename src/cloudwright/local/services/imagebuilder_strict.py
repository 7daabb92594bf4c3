"""Rules of distribution configurations for which the evidence is good but not certain.

They are based on messages that users of the live service report (IB101..IB103 and the update trap, CC14).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.local.model.paths import clone
from cloudwright.local.services.base import HandlerFailed, Model

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = "imagebuilder:buildDate"  # noqa: S105 - a placeholder in AMI names


def check_distributions(model: Model) -> None:
    """Reject what the service is reported to refuse.

    Raises:
        HandlerFailed: `InvalidRequest` with the reported text.
    """
    check_empty_lists(model)
    regions: set[str] = set()
    for index, entry in enumerate(_entries(model)):
        _check_outputs(index, entry)
        _check_name(entry)
        if entry.get("Region") in regions:
            raise _refused(f"distributions[{index}].region", f"The region {entry['Region']} occurs more than once")
        regions.add(str(entry.get("Region")))


def _check_outputs(index: int, entry: Model) -> None:
    # Both at once are accepted: an acceptance test of terraform-provider-aws deploys such an entry.
    blocks = ("AmiDistributionConfiguration", "ContainerDistributionConfiguration")
    if not any(block in entry for block in blocks):
        raise _refused(f"distributions[{index}]", "One or more outputs should be provided for each region")


def _check_name(entry: Model) -> None:
    name = (entry.get("AmiDistributionConfiguration") or {}).get("Name")
    if isinstance(name, str) and _TOKEN not in name:
        raise HandlerFailed("InvalidRequest", f"The EC2 AMI name must contain {{{{ {_TOKEN} }}}}")


def check_empty_lists(model: Model) -> None:
    """Reject the empty lists that reads return.

    Raises:
        HandlerFailed: `InvalidRequest`, naming the parameter as the service's API spells it.
    """
    for index, entry in enumerate(_entries(model)):
        ami = entry.get("AmiDistributionConfiguration") or {}
        if ami.get("TargetAccountIds") == []:
            raise _refused(f"distributions[{index}].amiDistributionConfiguration.targetAccountIds")
        for name in ("FastLaunchConfigurations", "LaunchTemplateConfigurations"):
            if entry.get(name) == []:
                raise _refused(f"distributions[{index}].{name[0].lower()}{name[1:]}")


def echo_empty_lists(model: Model) -> Model:
    """A copy of a read model with empty lists for lists that are not set."""
    shown: Model = clone(model)
    for entry in _entries(shown):
        entry.setdefault("FastLaunchConfigurations", [])
        entry.setdefault("LaunchTemplateConfigurations", [])
        if isinstance(entry.get("AmiDistributionConfiguration"), dict):
            entry["AmiDistributionConfiguration"].setdefault("TargetAccountIds", [])
    return shown


def _entries(model: Model) -> Iterator[Any]:
    entries = model.get("Distributions")
    yield from (entry for entry in entries if isinstance(entry, dict)) if isinstance(entries, list) else ()


def _refused(parameter: str, reason: str = "") -> HandlerFailed:
    text = f"The value supplied for parameter '{parameter}' is not valid."
    return HandlerFailed("InvalidRequest", f"{text} {reason}".strip())
