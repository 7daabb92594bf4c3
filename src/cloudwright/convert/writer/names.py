"""Names by Python's conventions, each used once."""

from __future__ import annotations

import builtins
import keyword
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORD = re.compile(r"[A-Za-z0-9]+")
_PART = re.compile(r"IPv[46]|IoT|OAuth|DynamoDB|GitHub|[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ACRONYMS = re.compile(
    r"(?:ACL|ALB|AMI|API|ARN|ASG|AWS|AZ|CDN|CIDR|CPU|DB|DHCP|DLQ|DNS|EBS|ECR|ECS|EC|EFS|EIP|EKS|ELB|EMR|ENI|GW|HTTPS?"
    r"|IAM|ID|IGW|IP|JSON|KMS|LB|NAT|NLB|OIDC|RDS|SG|SNS|SQS|SSH|SSL|SSM|TCP|TLS|UDP|URI|URL|VPC|VPN|WAF)"
)
"""Acronyms that a run of capitals may consist of."""

RESERVED = frozenset({*keyword.kwlist, *keyword.softkwlist, *dir(builtins)})
"""Names that are never generated."""


class Names:
    """The names of one scope."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        """Start a scope.

        Args:
            taken: Names that are already taken in it.
        """
        self._taken = {*RESERVED, *taken}

    @property
    def taken(self) -> frozenset[str]:
        """The names that are taken."""
        return frozenset(self._taken)

    def take(self, wanted: str, *others: str) -> str:
        """Return a name that is not taken, and take it.

        Args:
            wanted: The best name.
            others: The next best ones, before numbers are added.
        """
        for candidate in (wanted, *others):
            if candidate not in self._taken:
                self._taken.add(candidate)
                return candidate
        number = next(n for n in range(2, len(self._taken) + 3) if f"{wanted}_{n}" not in self._taken)
        self._taken.add(f"{wanted}_{number}")
        return f"{wanted}_{number}"


def snake(name: str) -> str:
    """A name of variables and functions: `VPCGatewayAttachment` is `vpc_gateway_attachment`.

    Args:
        name: Letters and digits, with anything between the words.
    """
    words = "_".join(word for chunk in _WORD.findall(name) for word in _words(chunk)).lower()
    return words if words and not words[0].isdigit() else f"n{words}"


def _words(chunk: str) -> list[str]:
    """The words of letters and digits; a number belongs to the word before it, and so does a letter after that."""
    found: list[str] = []
    for part in _PART.findall(chunk):
        if found and part.isdigit():
            found[-1] += part
            continue
        words = _acronyms(part)
        if found and found[-1][-1].isdigit() and len(words[0]) == 1 and words[0].isupper():
            found[-1] += words.pop(0)
        found += words
    return found


def _acronyms(part: str) -> list[str]:
    """A run of capitals split into acronyms, or as one word; `AZs` is one word."""
    plural = "s" if part.endswith("s") and part[:-1].isupper() else ""
    run = part.removesuffix(plural)
    for first in ("", run[:1]):
        words = _ACRONYMS.findall(run.removeprefix(first))
        if words and "".join([first, *words]) == run:
            return [*([first] if first else []), *words[:-1], words[-1] + plural]
    return [part]


def constant(name: str) -> str:
    """A name of constants: `RegionMap` is `REGION_MAP`.

    Args:
        name: As for `snake`.
    """
    return snake(name).upper()
