"""What converted programs import: the parts of CloudFormation's language that Python has no word for."""

from __future__ import annotations

import base64 as codec
import ipaddress
import os
import uuid
from itertools import islice
from typing import TYPE_CHECKING, Any

from cloudwright.errors import NoAnswer, ProgramError
from cloudwright.program import await_order
from cloudwright.program.awaitable import awaitable
from cloudwright.program.document import is_unknown, resolve
from cloudwright.program.lookup import lookup
from cloudwright.program.reference import PlanningEnds, Ref, Reference, Text
from cloudwright.program.run import running
from cloudwright.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from cloudwright.program.lookup import Identity

__all__ = [
    "base64",
    "blank",
    "cidr",
    "exported",
    "known",
    "parameter",
    "plain",
    "stack_id",
    "stored",
    "stored_secret",
    "stored_secure",
    "texts",
    "undecided",
    "url_suffix",
]


_SUFFIXES = {
    "aws-cn": "amazonaws.com.cn",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
    "aws-eusc": "amazonaws.eu",
}
"""Partition -> DNS suffix, where it is not `amazonaws.com` (botocore's partitions.json)."""


def url_suffix(partition: str) -> str:
    """The DNS suffix of a partition (`AWS::URLSuffix`).

    Args:
        partition: Such as `aws-cn`.
    """
    return _SUFFIXES.get(partition, "amazonaws.com")


def parameter(name: str, *, example: str) -> Any:
    """The value of a parameter that has no default: that of the environment variable of its name.

    Args:
        name: The parameter's name.
        example: Its value on the local cloud, if the variable is not set.

    Raises:
        ProgramError: The variable is not set.
    """
    if name in os.environ:
        return os.environ[name]
    if running().local:
        return example
    raise ProgramError(
        f"the parameter {name} has no value", hint=f"export {name}=..., or write the value into the program"
    )


@awaitable
async def stored(path: str, *, example: str) -> Any:
    """The value of a parameter in Systems Manager (`{{resolve:ssm:/golden/ami}}`).

    Args:
        path: The parameter's name, with or without `:VERSION`.
        example: The value on the local cloud, if it has no such parameter.

    Raises:
        LookupFailed: There is no such parameter.
    """
    return await _found(lookup.ssm(path), example)


@awaitable
async def stored_secure(path: str, *, example: str) -> Any:
    """The value of a `SecureString` in Systems Manager (`{{resolve:ssm-secure:/db/password}}`), in clear.

    So it can be part of a larger text: wrap the whole text in `secret(...)`. `lookup.secret` returns a secret.

    Args:
        path: The parameter's name, with or without `:VERSION`.
        example: The value on the local cloud, if it has no such parameter.

    Raises:
        LookupFailed: There is no such parameter.
    """
    return _in_clear(await _found(lookup.secret(path), example))


@awaitable
async def stored_secret(
    id: str, *, example: str, key: str | None = None, stage: str | None = None, version: str | None = None
) -> Any:
    """What a secret in Secrets Manager holds (`{{resolve:secretsmanager:db:SecretString:password}}`), in clear.

    So it can be part of a larger text: wrap the whole text in `secret(...)`. `lookup.secret_value` returns a secret.

    Args:
        id: The secret's name or ARN.
        example: The value on the local cloud, if it has no such secret.
        key: The value of this key alone, of a secret that holds a JSON object.
        stage: The staging label of a version; by default `AWSCURRENT`.
        version: The id of a version.

    Raises:
        LookupFailed: There is no such secret.
    """
    return _in_clear(await _found(lookup.secret_value(id, key=key, stage=stage, version=version), example))


async def _found(question: Coroutine[Any, Any, Any], example: str) -> Any:
    try:
        return await question
    except NoAnswer:
        if running().local:
            return example
        raise


def _in_clear(found: Any) -> Any:
    return found.reveal() if isinstance(found, Secret) else found


def blank(value: str) -> bool:
    """Whether a parameter of a nested stack is empty; what refers to a resource never is.

    Args:
        value: What the outer program gives, known or not.
    """
    return not isinstance(value, Reference) and value == ""


