"""Every error that cloudwright raises, in one tree.

::

    CloudwrightError
    ├── ProgramError                what the user's program says can't be
    │   ├── DuplicateKey
    │   ├── DependencyCycle
    │   ├── ReferenceMisuse
    │   ├── StaleReference
    │   ├── ForgottenAwait
    │   ├── UnknownType             (also in the schema layer)
    │   ├── InvalidProperties
    │   ├── CannotPlan              apps of a group can't be planned (`app/group/model`)
    │   ├── NeedsMember             an app reads outputs of one that is not complete (`app/group/model`)
    │   └── NoProgram
    ├── PlanError                   no plan can do this
    │   ├── StalePlan
    │   ├── ConsentNeeded
    │   ├── HandoverPending
    │   ├── ResourceGone            another tool names it (`app/physical_ids`)
    │   ├── FindingsStop
    │   ├── NeedsAws
    │   ├── PlanDeviation
    │   ├── LookupFailed
    │   │   └── NoAnswer
    │   └── NeedsHuman
    ├── ApplyFailed                 some resources could not be deployed
    │   └── ResourceFailed
    ├── OperationFailed             one request failed (`engine/failures`)
    │   └── StillRunning            ... or has not ended yet
    ├── ActionFailed                an action of the program's did not complete
    ├── AssetError                  an asset can't be uploaded
    ├── Ambiguous
    ├── OutsideFolder               an agent named a file outside of the served folder (`mcp/folder`)
    ├── NotSimulated                IAM can't simulate a caller (`services/iam`)
    ├── DeployFailed                a test's deploy failed (`testing/runner`)
    ├── StateError
    │   ├── IntentTooOld
    │   ├── LockHeld
    │   ├── LeaseLost
    │   ├── StateCorrupt
    │   ├── StateTooNew
    │   ├── StateUnavailable
    │   │   └── Unanswered          the object store may have acted (`state/s3/object_port`)
    │   └── CannotUnseal
    ├── SourceError                 what is converted can't be (`convert/problem`)
    ├── CredentialsError            nothing could be signed
    │   ├── NoCredentials
    │   ├── NoRegion
    │   ├── CredentialsExpired
    │   └── WrongAccount
    ├── TransportError              no answer came
    │   ├── NotSent
    │   └── NotAnswered
    └── ServiceError                AWS answered with an error
        └── ProviderError           ... or the provider of a type written in Python did

An error that carries objects of its layer is defined there and listed here with its module. The first line of a class's
docstring is its default message, so that every error reads as advice.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class CloudwrightError(Exception):
    """The base class of all errors of cloudwright."""

    exit_code = 1

    def __init__(self, message: str | None = None, *, hint: str | None = None) -> None:
        """Keep the text and the advice apart, so that a renderer can set them apart.

        Args:
            message: What is wrong, with the exact place. Without it: the first line of the docstring.
            hint: What to do about it.
        """
        self.message: str = message or inspect.cleandoc(type(self).__doc__ or "").partition("\n")[0]
        self.hint = hint
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class ProgramError(CloudwrightError):
    """The program declares something that can't be deployed."""


class DuplicateKey(ProgramError):
    """The same id is declared twice in one scope."""


class DependencyCycle(ProgramError):
    """Resources depend on each other in a cycle."""


class ReferenceMisuse(ProgramError):
    """Python can't compute with a value that is not known yet; await the resource first."""


class StaleReference(ProgramError):
    """A resource or reference comes from another run of the program; declare it again in each run."""


class ForgottenAwait(ProgramError):
    """A call was used, or forgotten, before it was awaited; write `await` before it."""


class UnknownType(ProgramError):
    """There is no schema for this resource type."""


class InvalidProperties(ProgramError):
    """The properties do not fit the type's schema."""

    def __init__(self, message: str, *, violations: Sequence[object] = (), hint: str | None = None) -> None:
        """Carry the violations as data together with the text that lists them.

        Args:
            message: All violations, readable.
            violations: The same as data (`cloudwright.schema.validation.validate.Violation`).
            hint: What to do about it.
        """
        self.violations: tuple[object, ...] = tuple(violations)
        super().__init__(message, hint=hint)


class NoProgram(ProgramError):
    """The file holds no app with a program; decorate one function with `@app.program`."""


class PlanError(CloudwrightError):
    """The program can't be planned."""


class StalePlan(PlanError):
    """The state or the program changed since this plan was made; plan again."""


