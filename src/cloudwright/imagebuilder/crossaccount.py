"""The role that every target account needs, and whether the program declares it.

Source: EC2 Image Builder User Guide, "Set up cross-account AMI distribution"; the service-linked role may assume only a
role of this name.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from cloudwright.imagebuilder import policies
from cloudwright.imagebuilder.graph import ROLE, root

if TYPE_CHECKING:
    from cloudwright.imagebuilder.configuration import Configuration
    from cloudwright.imagebuilder.property_node import PropertyNode
    from cloudwright.plan.model import Declared

ROLE_NAME = "EC2ImageBuilderDistributionCrossAccountRole"
MANAGED_POLICY = "Ec2ImageBuilderCrossAccountDistributionAccess"
MISSING = "no role"


def problem(configuration: Configuration, account: str) -> str:
    """What is wrong with the cross-account role of an account.

    Args:
        configuration: The configuration that distributes to it.
        account: The target account.

    Returns:
        Empty if nothing is wrong or the plan does not show it; `MISSING`; or the end of a sentence.
    """
    roles = configuration.graph.in_account(ROLE, account)
    named = next((role for role in roles if root(role)["RoleName"].text == ROLE_NAME), None)
    if named is not None:
        return "" if named.existing else _fault(configuration, named)
    if any(_may_be(role) for role in roles):
        return ""
    known = [root(role)["RoleName"].text or "" for role in roles]
    near = difflib.get_close_matches(ROLE_NAME, known, n=1, cutoff=0.85)
    return f"the role is named {near[0]}; it must be exactly {ROLE_NAME}" if near else MISSING


def _may_be(role: Declared) -> bool:
    name = root(role)["RoleName"]
    return name.unknown or (role.existing and not name.present)


def _fault(configuration: Configuration, role: Declared) -> str:
    if _trusts(role, configuration.account) is False:
        return f"the role {role.key} does not trust the build account {configuration.account}"
    attached = root(role)["ManagedPolicyArns"]
    if attached.whole and not any(arn.endswith(f"/{MANAGED_POLICY}") for arn in attached.texts):
        return f"the role {role.key} lacks the managed policy {MANAGED_POLICY}"
    if _needs_keys(configuration, role.target.account) and _may_use_keys(role) is False:
        return f"the role {role.key} may not use the keys (no inline policy allows kms:CreateGrant)"
    return ""


def _trusts(role: Declared, account: str) -> bool | None:
    policy = root(role)["AssumeRolePolicyDocument"]
    found = policies.statements(policy)
    if found is None or not account:
        return None
    return policies.any_of(
        policies.names(statement, account) for statement in found if policies.allows(statement, "sts:AssumeRole")
    )


def _needs_keys(configuration: Configuration, account: str) -> bool:
    return any(entry.ami["KmsKeyId"].present for entry in configuration.images if account in entry.targets.texts)


def _may_use_keys(role: Declared) -> bool | None:
    """No, only if every policy of the role can be read: inline ones that are known, and no other managed ones."""
    attached = root(role)["ManagedPolicyArns"]
    inline = root(role)["Policies"]
    documents = [node["PolicyDocument"] for node in inline.elements]
    found = [policies.statements(document) for document in documents]
    if any(policies.allows(single, "kms:CreateGrant") for group in found for single in group or ()):
        return True
    vague = not inline.whole or None in found or not attached.whole or len(attached.elements) > 1
    return None if vague else False


def grants_put_parameter(role: PropertyNode) -> bool | None:
    """Whether a role's policies allow `ssm:PutParameter`; `None` if the plan does not show it.

    Args:
        role: The role's properties.
    """
    found = [policies.statements(node["PolicyDocument"]) for node in role["Policies"].elements]
    if any(policies.allows(single, "ssm:PutParameter") for group in found for single in group or ()):
        return True
    vague = not role["Policies"].whole or None in found or role["ManagedPolicyArns"].present
    return None if vague else False
