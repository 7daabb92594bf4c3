"""Faults of single calls: refused before anything else happens, or served without an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.local.api.wire import Refused

if TYPE_CHECKING:
    from cloudwright.local.faults.switches import Faults


_READS = ("Get", "List", "Describe")
"""Prefixes of the names of operations that change nothing."""


class AnswerLost(Exception):
    """The call was served, but its answer does not reach the caller: the connection closes."""


def lose(faults: Faults, action: str, type_name: str) -> None:
    """Lose the answer to a call that was served, if a fault says so.

    Raises:
        AnswerLost: A fault strikes.
    """
    if not faults:
        return
    poll = action == "GetResourceRequestStatus" and faults.fire("CC68", type_name, action)
    if poll or (not action.startswith(_READS) and faults.fire("CC69", type_name, action)):
        raise AnswerLost(action)


def refuse(faults: Faults, action: str, type_name: str, number: int) -> None:
    """Refuse a call if a fault says so.

    Args:
        faults: The panel.
        action: The API action.
        type_name: The resource type that the call names, if any.
        number: How many calls there have been, this one included.

    Raises:
        Refused: A fault strikes.
    """
    if not faults:
        return
    expired = faults.fire("CC83", type_name, action)
    if expired is not None and number > int(expired.options.get("calls", 0)):
        raise Refused("ExpiredTokenException", "The security token included in the request is expired")
    if action == "GetResourceRequestStatus" and faults.fire("CC74", type_name, action):
        raise Refused("ThrottlingException", "Rate exceeded")
    if faults.fire("CC75", type_name, action):
        raise Refused("ThrottlingException", "Rate exceeded")
    if faults.fire("CC94", type_name, action):
        who = "arn:aws:sts::000000000000:assumed-role/local/local"
        raise Refused(
            "AccessDeniedException",
            f"User: {who} is not authorized to perform: cloudformation:{action} on resource: {type_name or '*'}",
        )
    fault = faults.fire("refuse", type_name, action)
    if fault is not None:
        code = str(fault.options.get("code", "ServiceInternalErrorException"))
        raise Refused(code, str(fault.options.get("message", "refused by a fault")))
    if action == "GetResource" and faults.fire("CC86", type_name, action):
        raise Refused(
            "HandlerInternalFailureException", f"{type_name} Handler returned status FAILED: Internal failure"
        )
