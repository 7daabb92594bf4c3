"""The checklist for the owner of a target account: what to set up, as text and as data.

Source: EC2 Image Builder User Guide, "Set up cross-account AMI distribution" (role, managed policy, inline policies for
keys and launch templates) and the prerequisites of SSM parameters in distributions.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cloudwright.imagebuilder.configuration import CREATED_BY, Configuration, is_customer_managed
from cloudwright.imagebuilder.crossaccount import KEY_ACTIONS, MANAGED_POLICY, MISSING, ROLE_NAME
from cloudwright.imagebuilder.graph import DISTRIBUTION, DeclarationGraph
from cloudwright.imagebuilder.model import build, source_key
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudwright.imagebuilder.configuration import DistributionEntry
    from cloudwright.imagebuilder.model import Distribution
    from cloudwright.imagebuilder.node import PropertyNode
    from cloudwright.plan.model import Declared, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """One target account of one configuration.

    Attributes:
        key: The configuration's key.
        account: The target account.
        builder: The build account.
        partition: Such as `aws`.
        regions: The Regions where it gets copies.
        state: Empty if the plan declares the role correctly; else what is wrong.
        trust: The role's trust policy.
        inline: Policy name -> document, for permissions that the managed policy lacks.
    """

    key: str
    account: str
    builder: str
    partition: str
    regions: tuple[str, ...]
    state: str
    trust: Mapping[str, Any]
    inline: Mapping[str, Mapping[str, Any]]

    @property
    def managed_policy(self) -> str:
        """The ARN of the managed policy to attach."""
        return f"arn:{self.partition}:iam::aws:policy/{MANAGED_POLICY}"

    def as_json(self) -> dict[str, Any]:
        """The checklist as JSON; the role has the properties of `AWS::IAM::Role`."""
        policies = [{"PolicyName": name, "PolicyDocument": dict(document)} for name, document in self.inline.items()]
        return {
            "configuration": self.key,
            "account": self.account,
            "regions": list(self.regions),
            "state": self.state or "declared",
            "role": {
                "RoleName": ROLE_NAME,
                "AssumeRolePolicyDocument": dict(self.trust),
                "ManagedPolicyArns": [self.managed_policy],
                **({"Policies": policies} if policies else {}),
            },
        }


def checklists(plan: Plan) -> tuple[Checklist, ...]:
    """One checklist for every target account of every configuration, by configuration and account.

    Args:
        plan: Only its declarations are read.
    """
    graph = DeclarationGraph.of(plan)
    found = []
    for declared in graph.of_type(DISTRIBUTION):
        configuration = Configuration(declared, graph)
        model = build(configuration)
        targets: dict[str, list[DistributionEntry]] = {}
        for entry in configuration.images:
            for account in dict.fromkeys(entry.targets.texts):
                targets.setdefault(account, []).append(entry)
        targets.pop(model.account, None)
        found += [_checklist(configuration, model, account, targets[account]) for account in sorted(targets)]
    return tuple(found)


def checklist_text(checklist: Checklist) -> str:
    """The checklist as text: what to do, with the policies to paste.

    Args:
        checklist: From `checklists`.
    """
    state = {"": "declared in this program", MISSING: "not declared in this program"}
    lines = [
        f"Account {checklist.account}: role {ROLE_NAME}, for copies in {', '.join(checklist.regions)}",
        f"  State: {state.get(checklist.state, checklist.state)}",
        f"  [ ] Name it exactly {ROLE_NAME}.",
        f"  [ ] Trust the build account {checklist.builder}:",
        *_indented(checklist.trust),
        f"  [ ] Attach {checklist.managed_policy}",
    ]
    for name, document in checklist.inline.items():
        lines += [f"  [ ] Add the inline policy {name}:", *_indented(document)]
    return "\n".join(lines)


def _checklist(
    configuration: Configuration, model: Distribution, account: str, entries: list[DistributionEntry]
) -> Checklist:
    partition = configuration.declared.target.partition
    inline = {
        "keys": _keys(configuration, entries),
        "launch-templates": _templates(entries, account, partition),
        "parameters": _parameters(entries, account, partition),
    }
    principal = f"arn:{partition}:iam::{model.account}:root"
    trust = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    return Checklist(
        key=model.key,
        account=account,
        builder=model.account,
        partition=partition,
        regions=tuple(entry.node["Region"].label for entry in entries),
        state=model.blocked.get(account, ""),
        trust=_document([trust]),
        inline={name: _document(statements) for name, statements in inline.items() if statements},
    )


def _keys(configuration: Configuration, entries: Iterable[DistributionEntry]) -> list[dict[str, Any]]:
    """The key of the source AMI and the keys of the account's Regions: the role copies the AMI."""
    source = source_key(configuration)
    places = [source] if source else []
    places += [(configuration.declared, entry.ami["KmsKeyId"]) for entry in entries]
    names = [_key_arn(declared, node) for declared, node in places if is_customer_managed(node)]
    return [{"Effect": "Allow", "Action": list(KEY_ACTIONS), "Resource": sorted(set(names))}] if names else []


def _key_arn(declared: Declared, node: PropertyNode) -> str:
    """The key's ARN, or where to find it; a policy can't name a key by its alias (IAM, resources of KMS)."""
    if node.text is None:
        return f"ARN of {declared.references.get(node.path, node.label)}"
    return f"ARN of the key of {node.text}" if ":alias/" in node.text else node.text


def _templates(entries: Iterable[DistributionEntry], account: str, partition: str) -> list[dict[str, Any]]:
    if not any(_for_account(entry.node["LaunchTemplateConfigurations"], "AccountId", account) for entry in entries):
        return []
    change = {
        "Effect": "Allow",
        "Action": ["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"],
        "Resource": f"arn:{partition}:ec2:*:{account}:launch-template/*",
        "Condition": {"StringEquals": {"aws:ResourceTag/CreatedBy": CREATED_BY}},
    }
    return [{"Effect": "Allow", "Action": ["ec2:DescribeLaunchTemplates"], "Resource": "*"}, change]


def _parameters(entries: Iterable[DistributionEntry], account: str, partition: str) -> list[dict[str, Any]]:
    arns = {
        f"arn:{partition}:ssm:{entry.region or '*'}:{account}:parameter/{name.lstrip('/')}"
        for entry in entries
        for setting in _for_account(entry.node["SsmParameterConfigurations"], "AmiAccountId", account)
        if (name := setting["ParameterName"].text)
    }
    if not arns:
        return []
    write = {"Effect": "Allow", "Action": ["ssm:PutParameter"], "Resource": sorted(arns)}
    return [write, {"Effect": "Allow", "Action": ["ec2:DescribeImages"], "Resource": "*"}]


def _for_account(settings: PropertyNode, name: str, account: str) -> list[PropertyNode]:
    return [node for node in settings.elements if node[name].text == account]


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def _indented(document: Mapping[str, Any]) -> list[str]:
    return [f"      {line}" for line in json.dumps(document, indent=2).splitlines()]
