"""The interface for a service's own behaviour; by default there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.local.model.types import LocalType
    from cloudwright.local.rows import AccountRegion, StoredResource

Model = dict[str, Any]


class HandlerFailed(Exception):
    """A resource handler ends with FAILED."""

    def __init__(self, code: str, message: str, *, identifier: str | None = None) -> None:
        """Create the error from the fields of the ProgressEvent.

        Args:
            code: A HandlerErrorCode.
            message: The StatusMessage.
            identifier: The identifier that the event carries, if it differs from the one known before.
        """
        self.code = code
        self.message = message
        self.identifier = identifier
        super().__init__(f"{code}: {message}")


class HandlerWaits(Exception):
    """A resource handler has started something that takes time; it checks again at a time, or when it is notified."""

    def __init__(self, until: float) -> None:
        """Set the time.

        Args:
            until: Seconds since the epoch.
        """
        self.until = until
        super().__init__(str(until))


class StoredNeighbours(Protocol):
    """The other resources of the same account and Region, as rules see them."""

    @property
    def place(self) -> AccountRegion:
        """The account and the Region."""
        ...

    def of_type(self, type_name: str) -> Iterator[StoredResource]:
        """The live resources of a type."""
        ...

    def objects_in(self, bucket: str) -> int:
        """How many objects a bucket holds."""
        ...


class ServiceRules:
    """The default: no behaviour of the service's own."""

    def complete(self, kind: LocalType, model: Model, near: StoredNeighbours) -> None:
        """Set the identity and other values that the service decides, before general values are generated."""

    def check_create(self, kind: LocalType, model: Model, near: StoredNeighbours) -> None:
        """Reject a model that the service refuses at creation.

        Raises:
            HandlerFailed: The operation ends in FAILED.
        """

    def check_update(self, kind: LocalType, model: Model, near: StoredNeighbours) -> None:
        """Reject a model that the service refuses in an update.

        Raises:
            HandlerFailed: The operation ends in FAILED.
        """

    def check_delete(self, kind: LocalType, resource: StoredResource, near: StoredNeighbours) -> None:
        """Refuse to delete a resource that others need.

        Raises:
            HandlerFailed: The operation ends in FAILED.
        """

    def listed(self, kind: LocalType, model: Model) -> Model:
        """The model that the list handler shows of a resource (its read model by default)."""
        del kind
        return model

    def readable(self, kind: LocalType, model: Model) -> Model:
        """The model that the read handler shows (write-only values are removed already)."""
        del kind
        return model

    def related(self, kind: LocalType, resource: StoredResource, near: StoredNeighbours) -> Model:
        """The resource's own model, with what other resources fill in."""
        del kind, near
        return resource.properties
