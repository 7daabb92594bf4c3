"""The three operations that change a resource, each from its request's fields to an outcome that is never guessed."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from cloudwright.control.model import Operation
from cloudwright.diff.patch_operations import PatchOp
from cloudwright.diff.patched_document import patched
from cloudwright.lazy_dataclass import dataclass
from cloudwright.program.shape import WrongValue
from cloudwright.program.user_code import Rejected
from cloudwright.provider.calls import ATTEMPTS, MethodFailed, pause
from cloudwright.provider.port import Exists, Made
from cloudwright.schema.pointer import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.provider.calls import ProviderCalls
    from cloudwright.provider.port import Context

NOTHING_DONE = "InvalidRequest"
"""The handler error code of a request that certainly had no effect."""

UNCLEAR = "GeneralServiceException"
"""The handler error code of a request that may have had an effect."""

LEFT_BEHIND = "NotStabilized"
"""The handler error code of a create that left its resource behind, unfinished."""


@dataclass(frozen=True, slots=True)
class RequestEnd:
    """How an operation ended.

    Attributes:
        code: A handler error code; empty for a success.
        message: What happened, as text.
        identifier: The resource's identifier, if known.
        secrets: Secret attributes that only a create returns.
    """

    code: str = ""
    message: str = ""
    identifier: str | None = None
    secrets: Mapping[str, str] | None = None


async def carry_out(
    calls: ProviderCalls, operation: Operation, fields: Mapping[str, Any], context: Context
) -> RequestEnd:
    """Carry out a request.

    Args:
        calls: The provider.
        operation: What to do.
        fields: The fields of the request's body, as in Cloud Control.
        context: Its token, account and Region.
    """
    try:
        if operation is Operation.CREATE:
            return await _create(calls, json.loads(fields["DesiredState"]), context)
        if operation is Operation.UPDATE:
            return await _update(calls, fields["Identifier"], json.loads(fields["PatchDocument"]), context)
        return await _delete(calls, fields["Identifier"], context)
    except Exists as exists:
        return RequestEnd("AlreadyExists", str(exists), exists.identifier)
    except Rejected as refused:
        return RequestEnd(NOTHING_DONE, str(refused) or "the provider refused", fields.get("Identifier"))


async def _create(calls: ProviderCalls, desired: Mapping[str, Any], context: Context) -> RequestEnd:
    try:
        new = calls.instance(desired)
    except WrongValue as wrong:
        return RequestEnd(NOTHING_DONE, f"{calls.resource.__name__}: {wrong}")
    for attempt in range(ATTEMPTS):
        outcome = await _create_once(calls, new, context)
        if outcome is not None:
            return outcome
        await asyncio.sleep(pause(attempt))
    return RequestEnd(UNCLEAR, f"{calls.label('create')} did not succeed in {ATTEMPTS} tries")


async def _create_once(calls: ProviderCalls, new: Any, context: Context) -> RequestEnd | None:
    """One call; `None` if it may be called again."""
    try:
        if calls.provider.finds() and (found := await calls.find(context.token, context)):
            return RequestEnd(identifier=found)
    except MethodFailed as failed:
        return RequestEnd(UNCLEAR, f"{failed}; an earlier run may have created the resource, so nothing was created")
    try:
        return _made(await calls.create(new, context))
    except MethodFailed as failed:
        return await _after_failure(calls, failed, context)


async def _after_failure(calls: ProviderCalls, failed: MethodFailed, context: Context) -> RequestEnd | None:
    """The outcome of a create that raised, as far as it can be known."""
    if calls.provider.finds():
        try:
            found = await calls.find(context.token, context)
        except MethodFailed as also:
            return RequestEnd(UNCLEAR, f"{failed}; {also}")
        if found is not None:
            return RequestEnd(LEFT_BEHIND, str(failed), found)
        return None if failed.passing else RequestEnd(NOTHING_DONE, f"{failed}; `find` shows that nothing was created")
    if calls.provider.idempotent:
        again = "; deploy again: it is sent again with the same token"
        return None if failed.passing else RequestEnd(UNCLEAR, f"{failed}{again}")
    return RequestEnd(UNCLEAR, f"{failed}; the provider has no `find`, so it is unknown whether it created something")


def _made(made: Made) -> RequestEnd:
    return RequestEnd(identifier=made.identifier, secrets=made.secrets)


async def _update(
    calls: ProviderCalls, identifier: str, patch: list[Mapping[str, Any]], context: Context
) -> RequestEnd:
    try:
        live = await calls.read(identifier, context)
        if live is None:
            return RequestEnd("NotFound", f"{identifier} does not exist", identifier)
        operations = [PatchOp(one["op"], parse(one["path"]), one.get("value")) for one in patch]
        new = calls.instance(patched(live, operations))
        await calls.update(identifier, calls.instance(live), new, context)
    except (MethodFailed, WrongValue) as failed:
        return RequestEnd(UNCLEAR, str(failed), identifier)
    return RequestEnd(identifier=identifier)


async def _delete(calls: ProviderCalls, identifier: str, context: Context) -> RequestEnd:
    try:
        await calls.delete(identifier, context)
    except MethodFailed as failed:
        return await _missing_after_failure(calls, identifier, context) or RequestEnd(UNCLEAR, str(failed), identifier)
    return RequestEnd(identifier=identifier)


async def _missing_after_failure(calls: ProviderCalls, identifier: str, context: Context) -> RequestEnd | None:
    """Success if the delete raised but the resource no longer exists: it was missing before, or the answer was lost."""
    try:
        live = await calls.read(identifier, context)
    except (MethodFailed, Rejected):
        return None
    return RequestEnd(identifier=identifier) if live is None else None
