"""The likely cause of a failed build or distribution, and the fix.

AWS's message comes from the service that a step called: EC2, Systems Manager, License Manager, STS, KMS. The rules
below cover those that are seen in practice; any other message is shown unchanged, without a guess.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.services.image_models import RegionFailure

ROLE = "EC2ImageBuilderDistributionCrossAccountRole"
_SERVICE_ROLE = "the role that Image Builder uses"

STEPS = {
    "": "copying the AMI",
    "ASSOCIATE_LICENSES": "associating licences",
    "UPDATE_LAUNCH_TEMPLATES": "updating launch templates",
    "PUT_SSM_PARAMETERS": "writing SSM parameters",
    "UPDATE_FAST_LAUNCH_CONFIGURATIONS": "setting up fast launch",
    "EXPORT_AMI": "exporting the AMI to S3",
}
"""`imageConfigurationStep` -> what Image Builder was doing."""


@dataclass(frozen=True, slots=True)
class LikelyCause:
    """The likely cause of a failure.

    Attributes:
        text: The likely cause.
        fix: What to do.
        rule: The rule of `cloudwright plan` that finds it before a build; empty without one.
    """

    text: str
    fix: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    step: str
    words: re.Pattern[str]
    cause: LikelyCause


def _known(step: str, words: str, text: str, fix: str, rule: str = "") -> _Known:
    return _Known(step, re.compile(words, re.IGNORECASE | re.DOTALL), LikelyCause(text, fix, rule))


_ANY = "*"
_KNOWN = (
    _known(
        _ANY,
        r"sts:AssumeRole|unable to assume|cannot assume|is not authorized to assume",
        f"account {{account}} has no role {ROLE}, or the role does not trust the build account",
        f"declare {ROLE} in account {{account}} with a trust policy for the build account, and deploy",
        "IB125",
    ),
    _known(
        "",
        r"AWS Managed CMK|aws/ebs|default (EBS )?encryption key",
        "the AMI is encrypted with the AWS-managed key, and its snapshots can't be shared with another account",
        "encrypt it with a customer key: KmsKeyId in the recipe's BlockDeviceMappings and in each distribution entry",
        "IB120",
    ),
    _known(
        _ANY,
        r"kms|customer master key|encrypt|KeyUnavailable|AMI Copy Reported Failure",
        "the KMS key's policy does not let account {account} use the key, or {role} lacks the kms actions",
        "allow account {account} kms:Decrypt, CreateGrant, DescribeKey, ReEncrypt* and GenerateDataKey* in its policy",
    ),
    _known(
        "",
        r"limit|quota|exceed",
        "account {account} has reached a limit of AMIs, snapshots or concurrent copies in {region}",
        "retire old images there (`cloudwright images retire FILE --older-than 180d`), or raise the quota",
    ),
    _known(
        "PUT_SSM_PARAMETERS",
        r"not authorized|AccessDenied|UnauthorizedOperation",
        "Image Builder may write only parameters under /imagebuilder/ in the build account, and elsewhere only what "
        f"{ROLE} allows",
        "name the parameter /imagebuilder/..., or allow {role} ssm:PutParameter on it",
        "IB127",
    ),
    _known(
        "PUT_SSM_PARAMETERS",
        r"ParameterAlreadyExists|HierarchyTypeMismatch|ValidationException|type",
        "a parameter of that name exists with another type or data type",
        "delete the parameter, or declare another ParameterName",
    ),
    _known(
        "UPDATE_LAUNCH_TEMPLATES",
        r"does not exist|NotFound|InvalidLaunchTemplateId",
        "the launch template was deleted, or belongs to another account or Region",
        "correct LaunchTemplateId and AccountId of {region}'s entry, and deploy",
        "IB138",
    ),
    _known(
        "UPDATE_LAUNCH_TEMPLATES",
        r"not authorized|AccessDenied|UnauthorizedOperation",
        "{role} lacks ec2:CreateLaunchTemplateVersion or ec2:ModifyLaunchTemplate in account {account}; in the build "
        "account the template needs the tag CreatedBy: EC2 Image Builder",
        "tag the template, or allow {role} both actions",
        "IB139",
    ),
    _known(
        "ASSOCIATE_LICENSES",
        r"InvalidParameterValue|is not valid",
        "the licence configuration is not in {region}, or was deleted",
        "name a licence configuration of {region}, by the ARN that License Manager shows there, and deploy",
        "IB142",
    ),
    _known(
        "ASSOCIATE_LICENSES",
        r"LicenseUsage|enough licenses",
        "the licence configuration enforces its limit, and no licence is left",
        "raise the limit of the licence configuration, or release licences",
    ),
    _known(
        "ASSOCIATE_LICENSES",
        r".",
        "{role} lacks license-manager:UpdateLicenseSpecificationsForResource, or the licence is not shared with "
        "account {account}",
        "share the licence configuration through AWS RAM, and allow {role} the action",
    ),
    _known(
        "UPDATE_FAST_LAUNCH_CONFIGURATIONS",
        r"Windows",
        "fast launch exists for Windows AMIs only",
        "remove FastLaunchConfigurations from {region}'s entry, and deploy",
        "IB131",
    ),
    _known(
        "UPDATE_FAST_LAUNCH_CONFIGURATIONS",
        r"MaxParallelLaunches",
        "EC2 requires at least 6 parallel launches, although Image Builder accepts fewer",
        "set MaxParallelLaunches to 6 or more in {region}'s entry, or omit it, and deploy",
        "IB133",
    ),
    _known(
        "UPDATE_FAST_LAUNCH_CONFIGURATIONS",
        r".",
        "{role} lacks ec2:EnableFastLaunch in account {account}",
        "allow it the action, or remove FastLaunchConfigurations from {region}'s entry",
    ),
    _known(
        "EXPORT_AMI",
        r".",
        "the role vmimport is missing, or may not write the bucket",
        "create the role vmimport with access to the bucket, as VM Import/Export describes it",
    ),
)

_BUILD = (
    _known(
        _ANY,
        r"timed? ?out|TimeoutSeconds",
        "the step took longer than its timeout, often because the instance reaches neither Systems Manager nor its "
        "package repositories",
        "check the subnet's route to the internet or its VPC endpoints (ssm, ssmmessages, ec2messages, s3)",
    ),
    _known(
        _ANY,
        r"InsufficientInstanceCapacity|insufficient capacity",
        "EC2 has no capacity of this instance type in the subnet's Availability Zone",
        "name several InstanceTypes in the infrastructure configuration, or try again later",
    ),
    _known(
        _ANY,
        r"InstanceProfile|instance profile",
        "the instance profile is missing, or lacks EC2InstanceProfileForImageBuilder and AmazonSSMManagedInstanceCore",
        "attach both policies to the role of the instance profile",
    ),
    _known(
        _ANY,
        r"SSM|Systems Manager|document worker|not (yet )?(connected|managed)",
        "the build instance did not register with Systems Manager",
        "check the instance profile's policies, the SSM agent of the parent image, and the subnet's routes",
    ),
    _known(
        _ANY,
        r"stopped by the user",
        "the waiting step was rejected",
        "if that was a mistake, `cloudwright images retry FILE` asks again; otherwise build again: `cloudwright images "
        "run FILE`",
    ),
)


def cause_of(failure: RegionFailure, builder: str) -> LikelyCause | None:
    """The likely cause of a failed cell; `None` if no rule matches.

    Args:
        failure: From `distributionFailure.regionFailures`.
        builder: The build account, where Image Builder uses its service-linked role.
    """
    role = _SERVICE_ROLE if failure.account == builder else ROLE
    words = {"account": failure.account, "region": failure.region, "role": role}
    for known in _KNOWN:
        if known.step in {_ANY, failure.step} and known.words.search(failure.message):
            return _about(known.cause, words)
    return None


def build_cause(message: str) -> LikelyCause | None:
    """The likely cause of a failed build or test step; `None` if no rule matches.

    Args:
        message: AWS's message.
    """
    return next((known.cause for known in _BUILD if known.words.search(message)), None)


def _about(cause: LikelyCause, words: Mapping[str, str]) -> LikelyCause:
    return LikelyCause(cause.text.format_map(words), cause.fix.format_map(words), cause.rule)
