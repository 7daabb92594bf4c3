"""Rules about who may launch an AMI."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.imagebuilder.rules.rule import Note, account_in, distribution, listed, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.imagebuilder.configuration import Configuration
    from cloudwright.imagebuilder.property_node import PropertyNode

_ORGANIZATION = re.compile(r"arn:aws[^:]*:organizations::[0-9]{12}:organization/o-[a-z0-9]{10,32}")
_UNIT = re.compile(r"arn:aws[^:]*:organizations::[0-9]{12}:ou/o-[a-z0-9]{10,32}/ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}")
_MOST_ACCOUNTS = 1536
_MOST_GROUPS = 25


@distribution("IB112", "error", "EC2 API model, PermissionGroup: its only value is `all`")
def only_group_is_all(configuration: Configuration) -> Iterator[Note]:
    """UserGroups takes only `all`."""
    for entry in configuration.images:
        for node in entry.permission["UserGroups"].elements:
            if node.known and node.value != "all":
                yield Note(
                    node,
                    f'{quote(node.value)} is not a group: the only group is "all", which means every AWS account.',
                    'Write "all" for a public AMI, or list the accounts in UserIds.',
                )


@distribution("IB113", "warning", "Service error in aws-deepracer-community/deepracer-on-the-spot#106")
def public_needs_consent(configuration: Configuration) -> Iterator[Note]:
    """A public AMI fails while the account blocks public sharing."""
    for entry in configuration.images:
        for node in entry.permission["UserGroups"].elements:
            if node.value == "all":
                yield Note(
                    node,
                    f"Every AWS account may launch this AMI{_where(entry.region)}. The distribution fails while the "
                    "EC2 setting 'block public access for AMIs' is on, as it is by default.",
                    "List the accounts in UserIds. If the AMI must be public, turn the setting off in this Region "
                    "and silence IB113 here with the reason.",
                )


@distribution("IB115", "error", "EC2 launch permissions: the group `all` includes every account")
def public_makes_others_redundant(configuration: Configuration) -> Iterator[Note]:
    """With `all`, grants to accounts, organisations and units have no effect."""
    for entry in configuration.images:
        if not entry.public:
            continue
        for name in ("UserIds", "OrganizationArns", "OrganizationalUnitArns"):
            if entry.permission[name].elements:
                yield Note(
                    entry.permission[name],
                    f'UserGroups has "all": every account has access already, so {name} has no effect.',
                    f"Remove UserGroups to share only with these, or remove {name}.",
                )


@distribution("IB116", "error", "Image Builder API model, OrganizationArn (at most 25); no pattern in the schema")
def organization_arns(configuration: Configuration) -> Iterator[Note]:
    """OrganizationArns holds full ARNs, at most 25."""
    for entry in configuration.images:
        shape = f"arn:{configuration.declared.target.partition}:organizations::MANAGEMENT_ACCOUNT:organization/{{}}"
        yield from _arns(entry.permission["OrganizationArns"], _ORGANIZATION, shape, r"o-[a-z0-9]{10,32}")


@distribution("IB117", "error", "Image Builder API model, OrganizationalUnitArn (at most 25); no pattern in the schema")
def unit_arns(configuration: Configuration) -> Iterator[Note]:
    """OrganizationalUnitArns holds full ARNs, at most 25."""
    for entry in configuration.images:
        partition = configuration.declared.target.partition
        shape = f"arn:{partition}:organizations::MANAGEMENT_ACCOUNT:ou/ORGANIZATION_ID/{{}}"
        unit = r"ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}"
        yield from _arns(entry.permission["OrganizationalUnitArns"], _UNIT, shape, unit)


@distribution("IB118", "error", "Image Builder API model, AccountList (at most 1536); no pattern in the schema")
def user_ids(configuration: Configuration) -> Iterator[Note]:
    """UserIds holds account numbers of 12 digits, at most 1536."""
    for entry in configuration.images:
        yield from wrong_accounts(entry.permission["UserIds"])


@distribution("IB119", "info", "aws-samples/cdk-image-pipeline#71 and #76; the AWS pages show TargetAccountIds alone")
def copies_without_permission(configuration: Configuration) -> Iterator[Note]:
    """An account that gets a copy may also launch the source AMI."""
    for entry in configuration.images:
        permission = entry.permission
        groups = any(permission[name].present for name in ("UserGroups", "OrganizationArns", "OrganizationalUnitArns"))
        if permission.unknown or groups or not permission["UserIds"].whole:
            continue
        allowed = {configuration.account, *permission["UserIds"].texts}
        lacking = [account for account in entry.targets.texts if account not in allowed]
        if lacking:
            yield Note(
                entry.targets,
                "An account gets a copy but no launch permission on the source AMI; "
                'users saw "AMI Copy Reported Failure" until both were set.',
                f'If the copy fails, add "LaunchPermissionConfiguration": {{"UserIds": [{_quoted(lacking)}]}}.',
            )


def wrong_accounts(accounts: PropertyNode) -> Iterator[Note]:
    """What is wrong with a list of account numbers: the form of each, and the count.

    Args:
        accounts: The list.
    """
    for node in accounts.elements:
        if node.unknown or (node.text is not None and re.fullmatch(r"[0-9]{12}", node.text)):
            continue
        found = account_in(f"{node.value:012d}" if type(node.value) is int else str(node.value))
        yield Note(
            node,
            f"{quote(node.value)} is not an account number: use twelve digits, as a string.",
            f"Write {quote(found)}." if found else 'Write the account\'s number, such as "222222222222".',
        )
    yield from _too_many(accounts, _MOST_ACCOUNTS, "accounts")


def _arns(arns: PropertyNode, pattern: re.Pattern[str], shape: str, identifier: str) -> Iterator[Note]:
    for node in arns.elements:
        if node.unknown or pattern.fullmatch(node.text or ""):
            continue
        found = re.search(identifier, node.text or "")
        example = shape.format(found[0] if found else "ID")
        yield Note(node, f"{quote(node.value)} is not a full ARN.", f"Write {quote(example)}, with your own numbers.")
    yield from _too_many(arns, _MOST_GROUPS, "ARNs")


def _too_many(values: PropertyNode, most: int, what: str) -> Iterator[Note]:
    count = len(values.elements)
    if count > most:
        yield Note(values, f"{count} {what}; the service takes at most {most}.", "Share with an organisation or unit.")


def _where(region: str | None) -> str:
    return f" in {region}" if region else ""


def _quoted(values: list[str]) -> str:
    return listed([quote(value) for value in values])
