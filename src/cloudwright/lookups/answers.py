"""From a question to its answer: which service is called, and which part of its response is used."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from cloudwright.control.error_classes import is_missing
from cloudwright.errors import LookupFailed, NoAnswer, ProgramError, ServiceError
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.lookups import needed_actions
from cloudwright.schema.suggest import did_you_mean
from cloudwright.secret import Secret
from cloudwright.services.account_facts import AccountFacts, Filters

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from cloudwright.control.client import CloudControl
    from cloudwright.program.question import LookupQuestion
    from cloudwright.services.port import ServicePort
    from cloudwright.target import Target

_SHOWN = 3
"""Limit of candidates named in an error."""

_DENIED = frozenset({"AccessDenied", "UnauthorizedOperation"})


@dataclass(frozen=True, slots=True)
class Asker:
    """Queries the services of one account and Region.

    Attributes:
        port: Sends the calls to services other than Cloud Control.
        control: For resources of any type, and for the caller.
        target: Account and Region.
    """

    port: ServicePort
    control: CloudControl
    target: Target

    async def answer(self, question: LookupQuestion) -> Any:
        """The answer, made of texts, numbers, booleans, lists, mappings and secrets.

        Args:
            question: A question of one of cloudwright's own kinds. Raises:
            LookupFailed: There is no answer, more than one, or AWS denies access.
        """
        try:
            return await self._answered(question)
        except ServiceError as error:
            raise _refused(question, error) from error

    async def _answered(self, question: LookupQuestion) -> Any:
        facts, given = AccountFacts(self.port, self.target), question.arguments
        match question.kind:
            case "identity":
                caller = await self.control.caller(self.target)
                region = self.target.region
                return {"account": caller.account, "partition": caller.partition, "region": region, "arn": caller.arn}
            case "zones":
                return _some(question, sorted(str(one["zoneName"]) for one in await facts.zones()))
            case "ssm" | "secret":
                return _parameter(question, await facts.parameter(given["path"], decrypted=question.kind == "secret"))
            case "secret_value":
                return _secret_value(question, await _stored_secret(facts, given))
            case "ami":
                return _image(question, await facts.images(given["owner"], _image_filters(given)))
            case "vpc":
                return _one(question, [str(one["vpcId"]) for one in await facts.vpcs(_vpc_filters(question))])
            case "subnets":
                return _subnets(question, await facts.subnets(_subnet_filters(given)))
            case "accounts":
                ask = facts.accounts_below if given.get("recursive") else facts.accounts
                found = await ask(given["ou"])
                return sorted(str(one["Id"]) for one in found if one.get("Status", "ACTIVE") == "ACTIVE")
            case _:
                return await self._resource(question)

    async def _resource(self, question: LookupQuestion) -> dict[str, Any]:
        type_name, filters = str(question.arguments["type"]), question.arguments.get("filters", {})
        listed = [one async for one in self.control.list(self.target, type_name)]
        # A listing may contain only identifiers (CC92), so that only a read shows whether a resource matches.
        likely = [one.identifier for one in listed if not _differs(one.properties, filters)]
        read = await asyncio.gather(*(self._read(type_name, identifier) for identifier in likely))
        live = {identifier: one for identifier, one in zip(likely, read, strict=True) if one is not None}
        _refuse_misspelt(question, filters, {name for one in live.values() for name in one})
        return live[_one(question, [identifier for identifier, one in live.items() if _fits(one, filters)])]

    async def _read(self, type_name: str, identifier: str) -> dict[str, Any] | None:
        try:
            return dict((await self.control.get(self.target, type_name, identifier)).properties)
        except ServiceError as error:
            if is_missing(error):  # deleted since it was listed
                return None
            raise


def _differs(listed: Mapping[str, Any], filters: Mapping[str, Any]) -> bool:
    return any(name in listed and not _fits(listed[name], value) for name, value in filters.items())


def _fits(live: Any, wanted: Any) -> bool:
    """Whether a live value contains the wanted one: all members of a mapping, all items of a list."""
    if isinstance(wanted, dict):
        return isinstance(live, dict) and all(name in live and _fits(live[name], one) for name, one in wanted.items())
    if isinstance(wanted, list):
        return isinstance(live, list) and all(any(_fits(one, each) for one in live) for each in wanted)
    return bool(live == wanted)


def _refuse_misspelt(question: LookupQuestion, filters: Mapping[str, Any], names: set[str]) -> None:
    for name in filters:
        near = None if name in names else did_you_mean(name, names)
        if near:
            raise ProgramError(f"{_where(question)}: no such resource has a property {name!r}; did you mean {near!r}?")


def _image_filters(given: Mapping[str, Any]) -> Filters:
    architecture = given.get("architecture")
    wanted: Filters = {"name": given["name"], "state": "available"}
    return {**wanted, **({"architecture": architecture} if architecture else {}), **given.get("filters", {})}


def _image(question: LookupQuestion, images: list[dict[str, Any]]) -> str:
    newest_first = sorted(images, key=lambda one: (str(one.get("creationDate", "")), str(one["imageId"])), reverse=True)
    if newest_first and question.arguments.get("newest"):
        return str(newest_first[0]["imageId"])
    names = {str(one["imageId"]): f"{one['imageId']} ({one.get('name', '')})" for one in newest_first}
    return _one(question, list(names), names, fix="`newest=True` selects the one that was created last")


def _vpc_filters(question: LookupQuestion) -> Filters:
    given = question.arguments
    filters: Filters = {"is-default": "true"} if given.get("default") else {}
    filters |= {"vpc-id": given["id"]} if "id" in given else {}
    filters |= {f"tag:{key}": value for key, value in given.get("tags", {}).items()}
    if not filters:
        raise ProgramError(f"{_where(question)}: name the VPC", hint="`default=True`, `id=...` or `tags={...}`")
    return filters


def _subnet_filters(given: Mapping[str, Any]) -> Filters:
    filters: Filters = {"vpc-id": given["vpc"]}
    filters |= {f"tag:{key}": value for key, value in given.get("tags", {}).items()}
    return {**filters, **({"availability-zone": given["zones"]} if given.get("zones") else {})}


def _subnets(question: LookupQuestion, subnets: list[dict[str, Any]]) -> list[str]:
    by_zone = sorted((str(one.get("availabilityZone", "")), str(one["subnetId"])) for one in subnets)
    return _some(question, [identifier for _, identifier in by_zone])


def _parameter(question: LookupQuestion, found: Mapping[str, Any]) -> Any:
    sealed = found.get("Type") == "SecureString"
    if sealed and question.kind == "ssm":
        raise LookupFailed(
            f"{_where(question)}: the parameter is a SecureString, which a plan must not show",
            hint="use `lookup.secret(path)`: its value is masked in plans and sealed in the state",
        )
    value = str(found.get("Value", ""))
    return Secret(value) if question.kind == "secret" else value


def _stored_secret(facts: AccountFacts, given: Mapping[str, Any]) -> Awaitable[dict[str, Any]]:
    return facts.secret_value(given["id"], stage=given.get("stage"), version=given.get("version"))


def _secret_value(question: LookupQuestion, found: Mapping[str, Any]) -> Secret:
    """The text of a secret, or the value of one of its keys. No message contains any part of the text."""
    text, key = found.get("SecretString"), question.arguments.get("key")
    if not isinstance(text, str):
        raise LookupFailed(f"{_where(question)}: the secret is binary, not text")
    return Secret(text if key is None else _of_key(question, text, str(key)))


def _of_key(question: LookupQuestion, text: str, key: str) -> str:
    try:
        held = json.loads(text)
    except ValueError:
        held = None
    if not isinstance(held, dict):
        raise LookupFailed(f"{_where(question)}: the secret is not a JSON object", hint="omit `key` to get the text")
    if key not in held:
        raise LookupFailed(f"{_where(question)}: the secret has no key {key!r}")
    value = held[key]
    return value if isinstance(value, str) else json.dumps(value)


def local_hint(question: LookupQuestion) -> str:
    """The hint for a question that the local cloud can't answer.

    Args:
        question: A question of one of cloudwright's own kinds.
    """
    arguments = "".join(f", {name}={value!r}" for name, value in question.arguments.items())
    return (
        "the local cloud finds only what was deployed to it: deploy it first, or set the answer in a test: "
        f'`local_cloud.answer("{question.kind}", ANSWER{arguments})`'
    )


def _some(question: LookupQuestion, found: list[str]) -> list[str]:
    if not found:
        raise NoAnswer(f"{_where(question)}: nothing matches", hint=_LOOSEN)
    return found


_LOOSEN = "check the filter, the account and the Region"


def _one(question: LookupQuestion, found: list[str], shown: Mapping[str, str] | None = None, fix: str = "") -> str:
    """The only candidate.

    Raises:
        LookupFailed: There is none (`NoAnswer`), or more than one; the message names some.
    """
    if len(found) == 1:
        return found[0]
    if not found:
        raise NoAnswer(f"{_where(question)}: nothing matches", hint=_LOOSEN)
    some = [shown[one] if shown else one for one in found[:_SHOWN]]
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    hint = "; ".join(part for part in ("narrow the filter", fix) if part)
    raise LookupFailed(f"{_where(question)}: {len(found)} match: {', '.join(some)}{more}", hint=hint)


def _refused(question: LookupQuestion, error: ServiceError) -> LookupFailed:
    allowed = ", ".join(needed_actions(question.text))
    allowed += " and the actions of its list and read handlers" if question.kind == "resource" else ""
    if error.name in _DENIED:
        hint = f"allow the caller {allowed}; or keep the recorded answer with --frozen"
        return LookupFailed(f"{_where(question)}: AWS denies access: {error.service_message}", hint=hint)
    if question.kind == "secret_value" and error.name == "ResourceNotFound":
        return NoAnswer(f"{_where(question)}: there is no such secret, or no such version of it", hint=_LOOSEN)
    if error.name == "ParameterNotFound":
        return NoAnswer(f"{_where(question)}: there is no such parameter", hint=_LOOSEN)
    return LookupFailed(f"{_where(question)}: AWS answers {error.message}", hint=error.hint or _LOOSEN)


def _where(question: LookupQuestion) -> str:
    named = f"{question.label}: " if question.label else ""
    return f"{named}lookup {question.text} at {question.source}"
