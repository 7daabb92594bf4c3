"""Rules about SSM parameters that receive the AMI's id."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.imagebuilder.crossaccount import grants_put_parameter
from cloudwright.imagebuilder.graph import PARAMETER, root
from cloudwright.imagebuilder.rules.rule import Note, distribution, listed, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.imagebuilder.configuration import Configuration, DistributionEntry
    from cloudwright.imagebuilder.property_node import PropertyNode
    from cloudwright.plan.model import Declared

_NAME = re.compile(r"[a-zA-Z0-9_.\-/]{1,1011}")
_OWN = "/imagebuilder/"
_MOST_LEVELS = 15


@distribution("IB126", "error", "Image Builder API, SsmParameterConfiguration.amiAccountId")
def parameter_account(configuration: Configuration) -> Iterator[Note]:
    """AmiAccountId is a target account of the same Region, or the build account."""
    for entry in configuration.entries:
        owners = entry.owners(configuration.account)
        for setting in _settings(entry):
            account = setting["AmiAccountId"]
            if owners is not None and account.text and account.text not in owners:
                yield Note(
                    account,
                    f"{account.text} owns no AMI{_where(entry)}: it is neither the build account nor a target account "
                    "of this Region.",
                    f"Add {quote(account.text)} to this entry's TargetAccountIds, or name one of "
                    f"{listed(sorted(owners))}.",
                )


@distribution("IB127", "warning", "Policy of the service-linked role; User Guide: ami-distribution-prereqs-ssm-param")
def parameter_needs_a_role(configuration: Configuration) -> Iterator[Note]:
    """A parameter outside `/imagebuilder/` needs an execution role that may write it."""
    if _execution_role(configuration):
        return
    # Without a pipeline or image in the program, the plan does not know which role will write the parameter.
    severity = "" if configuration.graph.users(configuration.declared) else "info"
    for entry in configuration.entries:
        for setting in _settings(entry):
            name = setting["ParameterName"]
            if name.text is not None and not name.text.startswith(_OWN):
                yield Note(
                    name,
                    f"Image Builder's service-linked role may write only parameters under {_OWN}.",
                    f"Write {quote(_OWN + name.text.strip('/'))}, or give the pipeline an ExecutionRole that allows "
                    "ssm:PutParameter on this name.",
                    severity=severity,
                )


@distribution("IB128", "error", "Image Builder API model, SsmParameterName; SSM API, PutParameter")
def parameter_name(configuration: Configuration) -> Iterator[Note]:
    """A parameter's name has allowed characters, no reserved prefix, a leading slash and at most 15 levels."""
    for entry in configuration.entries:
        for setting in _settings(entry):
            name = setting["ParameterName"]
            problem = _name_problem(name.text) if name.text is not None else ""
            if problem:
                yield Note(
                    name,
                    f"This is not a valid parameter name: {problem}.",
                    f"Write {quote(_clean_name(name.text or ''))}.",
                )


@distribution("IB129", "error", "SSM: a parameter's name is unique in an account and Region")
def parameter_once(configuration: Configuration) -> Iterator[Note]:
    """A parameter is written once for an account in a Region."""
    first: dict[tuple[str, str, str], str] = {}
    for entry in configuration.entries:
        for setting in _settings(entry):
            name, account = setting["ParameterName"], setting["AmiAccountId"]
            if name.text is None or entry.region is None or account.unknown:
                continue
            place = (entry.region, account.text or configuration.account, name.text)
            if place in first:
                yield Note(
                    name,
                    f"{name.text} is already written by {first[place]} for the same account in {entry.region}; "
                    "only the last value remains.",
                    "Remove one of the two, or use another parameter name.",
                )
            first.setdefault(place, setting.path)


@distribution("IB130", "info", "Image Builder API, SsmParameterConfiguration.dataType; User Guide: prerequisites")
def parameter_data_type(configuration: Configuration) -> Iterator[Note]:
    """With the data type `aws:ec2:image`, SSM checks that the value is an AMI."""
    for entry in configuration.entries:
        for setting in _settings(entry):
            if setting["DataType"].text == "text":
                yield Note(
                    setting["DataType"],
                    "A parameter of type text takes any value; SSM does not check that it is an AMI.",
                    'Write "aws:ec2:image"; the execution role, if any, then needs ec2:DescribeImages.',
                )


@distribution(
    "IB158", "warning", "Image Builder API, SsmParameterConfiguration; SSM API, PutParameter: overwrites Value"
)
def two_writers(configuration: Configuration) -> Iterator[Note]:
    """A parameter that builds write is not a resource of the program."""
    for entry in configuration.entries:
        for setting in _settings(entry):
            declared = _declared(configuration, entry, setting)
            if declared is not None:
                yield Note(
                    setting["ParameterName"],
                    f"{declared.key} declares this parameter, and each build overwrites its value: every build is "
                    "drift, and the next deploy that changes the parameter writes the old AMI back.",
                    f"Remove {declared.key} from the program (Image Builder makes the parameter), or declare it with "
                    'ignore_changes=["/Value", "/DataType"] and silence this rule.',
                )


def _declared(configuration: Configuration, entry: DistributionEntry, setting: PropertyNode) -> Declared | None:
    """The parameter of the program that an entry writes; by reference, or by its name in the same place."""
    node, account = setting["ParameterName"], setting["AmiAccountId"]
    found = configuration.graph.referred(configuration.declared, node)
    if found is not None:
        return found if found.type == PARAMETER and not found.existing else None
    owner = account.text or (configuration.account if not account.present else "")
    if not node.text or not owner or not entry.region:
        return None
    place = (owner, entry.region)
    named = (one for one in configuration.graph.of_type(PARAMETER) if root(one)["Name"].text == node.text)
    return next((one for one in named if not one.existing and _place(one) == place), None)


def _place(declared: Declared) -> tuple[str, str]:
    return (declared.target.account, declared.target.region)


def _settings(entry: DistributionEntry) -> tuple[PropertyNode, ...]:
    return entry.node["SsmParameterConfigurations"].elements


def _execution_role(configuration: Configuration) -> bool:
    """Whether every user has an execution role that may write parameters, as far as the plan shows."""
    users = configuration.graph.users(configuration.declared)
    for user in users:
        node = root(user)["ExecutionRole"]
        role = configuration.graph.referred(user, node)
        if not node.present or (role is not None and grants_put_parameter(root(role)) is False):
            return False
    return bool(users)


def _name_problem(name: str) -> str:
    if not _NAME.fullmatch(name):
        return "use 1 to 1011 letters, digits and _.-/"
    if name.lstrip("/").lower().startswith(("aws", "ssm")):
        return "a name may not start with aws or ssm"
    if "/" in name and not name.startswith("/"):
        return "a name with levels must start with a slash"
    levels = len(name.strip("/").split("/"))
    return f"{levels} levels; at most {_MOST_LEVELS} are allowed" if levels > _MOST_LEVELS else ""


def _clean_name(name: str) -> str:
    levels = [level for level in re.sub(r"[^a-zA-Z0-9_.\-/]+", "-", name).split("/") if level]
    if levels and levels[0].lower() in {"aws", "ssm", "imagebuilder"}:
        levels = levels[1:]
    return (_OWN + "/".join(levels[: _MOST_LEVELS - 1] or ["image"]))[:1011]


def _where(entry: DistributionEntry) -> str:
    return f" in {entry.region}" if entry.region else ""