class ConsentNeeded(PlanError):
    """The plan needs consent that was not given."""


class HandoverPending(PlanError):
    """The plan would change a resource that another tool may still manage."""


class FindingsStop(PlanError):
    """A finding of severity error stops the deploy; silence it, or allow it."""

    exit_code = 5


class NeedsAws(PlanError):
    """This needs an answer from AWS, which is not called here."""


class PlanDeviation(PlanError):
    """The second run of the program wants something that the plan did not show; nothing was sent for it."""

    def __init__(self, message: str, *, key: str, hint: str | None = None) -> None:
        """Carry the resource's key as data, since an id may hold any character.

        Args:
            message: What differs, with the exact place.
            key: The resource for which nothing was sent.
            hint: What to do about it.
        """
        self.key = key
        super().__init__(message, hint=hint)


class LookupFailed(PlanError):
    """A lookup has no answer, or more than one."""


class NoAnswer(LookupFailed):
    """Nothing matches the lookup."""


class NeedsHuman(PlanError):
    """An earlier run was interrupted so long ago that the result of its request can't be found out."""


class ApplyFailed(CloudwrightError):
    """Some resources could not be deployed."""


class ResourceFailed(ApplyFailed):
    """An awaited resource could not be deployed."""


class ActionFailed(CloudwrightError):
    """An action did not complete, so the resources that depend on it were not deployed."""


class AssetError(CloudwrightError):
    """An asset can't be uploaded; nothing was sent that refers to it."""


class Ambiguous(CloudwrightError):
    """Several resources match, or another request of this state may have created the only match."""


class StateError(CloudwrightError):
    """The state can't be used."""


class IntentTooOld(StateError):
    """The machine slept between deciding on a request and sending it, so nothing was sent; deploy again."""


class LockHeld(StateError):
    """Another run works on this stage."""

    exit_code = 4


class LeaseLost(StateError):
    """This run lost its lease on the stage, so it stopped before it wrote or sent anything more."""


class StateCorrupt(StateError):
    """The state can't be read; nothing was changed."""


class StateTooNew(StateError):
    """The state was written by a newer cloudwright; upgrade cloudwright."""


class StateUnavailable(StateError):
    """The store of the state can't be reached or written."""


class CannotUnseal(StateError):
    """A sealed value can't be opened with the current key; nothing was overwritten."""


class CredentialsError(CloudwrightError):
    """No request can be signed."""


class NoCredentials(CredentialsError):
    """No AWS credentials were found."""


class NoRegion(CredentialsError):
    """No AWS Region is set."""


class CredentialsExpired(CredentialsError):
    """The AWS credentials have expired."""


class WrongAccount(CredentialsError):
    """The credentials belong to another account than the one expected; nothing was sent to Cloud Control."""


class TransportError(CloudwrightError):
    """The endpoint gave no answer."""


class NotSent(TransportError):
    """The request certainly did not reach the service (no connection, no name, refused)."""


class NotAnswered(TransportError):
    """The request may have reached the service, but no usable answer came back."""


class ServiceError(CloudwrightError):
    """AWS refused the request."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 400,
        request_id: str | None = None,
        retry_after: float | None = None,
        hint: str | None = None,
    ) -> None:
        """Keep AWS's own words.

        Args:
            code: The error's name after the `#` of `__type` (CC94), with its `Exception` suffix if it has one.
            message: AWS's own message.
            status: The HTTP status; informative only, never matched on.
            request_id: The id of the HTTP request at AWS, if the answer had one.
            retry_after: Seconds to wait, if the answer said so.
            hint: What to do about it.
        """
        self.code = code
        self.service_message = message
        self.status = status
        self.request_id = request_id
        self.retry_after = retry_after
        self.unanswered = False
        """Whether an earlier delivery of the same bytes got no answer; the refusal then proves nothing about it."""
        super().__init__(f"{code}: {message}", hint=hint)

    @property
    def name(self) -> str:
        """The code without its `Exception` suffix, as HandlerErrorCode spells it."""
        return self.code.removesuffix("Exception")


class ProviderError(ServiceError):
    """The provider of a type written in Python could not answer.

    Its code is cloudwright's own and classifies the error for the engine; only the provider's words are shown.
    """

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        """Show the message alone.

        Args:
            code: As Cloud Control would spell it.
            message: What the provider reported.
            status: As of Cloud Control.
        """
        super().__init__(code, message, status=status)
        CloudwrightError.__init__(self, message, hint=self.hint)