@awaitable
async def known(text: Any) -> Any:
    """An output of a nested stack, as a text that Python can compute with.

    The resources in it are awaited, as `await resource` does where the resource is at hand: the first plan ends here.

    Args:
        text: What a component returns.
    """
    run = running()
    found = run.table.parse(text) if isinstance(text, str) else text
    parts = found.parts if isinstance(found, Text) else (found,)
    for ref in (part for part in parts if isinstance(part, Ref)):
        await run.driver.ensure(ref.key)
        await_order.current().awaited(ref.key, run.declarations[ref.key].depends_on)
        if is_unknown(run.driver.value(ref)):
            raise PlanningEnds(ref)
    return resolve(found, run.driver.value)


@awaitable
async def exported(name: str, *, example: str, otherwise: str | None = None) -> Any:
    """The value that another app exports under a name: converted programs return their exports as outputs.

    The app is found by the name: of `network-VpcId`, the app is `network`, and its output `network-VpcId` or `VpcId`.

    Args:
        name: The export's name.
        example: The value on the local cloud, if no app of the store exports it.
        otherwise: The value if no app of the store exports it: what a stack exported when it was converted.

    Raises:
        ProgramError: No app exports it.
    """
    plain(name)
    run = running()
    ends = [at for at, letter in enumerate(name) if letter in "-:/." and at > 0]
    for at in ends:
        try:
            found = await run.driver.output(name[:at], run.stage, None)
        except ProgramError:
            continue
        if name in found or name[at + 1 :] in found:
            return found[name] if name in found else found[name[at + 1 :]]
    if otherwise is not None:
        return otherwise
    if run.local:
        return example
    asked = ", ".join(name[:at] for at in ends)
    what = f"no app of this store with a name such as {asked} exports it" if ends else "it begins with no app's name"
    raise ProgramError(
        f"the export {name!r} is not found: {what}",
        hint="deploy the program that exports it, or write `(await outputs(APP))[OUTPUT]`, or the value itself",
    )


def texts(value: str) -> list[str]:
    """A list of texts, as parameters hold it: separated by commas.

    Args:
        value: Such as `subnet-1, subnet-2`.
    """
    return [one.strip() for one in value.split(",") if one.strip()]


def undecided(what: str) -> Any:
    """Stop: the template holds something that has no counterpart, and a person must decide what takes its place.

    Args:
        what: What it is, with the template's line.

    Raises:
        ProgramError: Always.
    """
    raise ProgramError(f"undecided: {what}", hint="write what takes its place, or delete the line")


def plain(text: Any) -> Any:
    """A text in which everything is known; the plan ends here if it holds what is known only after deploy.

    Args:
        text: Made of plain values and of attributes of awaited resources.
    """
    found = running().table.parse(text) if isinstance(text, str) else text
    if isinstance(found, Ref):
        raise PlanningEnds(found)
    if isinstance(found, Text):
        raise PlanningEnds(next(part for part in found.parts if isinstance(part, Ref)))
    return text


def stack_id(name: str, here: Identity) -> str:
    """What takes the place of a stack's id (`AWS::StackId`): unique and lasting, but known to no other service.

    Args:
        name: The stack's name.
        here: Where it is deployed.
    """
    arn = f"arn:{here.partition}:cloudformation:{here.region}:{here.account}:stack/{name}"
    return f"{arn}/{uuid.uuid5(uuid.NAMESPACE_URL, arn)}"


def base64(text: str) -> str:
    """A text in base64, as user data is sent (`Fn::Base64`).

    Args:
        text: Of a resource that was not awaited, it can't hold an attribute.
    """
    plain(text)
    return codec.b64encode(text.encode()).decode()


def cidr(block: str, count: int, bits: int = 8) -> list[str]:
    """The first subnets of a block (`Fn::Cidr`).

    Args:
        block: Such as `10.0.0.0/16`.
        count: How many subnets.
        bits: How many bits of an address are free in each: 8 for a /24 of IPv4.

    Raises:
        ProgramError: The block has not that many.
    """
    plain(block)
    network = ipaddress.ip_network(block, strict=False)
    prefix = network.max_prefixlen - bits
    found = (
        [str(subnet) for subnet in islice(network.subnets(new_prefix=prefix), count)]
        if prefix >= network.prefixlen
        else []
    )
    if len(found) < count:
        raise ProgramError(
            f"{block} has not {count} subnets with {bits} free bits", hint="ask for fewer or smaller ones"
        )
    return found
