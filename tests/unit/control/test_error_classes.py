"""What an error of the service says about our credentials, and about whether a request arrived."""

from __future__ import annotations

import pytest

from cloudwright.control.error_classes import classified, final, is_missing, may_have_arrived
from cloudwright.control.model import Call
from cloudwright.errors import CredentialsError, CredentialsExpired, NotAnswered, NotSent, ServiceError
from unit.control.fakes import PLACE


@pytest.mark.parametrize(
    ("error", "arrived"),
    [
        (NotAnswered("cut"), True),
        (ServiceError("ServiceInternalErrorException", ""), True),
        (ServiceError("ThrottlingException", ""), False),
        (ServiceError("ValidationException", ""), False),
        (NotSent("no route"), False),
        (CredentialsError("no keys"), False),
    ],
)
def test_only_what_was_not_refused_may_have_arrived(error: Exception, *, arrived: bool) -> None:
    assert may_have_arrived(error) is arrived


def test_the_last_error_stays_as_it_is_unless_an_earlier_delivery_may_have_arrived() -> None:
    for error in (ServiceError("ValidationException", ""), NotSent("no route"), NotAnswered("cut")):
        assert final(error, unanswered=False) is error
    refused, cut = ServiceError("ClientTokenConflictException", ""), NotAnswered("cut")
    assert (final(refused, unanswered=True), refused.unanswered) == (refused, True)
    assert final(cut, unanswered=True) is cut
    for other in (ServiceError("AccessDeniedException", ""), NotSent("no route"), CredentialsExpired("old")):
        assert isinstance(final(other, unanswered=True), NotAnswered)


def test_the_permission_of_cloud_control_is_named_for_its_own_refusals_alone() -> None:
    hints = {}
    for service in ("cloudcontrolapi", "ssm"):
        for code in ("AccessDeniedException", "ValidationException"):
            error = ServiceError(code, "no")
            before = error.hint
            assert classified(Call(service, "GetResource", b"", PLACE), error) is error
            hints[service, code] = error.hint != before
    assert hints == {
        ("cloudcontrolapi", "AccessDeniedException"): True,
        ("cloudcontrolapi", "ValidationException"): False,
        ("ssm", "AccessDeniedException"): False,
        ("ssm", "ValidationException"): False,
    }


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ExpiredTokenException", CredentialsExpired),
        ("TokenRefreshRequired", CredentialsExpired),
        ("InvalidClientTokenId", CredentialsError),
        ("AuthFailure", CredentialsError),
        ("RequestTimeTooSkewed", CredentialsError),
        ("IncompleteSignature", CredentialsError),
        ("ThrottlingException", ServiceError),
    ],
)
def test_a_refusal_of_our_credentials_is_an_error_of_the_credentials(code: str, kind: type[Exception]) -> None:
    assert type(classified(Call("sts", "GetCallerIdentity", b"", PLACE), ServiceError(code, "no"))) is kind


def test_missing_is_only_what_the_service_calls_not_found() -> None:
    assert is_missing(ServiceError("ResourceNotFoundException", ""))
    assert is_missing(ServiceError("NotFound", ""))
    assert not is_missing(ServiceError("TypeNotFoundException", ""))
