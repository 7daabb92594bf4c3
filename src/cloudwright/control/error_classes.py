"""What a refused or unanswered delivery means for the caller. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.control.verdict import DETERMINISTIC_REFUSALS, UNCERTAIN_REFUSALS
from cloudwright.errors import CredentialsError, CredentialsExpired, NotAnswered, ServiceError

if TYPE_CHECKING:
    from cloudwright.control.model import Call

_EXPIRED = frozenset({"ExpiredToken", "TokenRefreshRequired"})
_UNKNOWN_KEY = frozenset(
    {"UnrecognizedClient", "InvalidClientTokenId", "InvalidAccessKeyId", "MissingAuthenticationToken", "AuthFailure"}
)
_BAD_SIGNATURE = frozenset(
    {"InvalidSignature", "SignatureDoesNotMatch", "RequestExpired", "RequestTimeTooSkewed", "IncompleteSignature"}
)


def is_missing(error: ServiceError) -> bool:
    """Whether AWS says that the resource does not exist."""
    return error.name in {"ResourceNotFound", "NotFound"}


def may_have_arrived(error: Exception) -> bool:
    """Whether the service may have accepted a delivery that ended with this error."""
    return isinstance(error, NotAnswered) or (isinstance(error, ServiceError) and error.name in UNCERTAIN_REFUSALS)


def final(error: Exception, *, unanswered: bool) -> Exception:
    """The error to raise for the last delivery of a mutation, given whether an earlier one may have arrived."""
    if not unanswered:
        return error
    if isinstance(error, ServiceError) and error.name in DETERMINISTIC_REFUSALS:
        error.unanswered = True
        return error
    if isinstance(error, NotAnswered):
        return error
    return NotAnswered(f"a delivery of the request got no usable answer; the last one: {error}")


def classified(call: Call, error: ServiceError) -> Exception:
    """The error to raise for a synchronous refusal: problems of our own credentials become credential errors (CC81)."""
    if error.name in _EXPIRED:
        return CredentialsExpired(
            f"the AWS credentials ({call.target.source}) have expired: {error.service_message}",
            hint="renew them (for example `aws sso login`) and run the same command again; it continues",
        )
    if error.name in _UNKNOWN_KEY:
        return CredentialsError(
            f"AWS does not know the credentials ({call.target.source}): {error.code}: {error.service_message}",
            hint="check AWS_PROFILE, the access key and the partition; `--local` needs no credentials",
        )
    if error.name in _BAD_SIGNATURE:
        return CredentialsError(
            f"AWS refused the signature: {error.code}: {error.service_message}",
            hint="check the secret key, and that this machine's clock is right",
        )
    if error.name == "AccessDenied" and call.service == "cloudcontrolapi":
        # Cloud Control's IAM actions carry CloudFormation's prefix (CC94).
        error.hint = (
            f"the caller needs the IAM action cloudformation:{call.action} and the actions of the type's handler; "
            "`cloudwright permissions FILE` lists them"
        )
    return error
