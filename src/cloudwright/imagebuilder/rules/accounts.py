"""Rules about target accounts, which receive copies of the AMI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.imagebuilder import crossaccount
from cloudwright.imagebuilder.graph import ROLE
from cloudwright.imagebuilder.rules.permissions import wrong_accounts
from cloudwright.imagebuilder.rules.rule import Note, distribution, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.imagebuilder.configuration import Configuration
    from cloudwright.imagebuilder.property_node import PropertyNode


@distribution("IB107", "error", "Image Builder API model, AccountList (1 to 1536); service error in cdk-real-drift#506")
def target_accounts(configuration: Configuration) -> Iterator[Note]:
    """TargetAccountIds holds 1 to 1536 account numbers of 12 digits, each once."""
    for entry in configuration.images:
        yield from wrong_accounts(entry.targets)
        seen: set[str] = set()
        for node in entry.targets.elements:
            if node.text in seen:
                yield Note(node, f"{node.text} is listed twice.", "Remove this one.")
            seen.add(node.text or "")


@distribution("IB108", "info", "The documentation of awscc does it; the build account owns the AMI anyway")
def target_is_the_build_account(configuration: Configuration) -> Iterator[Note]:
    """TargetAccountIds does not list the build account, which owns the AMI anyway."""
    for entry in configuration.images:
        for node in entry.targets.elements:
            if node.text and node.text == configuration.account:
                yield Note(
                    node,
                    f"{node.text} is the build account; it owns the AMI in every Region without being listed.",
                    "Remove it. If the list is then empty, omit TargetAccountIds.",
                )


@distribution("IB125", "warning", "EC2 Image Builder User Guide: cross-account-dist; policy of the service-linked role")
def cross_account_role(configuration: Configuration) -> Iterator[Note]:
    """Every target account has the cross-account role, by its exact name, with its trust and policies."""
    missing: dict[str, PropertyNode] = {}
    for account, node in first_places(configuration).items():
        problem = crossaccount.problem(configuration, account)
        if problem == crossaccount.MISSING:
            missing[account] = node
        elif problem:
            yield Note(
                node, f"In account {account} {problem}.", _FIX.format(account=account, role=crossaccount.ROLE_NAME)
            )
    # The plan sees only what this program declares: another team's account may have the role, although it is not
    # declared here.
    ours = _managed(configuration)
    for accounts, severity in (
        ([account for account in missing if account in ours], ""),
        ([account for account in missing if account not in ours], "info"),
    ):
        if not accounts:
            continue
        where = f"account {accounts[0]}" if len(accounts) == 1 else f"{len(accounts)} accounts ({listed(accounts)})"
        yield Note(
            missing[accounts[0]],
            f"The program declares no role {crossaccount.ROLE_NAME} in {where}; without it the distribution fails "
            "there, after the build.",
            f"Declare the role in each account, or ask the account's owner to create it with trust for "
            f"the build account {configuration.account or ''}".rstrip()
            + f", the managed policy {crossaccount.MANAGED_POLICY}, and inline policies for keys, templates and "
            "parameters. If the role already exists, silence IB125 with that reason.",
            severity=severity,
        )


_FIX = "Set up {role} in {account} with the exact name, the trust, and the policies."


def _managed(configuration: Configuration) -> frozenset[str]:
    """The target accounts whose roles the program manages: it declares such a role, or anything else in the account."""
    if crossaccount.ROLE_NAME in configuration.graph.texts(ROLE, "RoleName"):
        return frozenset(first_places(configuration))
    return configuration.graph.managed_accounts


def first_places(configuration: Configuration) -> dict[str, PropertyNode]:
    """Each target account with the first place that names it; the build account is not one.

    Args:
        configuration: The configuration.
    """
    found: dict[str, PropertyNode] = {}
    for entry in configuration.images:
        for node in entry.targets.elements:
            if node.text and node.text != configuration.account:
                found.setdefault(node.text, node)
    return found
