"""The provider interface: methods that create, read, update and delete the resources of one type."""

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
    """A resource with this name already exists, and this create did not make it."""

    def __init__(self, identifier: str) -> None:
        """Create the error.

        Args:
            identifier: The existing resource.
        """
        super().__init__(f"{identifier} already exists")
        self.identifier = identifier


@dataclass(frozen=True, slots=True)
class Context:
    """The context of a provider's method.

    Attributes:
        token: Identifies the request: at most 64 characters, the same if this request is sent again,
            journaled before the call. Empty for reads.
        target: Account, Region, partition and credentials of the resource.
        services: Sends calls to AWS's other APIs, signed with these credentials.
    """

    token: str
    target: Target
    services: ServicePort = field(repr=False)


@dataclass(frozen=True, slots=True)
class Made:
    """The result of a create.

    Attributes:
        identifier: Identifies the resource in all later calls.
        secrets: Secret attributes that only the create returns; they are sealed into the state.
    """

    identifier: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


class Provider(abc.ABC, Generic[R]):
    """Manages the resources of one type. Pass an instance to `App(..., providers=[...])`.

    A method that blocks stops all other resources: use an async client, or `asyncio.to_thread`. Any exception except
    `Rejected` leaves the outcome unknown, and cloudwright finds out what happened to the request.

    Attributes:
        idempotent: Whether `create` with a token that it has seen before creates nothing new and returns the first
            resource. Otherwise, and without `find`, a create whose answer was lost is reported as doubtful.
        retry: Exceptions after which a call is repeated, up to five times; a create only if it is idempotent or `find`
            shows that it made nothing.
        timeout_minutes: How long one operation may take.
        concurrency: The most method calls at the same time in one run; `None` for no limit.
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
        """Create a resource.

        Args:
            new: The declared values, all known.
            context: Its token makes the call idempotent if the service takes one.
        """

    @abc.abstractmethod
    async def read(self, identifier: str, context: Context) -> Mapping[str, object] | None:
        """The current properties and attributes of a resource; `None` if it does not exist.

        Args:
            identifier: The result of `create`.
            context: Account and Region.
        """

    async def update(self, identifier: str, old: R, new: R, context: Context) -> None:
        """Change a resource in place. Without this method, every change is a replacement.

        Args:
            identifier: The result of `create`; it can't change.
            old: The result of `read`.
            new: The declared values.
            context: Account and Region.
        """
        raise NotImplementedError

    @abc.abstractmethod
    async def delete(self, identifier: str, context: Context) -> None:
        """Delete a resource; a missing one is not an error.

        Args:
            identifier: The result of `create`.
            context: Account and Region.
        """

    async def find(self, token: str, context: Context) -> str | None:
        """The identifier of the resource that a create with this token made; `None` if it made none.

        Implement it if the service has no idempotency tokens but can store the token, such as in a tag or a comment.

        Args:
            token: The create's token.
            context: Account and Region.
        """
        raise NotImplementedError

    @classmethod
    def resource(cls) -> type[CustomResource]:
        """The class of the resources that this provider manages: the `R` of `Provider[R]`.

        Raises:
            ProgramError: The class does not name it.
        """
        for base in cls.__mro__:
            for one in getattr(base, "__orig_bases__", ()):
                found: Any = get_args(one)[0] if get_origin(one) is Provider else None
                if isinstance(found, type) and issubclass(found, CustomResource):
                    return found
        raise ProgramError(
            f"{cls.__name__} does not name the resource class that it manages",
            hint="derive the class from `Provider[YourResource]`",
        )

    @classmethod
    def finds(cls) -> bool:
        """Whether it implements `find`."""
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
