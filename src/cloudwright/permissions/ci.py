"""Two roles for continuous integration: one that plans for every pull request, one that deploys from one branch.

https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudwright.errors import CloudwrightError
from cloudwright.lazy_dataclass import dataclass
from cloudwright.permissions.policy import VERSION, Policy, policies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.permissions.model import AccountPermissions

_PROVIDER = "token.actions.githubusercontent.com"
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_+=,.@-]+")
_LONGEST_NAME = 60
"""A role's name may have 64 characters; what is left is for the number of a split policy."""
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class Role:
    """A role for CI in one account.

    Attributes:
        name: `cloudwright-APP-plan` or `cloudwright-APP-deploy`.
        account: Twelve digits.
        trust: The document that says who may assume it.
        policies: What it may do.
    """

    name: str
    account: str
    trust: Mapping[str, Any]
    policies: tuple[Policy, ...]


def ci_role(needed: AccountPermissions, name: str, repository: str, subject: str) -> Role:
    """A role that a GitHub workflow assumes.

    Args:
        needed: What it may do.
        name: The role's name; what IAM does not allow in it becomes a dash.
        repository: `OWNER/NAME`.
        subject: Which runs of the repository: `pull_request`, `ref:refs/heads/main`, `environment:prod`.

    Raises:
        CloudwrightError: The repository is no `OWNER/NAME`.
    """
    if not _REPOSITORY.fullmatch(repository):
        raise CloudwrightError(f"{repository!r} is not a repository", hint="write OWNER/NAME")
    provider = f"arn:{needed.partition}:iam::{needed.account}:oidc-provider/{_PROVIDER}"
    tests = {f"{_PROVIDER}:aud": "sts.amazonaws.com", f"{_PROVIDER}:sub": f"repo:{repository}:{subject}"}
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": tests},
    }
    trust = {"Version": VERSION, "Statement": [statement]}
    short = _NOT_IN_NAMES.sub("-", name)[:_LONGEST_NAME]
    return Role(short, needed.account, trust, policies(needed, short))
