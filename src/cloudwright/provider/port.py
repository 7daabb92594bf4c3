"""What a provider is: the methods that make, read, change and delete the resources of one type."""

from __future__ import annotations

import abc
from dataclasses import field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, get_args, get_origin

from cloudwright.errors import ProgramError
from cloudwright.lazy_dataclass import dataclass
from cloudwright.program.user_code import Rejected
from cloudwright.provider.resource import CustomResource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.services.port import ServicePort
    from cloudwright.target import Target

R = TypeVar("R", bound=CustomResource)


class Exists(Rejected):
    """A resource of this name is there already, and this create did not make it."""

    def __init__(self, identifier: str) -> None:
        """Name it.

        Args:
            identifier: Of the resource that is there.
        """
        super().__init__(f"{identifier} exists already")
        self.identifier = identifier


@dataclass(frozen=True, slots=True)
class Context:
    """What a provider's method may want to know.

    Attributes:
        token: Names the request: at most 64 characters, the same whenever this request is sent again, journaled before
            the call. Empty for reads.
        target: Account, Region, partition and credentials of the resource.
        services: Sends calls of AWS's other APIs, signed with these credentials.
    """

    token: str
    target: Target
    services: ServicePort = field(repr=False)


@dataclass(frozen=True, slots=True)
class Made:
    """What a create made.

    Attributes:
        identifier: Names the resource in all later calls.
        secrets: Secret attributes that only the create returns; they are sealed into the state.
    """

    identifier: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


class Provider(abc.ABC, Generic[R]):
    """Makes the resources of one type. Hand an instance to `App(..., providers=[...])`.

    A method that blocks stops every other resource: use an async client, or `asyncio.to_thread`. Whatever a method
    raises besides `Rejected` leaves the outcome open, and cloudwright finds out what became of the request.

    Attributes:
        idempotent: Whether `create` with a token that it has seen before makes nothing new and returns the first
            resource. Without it, and without `find`, a create whose answer was lost is reported as doubtful.
        retry: Exceptions after which a call is repeated, up to five times; a create only if it is idempotent or `find`
            shows that it made nothing.
        timeout_minutes: How long one operation may take.
        concurrency: How many of its methods run at the same time in one run; `None` for any number.
        permissions: IAM actions that the methods need, for `cloudwright permissions`.
        runs_locally: Whether the methods are called with `--local` and in `cloudwright.testing`, too; otherwise the
            local cloud simulates the type from its class.
    """

    idempotent: ClassVar[bool] = False
    retry: ClassVar[tuple[type[Exception], ...]] = ()
    timeout_minutes: ClassVar[int] = 120
    concurrency: ClassVar[int | None] = None
    permissions: ClassVar[tuple[str, ...]] = ()
    runs_locally: ClassVar[bool] = False

    @abc.abstractmethod
    async def create(self, new: R, context: Context) -> Made:
        """Make a resource.

        Args:
            new: The declared values, all known.
            context: Its token makes the call idempotent where the service takes one.
        """

    @abc.abstractmethod
    async def read(self, identifier: str, context: Context) -> Mapping[str, object] | None:
        """The properties and attributes of a resource as they are now; `None` if it does not exist.

        Args:
            identifier: As `create` returned it.
            context: Where it lives.
        """

    async def update(self, identifier: str, old: R, new: R, context: Context) -> None:
        """Change a resource in place. Without this method every change is a replacement.

        Args:
            identifier: Stays.
            old: As `read` shows it.
            new: As it shall be.
            context: Where it lives.
        """
        raise NotImplementedError

    @abc.abstractmethod
    async def delete(self, identifier: str, context: Context) -> None:
        """Delete a resource; one that is gone already is not an error.

        Args:
            identifier: As `create` returned it.
            context: Where it lives.
        """

    async def find(self, token: str, context: Context) -> str | None:
        """The identifier of what a create with this token made; `None` if it made nothing.

        Write it if the service has no idempotency tokens but keeps the token somewhere, such as in a tag or a comment.

        Args:
            token: Of the create.
            context: Where to look.
        """
        raise NotImplementedError

    @classmethod
    def resource(cls) -> type[CustomResource]:
        """The class of the resources that this provider makes: the `R` of `Provider[R]`.

        Raises:
            ProgramError: The class doesn't say.
        """
        for base in cls.__mro__:
            for one in getattr(base, "__orig_bases__", ()):
                found: Any = get_args(one)[0] if get_origin(one) is Provider else None
                if isinstance(found, type) and issubclass(found, CustomResource):
                    return found
        raise ProgramError(f"{cls.__name__} does not say what it makes", hint="derive it from `Provider[YourResource]`")

    @classmethod
    def finds(cls) -> bool:
        """Whether it has a `find` of its own."""
        return cls.find is not Provider.find

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """Its type as a registry schema."""
        names = (
            ("create", "read", "update", "delete")
            if cls.update is not Provider.update
            else ("create", "read", "delete")
        )
        facts = {"timeoutInMinutes": cls.timeout_minutes, "permissions": list(cls.permissions)}
        return cls.resource().definition.schema(dict.fromkeys(names, facts), resends=cls.idempotent or cls.finds())
