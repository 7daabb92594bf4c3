"""Access keys of IAM users, whose secret is sealed into the state.

Source: the operations CreateAccessKey, ListAccessKeys, UpdateAccessKey and DeleteAccessKey of IAM's service model
`2010-05-08`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from cloudwright.control import query
from cloudwright.control.model import Call
from cloudwright.errors import NotAnswered, ServiceError
from cloudwright.provider import Context, CustomResource, Made, Provider, Rejected, attribute, create_only
from cloudwright.secret import Secret

if TYPE_CHECKING:
    from cloudwright.control.model import Reply

_MISSING = frozenset({"NoSuchEntity"})
_REFUSALS = frozenset({"NoSuchEntity", "LimitExceeded", "AccessDenied", "ValidationError", "InvalidInput"})


class AccessKey(CustomResource, type="Cloudwright::IAM::AccessKey"):
    """An access key of an IAM user.

    Prefer roles: they have no long-lived key that could leak. The identifier is `USER|KEY-ID`.

    Attributes:
        UserName: The user.
        Status: `Active` or `Inactive`; an inactive key can't be used.
        AccessKeyId: The public half.
        SecretAccessKey: The secret half; only the create returns it, so the state keeps it, sealed.
    """

    UserName: Annotated[str, create_only]
    Status: Literal["Active", "Inactive"] = "Active"
    AccessKeyId: str = attribute()
    SecretAccessKey: Secret = attribute()


class AccessKeys(Provider[AccessKey]):
    """IAM neither takes nor stores a token, so a create whose answer was lost is doubtful: its secret is lost, too."""

    permissions: ClassVar[tuple[str, ...]] = (
        "iam:CreateAccessKey",
        "iam:ListAccessKeys",
        "iam:UpdateAccessKey",
        "iam:DeleteAccessKey",
    )

    async def create(self, new: AccessKey, context: Context) -> Made:
        """Create a key; the request is delivered only once."""
        try:
            made = await _once(context, "CreateAccessKey", {"UserName": new.UserName})
        except ServiceError as error:
            if error.name in _REFUSALS:
                raise Rejected(f"{error.code}: {error.service_message}") from None
            raise
        identifier = f"{new.UserName}|{made['AccessKeyId']}"
        if new.Status != "Active":
            await self._switched(identifier, new.Status, context)
        return Made(identifier, {"SecretAccessKey": made["SecretAccessKey"]})

    async def _switched(self, identifier: str, status: str, context: Context) -> None:
        """Switch a new key off, or delete it: its secret would be lost with the error."""
        try:
            await _set_status(identifier, status, context)
        except ServiceError as error:
            await self.delete(identifier, context)
            raise Rejected(f"the key could not be switched off, so it was deleted: {error}") from None

    async def read(self, identifier: str, context: Context) -> Mapping[str, object] | None:
        """The properties of the key, from ListAccessKeys; a user has at most two keys."""
        user, _, key = identifier.partition("|")

        def parse(reply: Reply) -> list[dict[str, str]]:
            return query.parse_members(reply, "AccessKeyMetadata")[0]

        try:
            found = await context.services.ask(_call(context, "ListAccessKeys", {"UserName": user}), parse)
        except ServiceError as error:
            if error.name in _MISSING:
                return None
            raise
        status = next((one["Status"] for one in found if one["AccessKeyId"] == key), None)
        return None if status is None else {"UserName": user, "Status": status, "AccessKeyId": key}

    async def update(self, identifier: str, old: AccessKey, new: AccessKey, context: Context) -> None:
        """Switch the key on or off."""
        await _set_status(identifier, new.Status, context)

    async def delete(self, identifier: str, context: Context) -> None:
        """Delete the key."""
        user, _, key = identifier.partition("|")
        call = _call(context, "DeleteAccessKey", {"UserName": user, "AccessKeyId": key})
        try:
            await context.services.send(call, query.parse)
        except ServiceError as error:
            if error.name not in _MISSING:
                raise


async def _set_status(identifier: str, status: str, context: Context) -> None:
    user, _, key = identifier.partition("|")
    fields = {"UserName": user, "AccessKeyId": key, "Status": status}
    await context.services.send(_call(context, "UpdateAccessKey", fields), query.parse)


async def _once(context: Context, action: str, fields: Mapping[str, str]) -> dict[str, str]:
    """Send a request that must not be repeated once a delivery may have arrived.

    Raises:
        NotAnswered: The first delivery got no answer.
    """
    unanswered = False

    async def guard() -> None:
        nonlocal unanswered
        if unanswered:
            raise NotAnswered(f"{action} was sent but not answered")
        unanswered = True

    def parse(reply: Reply) -> dict[str, str]:
        nonlocal unanswered
        try:
            return query.parse(reply)
        except ServiceError:
            unanswered = reply.status >= 500
            raise

    return await context.services.send(_call(context, action, fields), parse, guard)


def _call(context: Context, action: str, fields: Mapping[str, str]) -> Call:
    return Call("iam", action, query.form("iam", action, fields), context.target)
