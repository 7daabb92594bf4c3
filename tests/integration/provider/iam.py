"""IAM's access keys in memory, behind the port of AWS's services and in its own wire form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qs

from cloudwright.control.model import Reply
from cloudwright.errors import NotAnswered
from cloudwright.lazy_dataclass import replace
from cloudwright.providers.iam import AccessKeys

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudwright.control.model import Call
    from cloudwright.provider import Context, Made
    from cloudwright.providers.iam import AccessKey
    from cloudwright.services.port import Guard

T = TypeVar("T")


@dataclass
class FakeIam:
    """The service.

    Attributes:
        keys: Their status by `USER|KEY-ID`.
        lose: Answers to lose, by action.
        refuse: Actions to refuse.
    """

    keys: dict[str, str] = field(default_factory=dict)
    lose: list[str] = field(default_factory=list)
    refuse: list[str] = field(default_factory=list)
    made: int = 0

    async def ask(self, call: Call, parse: Callable[[Reply], T]) -> T:
        return await self.send(call, parse)

    async def send(self, call: Call, parse: Callable[[Reply], T], guard: Guard | None = None) -> T:
        error: Exception | None = None
        for _ in range(3):  # as the real port repeats what got no answer
            if guard is not None:
                await guard()
            reply = self.serve(call)
            if call.action not in self.lose:
                return parse(reply)
            error = NotAnswered("the connection closed")
        assert error is not None
        raise error

    def serve(self, call: Call) -> Reply:
        fields = {name: values[0] for name, values in parse_qs(call.body.decode()).items()}
        user = fields["UserName"]
        identifier = f"{user}|{fields.get('AccessKeyId', '')}"
        if user == "nobody" or call.action in self.refuse:
            return refusal("NoSuchEntity", f"The user with name {user} cannot be found.")
        match call.action:
            case "CreateAccessKey":
                self.made += 1
                key = f"AKIA{self.made:012}"
                self.keys[f"{user}|{key}"] = "Active"
                return answer(
                    call, f"<AccessKey>{member(user, key)}<SecretAccessKey>s3cret-{key}</SecretAccessKey></AccessKey>"
                )
            case "ListAccessKeys":
                own = [one.partition("|")[2] for one in self.keys if one.startswith(f"{user}|")]
                listed = "".join(f"<member>{member(user, k, self.keys[f'{user}|{k}'])}</member>" for k in own)
                return answer(call, f"<AccessKeyMetadata>{listed}</AccessKeyMetadata><IsTruncated>false</IsTruncated>")
            case "UpdateAccessKey":
                self.keys[identifier] = fields["Status"]
            case "DeleteAccessKey":
                if self.keys.pop(identifier, None) is None:
                    return refusal("NoSuchEntity", "The Access Key cannot be found.")
        return answer(call, "")


def member(user: str, key: str, status: str = "Active") -> str:
    return f"<UserName>{user}</UserName><AccessKeyId>{key}</AccessKeyId><Status>{status}</Status>"


def answer(call: Call, result: str) -> Reply:
    name, space = call.action, "https://iam.amazonaws.com/doc/2010-05-08/"
    text = f'<{name}Response xmlns="{space}"><{name}Result>{result}</{name}Result></{name}Response>'
    return Reply(200, {}, text.encode())


def refusal(code: str, message: str) -> Reply:
    return Reply(
        404,
        {},
        f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>".encode(),
    )


class FakedAccessKeys(AccessKeys):
    """The shipped provider, over the fake."""

    runs_locally = True

    def __init__(self, iam: FakeIam) -> None:
        self.iam = iam

    def _over(self, context: Context) -> Context:
        return replace(context, services=self.iam)

    async def create(self, new: AccessKey, context: Context) -> Made:
        return await super().create(new, self._over(context))

    async def read(self, identifier: str, context: Context) -> Mapping[str, object] | None:
        return await super().read(identifier, self._over(context))

    async def update(self, identifier: str, old: AccessKey, new: AccessKey, context: Context) -> None:
        await super().update(identifier, old, new, self._over(context))

    async def delete(self, identifier: str, context: Context) -> None:
        await super().delete(identifier, self._over(context))
